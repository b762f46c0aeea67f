"""Lints of memories: of the server's that leaves the nodes', of errors of other vectors, of errors that nothing keeps."""

from __future__ import annotations

from collections.abc import Iterator

from ..check import program as core
from ..check.uses import targets_in
from ..edits.reading import system_of
from ..edits.roles import Role, argument_of, roles_of
from ..edits.system import Part, PartKind, System
from ..edits.terms import Sort, Summand, Term, applied, reads, summands
from ..edits.texts import display, text
from ..text.diagnostics import Diagnostic
from ..text.source import Span
from . import doubts as say

_KNOWN_TO_ALL = frozenset({"x0", "zeros", "ones"})


def memories_that_disagree(program: core.Program) -> Iterator[Diagnostic]:
    """States of the server that add the mean of what nodes add to their memories, otherwise weighted, begun or averaged."""
    system = system_of(program)
    roles = roles_of(system)
    for mean in _states(system, roles, Role.MEAN_MEMORY):
        for node in _states(system, roles, Role.MEMORY):
            found = _disagreement(system, mean, node)
            if found is not None:
                reason, remedy = found
                places = _place(program, mean, "next"), _place(program, node, "next")
                yield say.memories_disagree(display(mean.name), display(node.name), reason, remedy, *places)


def _disagreement(system: System, mean: Part, node: Part) -> tuple[str, str] | None:
    """Why a server's memory cannot stay the mean of the nodes', and a remedy; None where it can, or moves by others."""
    ours, theirs = _moved(mean), _moved(node)
    if ours is None or theirs is None or _sent(ours.rest) != _sent(theirs.rest):
        return None
    name, start = display(mean.name), _mean_of(node["init"])
    if start.key != mean["init"].key:
        begun = f"it starts at `{text(mean['init'])}`, their mean at `{text(start)}`"
        return begun, f"start `{name}` at `{text(start)}`"
    if ours.rest.head != "mean":
        return None  # a sum, whose factor has the number of nodes in it
    sent = _sent(ours.rest)
    message = None if sent is None else system.parts.get(sent.head)
    weight = text(theirs.weight)
    if message is not None and message["members"].head != "everyone":
        moved = f"`mean({display(message.name)})` is over `{text(message['members'])}`"
        scaled = f"sum({display(message.name)}) / n"
        return moved, f"move it by `{scaled if weight == '1' else f'{weight} * {scaled}'}`"
    if ours.weight.key != theirs.weight.key:
        return f"it moves by {text(ours.weight)} of the message, they by {weight}", f"move both by `{weight}`"
    return None


def errors_of_others(program: core.Program) -> Iterator[Diagnostic]:
    """Error memories that take what was sent from another vector than the compressed one."""
    system = system_of(program)
    for state in _states(system, roles_of(system), Role.ERROR):
        parts = summands(_renewed(state))
        sent = next((s for s in parts if _is_minus(s) and _sent(s.rest) is not None), None)
        others = [s for s in parts if s is not sent]
        taken = None if sent is None else _sent(sent.rest)
        if taken is not None and any(reads(s.rest, Sort.SENT, taken.head) for s in others):
            continue  # it keeps of what was sent more than the error
        argument = None if taken is None else argument_of(system, taken)
        if taken is None or argument is None or _alike(others, summands(argument), state.name):
            continue
        kept = applied("+", [_term(s) for s in others]) if others else applied("zeros", ())
        message = system.parts[taken.head]
        yield say.error_of_another(
            display(state.name),
            display(taken.head),
            text(argument),
            text(kept) if others else "zeros",
            _place(program, state, "next"),
            _place(program, message, "value"),
        )


