"""`init` and `round` as wholes: the states and their homes, the output and the invariants."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes
from ..text.diagnostics import Bag, Diagnostic
from ..text.records import structure
from ..text.source import Span
from . import (
    aggregate_errors,
    domain_errors,
    history_errors,
    kind_errors,
    line_errors,
    place_errors,
    statement_errors,
)
from . import program as core
from .context import ExprContext, Findings, World
from .declarations import Lines
from .desugar import repeats
from .expressions import infer
from .histories import length_of
from .kinds import HISTORIES, Kind, Placement, Spread
from .name_lookup import failed, family, gone_error
from .phrases import a_kind
from .placements import OBSERVER, covers
from .scope import Entry, Gone, Scope, Status, widened
from .statements import block
from .variables import Assumptions, First, Walk, carried_domain, note_bag, spread_out

WALKS_WITH_INTS = 6
"""Walks after which loop-carried ints are taken for reals: chains of states this long are contrived."""

MAX_WALKS = 24
"""Walks within which the assumptions about loop-carried values must hold."""


@structure
class Rounds:
    """The checked rounds of a spec, with the names and draws that claims may speak of."""

    init: core.Block
    round: core.Block
    states: tuple[core.State, ...]
    output: core.Output | None
    invariants: tuple[core.Invariant, ...]
    end: Scope
    findings: Findings


def check_rounds(lines: Lines, world: World) -> Rounds:
    """The checked rounds: walks through `init` and `round` until the assumptions about later rounds hold."""
    assumed = Assumptions()
    for walks in range(MAX_WALKS):
        walk = Walk(world, Findings(Bag()), assumed, assumed.copy())
        rounds = _walk(lines, walk)
        if walk.learned == assumed:
            break
        assumed = walk.learned
        if walks >= WALKS_WITH_INTS:
            _take_for_reals(rounds, assumed)
    else:
        rounds.findings.bag.add(statement_errors.unsettled(_first_repeat(lines)))
    for diagnostic in rounds.findings.bag:
        world.bag.add(diagnostic)
    return rounds


def _take_for_reals(rounds: Rounds, assumed: Assumptions) -> None:
    assumed.no_ints = True
    assumed.kinds.update({s.symbol.name: Kind.REAL for s in rounds.states if s.kind is Kind.INT})


def _first_repeat(lines: Lines) -> Span:
    """The header of the first `repeat`, or the first statement: few specs without a `repeat` come here."""
    body = tuple(part for line in (lines.init, lines.round) if line is not None for part in line.body)
    first = next(repeats(body), None)
    return body[0].span if first is None else Span(first.span.source, first.span.start, first.count.span.end)


def _walk(lines: Lines, walk: Walk) -> Rounds:
    scope = Scope()
    init = block(lines.init.body, scope, walk) if lines.init else []
    before = scope.copy()
    walk.in_init = False
    scope = _start(before, walk)
    body = block(lines.round.body, scope, walk) if lines.round else []
    if lines.output is not None:
        _note_output(lines.output, before, walk)
    observed = _observed(scope, walk)
    context = ExprContext(walk.world, walk.findings, observed, OBSERVER)
    output = _output(lines.output, context) if lines.output is not None else None
    invariants = tuple(_invariant(line, context) for line in lines.of(nodes.Invariant))
    _check_states(before, scope, walk)
    init += _spread_states(before, walk)
    body += _spread_states(scope, walk)
    states = tuple(
        core.State(
            walk.world.symbol(name),
            _kind(name, first, walk),
            first.where,
            (-1, name) in walk.assumed.bags,
            length_of(name, tuple(init)),
        )
        for name, first in walk.first.items()
        if name in walk.findings.states
    )
    if output is not None and output.value.symbol.name in walk.findings.states:
        output = replace(output, is_state=True)
    return Rounds(tuple(init), tuple(body), states, output, invariants, observed, walk.findings)


# --- state ---------------------------------------------------------------------------------------------------


def _start(before: Scope, walk: Walk) -> Scope:
    """The scope at the start of a round: a name may hold init's or the last round's value, at its home."""
    names: dict[str, Status] = {}
    for name, status in before.names.items():
        first = walk.first.get(name)
        if isinstance(status, Gone) or first is None:
            names[name] = status
            continue
        number = walk.findings.join()
        named = carried_domain(name, -1, status, number, walk)
        names[name] = replace(
            status,
            binding=0,
            number=number,
            kind=_start_kind(name, status.kind, walk),
            where=first.where,
            span=first.span,
            from_init=True,
            named_domain=named,
            compressed=False,
        )
    counter = walk.world.counter
    return Scope(names, frozenset(), frozenset({counter.id} if counter else ()))


def _start_kind(name: str, kind: Kind, walk: Walk) -> Kind:
    return Kind.REAL if walk.assumed.kinds.get(name) is Kind.REAL and kind is Kind.INT else kind


def _kind(name: str, first: First, walk: Walk) -> Kind:
    return walk.assumed.kinds.get(name, first.kind)


def _check_states(before: Scope, end: Scope, walk: Walk) -> None:
    """Report states that are not at home, of their kind and whole at the end of `init` and of a round."""
    if walk.asks_states:
        walk.learned.states |= walk.findings.states
    for name, first in walk.first.items():
        if name not in walk.findings.states:
            continue
        whole = _at_home(name, first, before, "`init`", walk)
        if whole and _at_home(name, first, end, "a round", walk):
            _check_kind(name, before, end, walk)
        for left in (before, end):
            note_bag(name, -1, left.names.get(name), walk)


def _at_home(name: str, first: First, scope: Scope, end: str, walk: Walk) -> bool:
    status = scope.names.get(name)
    if status is None or name in walk.world.unparsed_names:
        return True
    if isinstance(status, Gone):
        walk.findings.bag.add(gone_error(name, status.second, status))
        return False
    if status.lost:
        return True
    error = _home_error(name, first, status, end, walk)
    if error is not None:
        walk.findings.bag.add(error)
    return error is None


def _home_error(name: str, first: First, entry: Entry, end: str, walk: Walk) -> Diagnostic | None:
    where, home = entry.where, first.where
    if home.placement is Placement.NEIGHBORS and walk.world.is_directed:
        return place_errors.no_kept_message(name, first.span)
    if where.domain.over is not None:
        return place_errors.state_over_subset(name, home.placement, first.span, entry.span, where.domain, end)
    if not covers(home.placement, where.placement):
        readers = frozenset(walk.findings.readers.get(name, ()))
        return place_errors.state_not_home(name, home, first.span, where, entry.span, end, readers=readers)
    if home.spread is Spread.ONE and where.spread is not Spread.ONE:
        return place_errors.state_spread(name, first.span, entry.span, end)
    return None


def _check_kind(name: str, before: Scope, end: Scope, walk: Walk) -> None:
    """A state keeps its kind; one that starts as an int and later takes a real is real."""
    first, last = before.entry(name), end.entry(name)
    home = walk.first[name]
    if first is None or last is None:
        return
    kind = widened(home.kind, first.kind)
    after = widened(kind, last.kind) if kind is not None else None
    if kind is None or after is None:
        later = last if kind is not None else first
        walk.findings.bag.add(
            kind_errors.state_changes_kind(name, home.kind, home.span, later.kind, later.span)
        )
    elif after is Kind.REAL and Kind.INT in (home.kind, first.kind, last.kind):
        walk.learned.kinds[name] = Kind.REAL


def _spread_states(scope: Scope, walk: Walk) -> list[core.Stmt]:
    """Assignments that make a state one value per node again where it ends as a single one, or one per group."""
    found: list[core.Stmt] = []
    for name, first in walk.first.items():
        entry = scope.entry(name)
        if name not in walk.findings.states or entry is None:
            continue
        if entry.where.spread is not first.where.spread and first.where.spread is not Spread.ONE:
            found.append(spread_out(entry, first.where, entry.kind))
    return found


# --- outputs and invariants ----------------------------------------------------------------------------------


def _note_output(line: nodes.Output, before: Scope, walk: Walk) -> None:
    """An output that `init` assigns is read before the first round binds it: it is state."""
    name = _output_name(line.value)
    if name is not None and isinstance(before.names.get(name.id), Entry):
        walk.findings.states.add(name.id)


def _output_name(value: nodes.Expr) -> nodes.Name | None:
    if isinstance(value, nodes.Call) and value.arguments:
        value = value.arguments[0]
    return value if isinstance(value, nodes.Name) else None


def _observed(scope: Scope, walk: Walk) -> Scope:
    """The scope of outputs and invariants: the names at the end of a round, states at home."""
    found = scope.copy()
    for name, first in walk.first.items():
        entry = found.entry(name)
        if name in walk.findings.states and entry is not None and entry.where.domain.over is None:
            found.names[name] = replace(entry, where=first.where)
    return found


_FORMS = {"average": core.Averaging.AVERAGE, "uniform": core.Averaging.UNIFORM}


def _output(line: nodes.Output, context: ExprContext) -> core.Output | None:
    value, averaging, weight = line.value, core.Averaging.LAST, None
    if isinstance(value, nodes.Call):
        form = _FORMS.get(value.function.id)
        if form is None or value.keywords or len(value.arguments) not in (1, 2):
            context.bag.add(line_errors.output_form(value.span))
            return None
        if form is core.Averaging.UNIFORM and len(value.arguments) == 2:
            context.bag.add(line_errors.uniform_weight(value.arguments[1].span))
        averaging = form
        weight = _weight(value.arguments[1], context) if len(value.arguments) == 2 else None
        value = value.arguments[0]
    if not isinstance(value, nodes.Name):
        context.bag.add(line_errors.output_form(line.value.span))
        return None
    read = infer(value, replace(context, purpose="an output"))
    return _returned(read, value, averaging, weight, line, context)


def _returned(
    read: core.Expr,
    name: nodes.Name,
    averaging: core.Averaging,
    weight: core.Expr | None,
    line: nodes.Output,
    context: ExprContext,
) -> core.Output | None:
    if read.kind is Kind.UNKNOWN:
        return None
    if read.kind is not Kind.VECTOR:
        context.bag.add(kind_errors.wrong_kind("an output", (Kind.VECTOR,), read.kind, name.span))
        return None
    if not isinstance(read, core.Read):
        context.bag.add(line_errors.output_form(name.span))
        return None
    if read.where.domain.over is not None:
        context.bag.add(domain_errors.output_over_subset(name.id, name.span, read.where.domain))
        return None
    return core.Output(averaging, read, weight, False, line.span)


def _weight(written: nodes.Expr, context: ExprContext) -> core.Expr | None:
    counter = context.world.counter_name
    scope = Scope(context.scope.names, context.scope.informed, context.scope.counters | {counter})
    seen, context.findings.saw_counter = context.findings.saw_counter, False
    weight = infer(written, replace(context, scope=scope, purpose="a weight"))
    context.world.counter_used |= context.findings.saw_counter
    context.findings.saw_counter |= seen
    if weight.kind not in (Kind.REAL, Kind.INT, Kind.UNKNOWN):
        context.bag.add(kind_errors.wrong_kind("a weight", (Kind.REAL, Kind.INT), weight.kind, weight.span))
    elif family(weight):
        context.bag.add(aggregate_errors.needs_one("a weight", weight.span))
    return weight


def _invariant(line: nodes.Invariant, context: ExprContext) -> core.Invariant:
    seen = replace(context, purpose="an invariant")
    left, right = infer(line.left, seen), infer(line.right, seen)
    for side in (left, right):
        if side.kind in HISTORIES:
            context.bag.add(history_errors.not_compared(side.span.text, side.span))
            return core.Invariant(failed(side.span, seen), failed(side.span, seen), line.span)
    if Kind.UNKNOWN not in (left.kind, right.kind) and widened(left.kind, right.kind) is None:
        sides = (
            f"`{line.left.span.text}` is {a_kind(left.kind)}",
            f"`{line.right.span.text}` is {a_kind(right.kind)}",
        )
        context.bag.add(line_errors.invariant_sides(*sides, line.span))
    return core.Invariant(left, right, line.span)
