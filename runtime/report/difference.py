"""A comparison of two specs in words: the answer, what is paired, the relation of states, sentences, both texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cablese.dsl.algebra.compare import Answer
from cablese.dsl.algebra.renaming import bare_text, kept_apart, renamed
from cablese.dsl.algebra.symbols import Sent
from cablese.dsl.algebra.wording import notes, relation_texts
from cablese.dsl.edits.equal_if import equal_if
from cablese.dsl.edits.phrases import joined
from cablese.dsl.edits.script import EditKind
from cablese.dsl.edits.sentences import GROUPS, Sentence, method_names, other_defaults, sentences
from cablese.dsl.edits.system import PartKind
from cablese.dsl.edits.texts import display
from cablese.dsl.pipeline import read_spec
from cablese.dsl.text.records import record

from ..execute.difference import Difference, costs_of_both
from ..execute.trial import FAILURE
from .listing import Row, rows
from .units import bits_text, count_text

if TYPE_CHECKING:
    from ..execute.cost import Cost

LABELS = (
    "if",
    "names",
    "alone",
    "states",
    "rests on",
    "rounds",
    "messages",
    "rounding",
    "tried",
    *GROUPS,
    "equal if",
    "cost",
)
"""The labels of lines, in their order."""

_DECLARED = (PartKind.COMPRESSOR, PartKind.PARAM)


@record
class Account:
    """A comparison in words: the answer, labelled lines, and the rows of both texts."""

    head: str
    lines: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


def account_of(difference: Difference) -> Account:
    """The words for a comparison."""
    return account_with(difference, _cost_texts(difference))


def account_with(difference: Difference, costs: Iterable[str]) -> Account:
    """The words for a comparison, with these words for what both cost: counting them takes NumPy, the rest does not."""
    names = method_names(difference.script)
    head = f"{names[0]} -> {names[1]}: {_answer(difference)}"
    lines = [*_proven(difference, names)]
    said = [(sentence.group, sentence.text) for sentence in told(difference)]
    lines += [line for line in said if line[0] in (("notes",) if difference.same else GROUPS)]
    if not difference.same:
        bindings = equal_if(difference.comparison.pairing) if difference.literal is None else ()
        lines += [("equal if", ", ".join(bindings))] if bindings else []
        lines += [("cost", text) for text in costs]
    exact = difference.literal or difference.comparison.answer is Answer.SAME
    return Account(head, tuple(lines), () if exact else tuple(side_by_side(difference)))


def told(difference: Difference) -> list[Sentence]:
    """The sentences of the edit script."""
    return sentences(difference.script)


def _proven(difference: Difference, names: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """The lines on what was proven, and what was tried."""
    comparison, trial = difference.comparison, difference.trial
    if difference.without_prox is not None:
        yield "if", f"prox is none (--under prox=none): {difference.without_prox.value}"
    paired = [f"{b} is {a}" for b, a in difference.script.spec_names.items() if a != b]
    if paired:
        yield "names", ", ".join(paired)
    for name, kind in zip(names, (EditKind.LOST, EditKind.GAINED), strict=True):
        own = [display(part.name) for part in difference.script.alone(kind, *_DECLARED)]
        if own:
            yield "alone", f"{', '.join(own)} of {name}"
    if comparison.answer in (Answer.ALGEBRA, Answer.PATH):
        yield from (("states", text) for text in relation_texts(comparison))
    yield from notes(comparison)
    if comparison.answer is Answer.PATH:
        for name, sent in zip(names, comparison.messages, strict=True):
            yield from (("messages", f"only {name}: {text}") for text in sorted(map(_message, sent)))
    if trial is not None and trial.witness is None:
        runs = "1 pair of runs" if trial.runs == 1 else f"{trial.runs or 'no'} pairs of runs"
        told = "with equal draws; none told them apart" if trial.runs else "could be made"
        yield "tried", f"{runs} {told}"
        if trial.failed and not trial.runs:
            yield "tried", trial.failed


def side_by_side(difference: Difference) -> list[Row]:
    """Both specs without comments and claims, the second in the first's names."""
    one, other = map(read_spec, difference.sources)
    return rows(bare_text(one).splitlines(), bare_text(renamed(other, listed_names(difference))).splitlines())