def biased_and_averaged(program: core.Program) -> Iterator[Diagnostic]:
    """Contractive compressors of what holds no memory, in messages that no memory of the sender keeps."""
    system = system_of(program)
    contractive = {
        part.name for part in system.of(PartKind.COMPRESSOR) if part["contract"].head == "contractive"
    }
    for message in system.of(PartKind.MESSAGE):
        value = message["value"]
        if message["phase"].head != "round" or value.head != "compress":
            continue
        compressor, argument = value.parts[0].head, value.parts[1]
        if compressor not in contractive:
            continue
        place = _place(program, message, "value")
        for memory, weight in _moved_by_a_part(system, message, argument):
            yield say.biased_estimate(compressor, display(message.name), display(memory), weight, place)
        if any(s.rest.sort is Sort.STATE for s in summands(argument)):
            continue
        if not any(_keeps(state, message) for state in system.of(PartKind.STATE)):
            yield say.bias_is_lost(compressor, display(message.name), place)


def _moved_by_a_part(system: System, message: Part, argument: Term) -> Iterator[tuple[str, str]]:
    """Memories of the sender from which a message is a difference and that it moves by a weight other than 1, with that."""
    left = {s.rest.head for s in summands(argument) if s.rest.sort is Sort.STATE and _is_minus(s)}
    for state in system.of(PartKind.STATE):
        moved = _moved(state) if state.name in left and _keeps(state, message) else None
        if moved is not None and _sent(moved.rest) is not None and text(moved.weight) != "1":
            yield state.name, text(moved.weight)


def _keeps(state: Part, message: Part) -> bool:
    """True for a state of the sender that is renewed from what was sent."""
    sender = message["route"].head.partition(" ")[0]
    home = state["home"].head
    own = "server" in home if sender == "server" else not home.startswith(("server", "all"))
    return own and reads(state["next"], Sort.SENT, message.name)


# --- parts of terms ------------------------------------------------------------------------------------------


def _states(system: System, roles: dict[str, Role], role: Role) -> list[Part]:
    return [part for part in system.of(PartKind.STATE) if roles[part.name] is role]


def _renewed(state: Part) -> Term:
    """The next value at those who renew it."""
    value = state["next"]
    return value.parts[1] if value.head == "where" and value.parts[0].head == "in" else value


def _moved(state: Part) -> Summand | None:
    """The summand by which a memory moves."""
    others = [
        s for s in summands(_renewed(state)) if not (s.rest.sort is Sort.STATE and s.rest.head == state.name)
    ]
    return others[0] if len(others) == 1 else None


def _sent(term: Term) -> Term | None:
    """The compressed value that a term is, itself, averaged or added up."""
    while term.head in ("mean", "sum", "/") and not term.is_leaf:
        term = term.parts[0]
    return term if term.sort is Sort.SENT else None


def _mean_of(start: Term) -> Term:
    """The mean of the nodes' starts, which is the start itself where all have the same."""
    if start.is_leaf and start.head in _KNOWN_TO_ALL:
        return start
    return applied("mean", (start,))


def _alike(kept: list[Summand], compressed: list[Summand], name: str) -> bool:
    """True where both have the same summands; the memory itself may have decayed."""
    return _keys(kept, name) == _keys(compressed, name)


def _keys(parts: list[Summand], name: str) -> list[tuple[str, ...]]:
    own = [s.rest.sort is Sort.STATE and s.rest.head == name for s in parts]
    return sorted(
        ("own",) if mine else (s.rest.key, *sorted(factor.key for factor in s.factors))
        for s, mine in zip(parts, own, strict=True)
    )


def _term(summand: Summand) -> Term:
    return applied("*", (*summand.factors, summand.rest)) if summand.factors else summand.rest


def _is_minus(summand: Summand) -> bool:
    return sum(f.head == "-1" for f in summand.factors) % 2 == 1


def _place(program: core.Program, part: Part, field: str) -> Span:
    """The place in the spec that binds a part, by its name and line."""
    line = part.line(field)
    spans = [target.span for target in targets_in(program) if target.span.line == line]
    named = [span for span in spans if span.text == display(part.name)]
    return (named or spans or [program.span])[0]