def listed_names(difference: Difference) -> dict[str, str]:
    """The names that the second spec has where it stands beside the first."""
    if difference.literal is not None:
        return {}
    sides = difference.comparison.pairing.sides
    return kept_apart(difference.script.spec_names, *(side.program for side in sides))


def _answer(difference: Difference) -> str:
    """The answer, and the gap or the reason why nothing was proven."""
    trial, reason = difference.trial, difference.comparison.reason
    if trial is not None and trial.witness is not None:
        gap = trial.witness
        if gap.metric == FAILURE:
            return f"{difference.answer} (one of two runs fails in round {gap.round})"
        return f"{difference.answer} (runs part by {gap.gap:.0e} after round {gap.round})"
    if difference.same and (names := [display(name) for name in other_defaults(difference.script)]):
        other = "another default" if len(names) == 1 else "other defaults"
        return f"{difference.answer}, with {other} of {joined(names)}"
    return f"{difference.answer} ({reason})" if reason else difference.answer


def _message(sent: Sent) -> str:
    form = sent.form.removeprefix("A ").removeprefix("B ")
    return f"line {sent.line}: {sent.route}: {sent.name} ({form})"


# --- cost ----------------------------------------------------------------------------------------------------------


def _cost_texts(difference: Difference) -> Iterator[str]:
    """Bits, gradients and state of both, at the size that `cablese cost` takes unless told."""
    names = method_names(difference.script)
    costs = costs_of_both(difference)
    if costs is None:
        yield "depends on numbers of a problem, which `cablese cost` takes by --constants"
        return
    one, other = (_figures(cost) for cost in costs)
    samples = f", {costs[0].samples} samples at each" if costs[0].samples else ""
    yield f"for {costs[0].n} nodes{samples} and d = {costs[0].d:,}:"
    yield from _compared(one, other, names[0])
    one, other = (_formulas(cost) for cost in costs)
    if other:
        yield "as formulas, of all nodes together:"
        yield from _compared(one, other, names[0])


def _compared(one: dict[str, str], other: dict[str, str], name: str) -> Iterator[str]:
    """A line for each quantity of the second method, beside that of the first, which has this name; none for what neither
    has."""
    for what, text in other.items():
        known = one.get(what, "none known")
        if text == known == "0":
            continue
        yield f"{what} {text}, as {name}" if text == known else f"{what} {text}; {name} {known}"


def _formulas(cost: Cost) -> dict[str, str]:
    """The formulas of bits, gradients and state that are known of a method."""
    formulas = cost.formulas
    of = {"up": formulas.up, "down": formulas.down}
    of |= {"full gradients": formulas.gradients, "single gradients": formulas.single}
    of["floats at a node"] = formulas.node
    if not cost.graph:
        of["floats at the server"] = formulas.server
    return {what: str(formula) for what, formula in of.items() if formula is not None}


def _figures(cost: Cost) -> dict[str, str]:
    """The figures of one method in words."""
    from .cost import amount_text, gradients_text

    found = {}
    for name, up in (("up", True), ("down", False)):
        each, before = (cost.bits(up=up, in_init=first) * (1 / cost.n) for first in (False, True))
        first = f" and {amount_text(before, bits_text)} before" if before.most else ""
        found[name] = f"{amount_text(each, bits_text)} a round and node{first}"
    found["gradients"] = f"{gradients_text(cost.gradients)} a round and node"
    server = "" if cost.graph else f"{count_text(cost.state.server)} at the server, "
    found["floats of state"] = f"{server}{count_text(cost.state.node)} at a node"
    return found
