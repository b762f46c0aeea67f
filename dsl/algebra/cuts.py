"""Rounds cut elsewhere: a method whose state is taken in the middle of its round, with what lives there."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from ..check import program as core
from ..check.kinds import KNOWN_TO_ALL, Placement, Spread
from ..check.traverse import EXPRESSIONS
from ..check.uses import bindings_of, targets_in
from ..text.records import record
from .combination import Combination
from .meaning import points
from .relate import Side

_POINT = "the output at a point"


def advanced(program: core.Program) -> core.Program:
    """The method one round ahead: its start takes the first round, too."""
    return replace(program, init=(*program.init, *program.round))


def cut(program: core.Program, at: int) -> core.Program:
    """The method with its round cut before a statement: the start goes on to there. Its points stay those of the uncut
    round, as copies of the output."""
    round_ = program.round
    point = _point(program)
    first, rest = round_[:at], round_[at:]
    turned = (*rest, point, *first)
    output = replace(program.output, value=replace(program.output.value, symbol=point.targets[0].symbol))
    found = replace(program, init=(*program.init, point, *first), round=turned, output=output)
    return replace(found, states=_states(program, turned))


def _point(program: core.Program) -> core.Assign:
    """The assignment of the output to a name of its own."""
    value = program.output.value
    where = replace(value.where, domain=KNOWN_TO_ALL.domain)
    target = core.Target(core.Symbol(-1, _POINT), -1, value.kind, where, value.span)
    return core.Assign(core.At(Placement.ALL, where.domain), (target,), (value,), value.span)


def _states(program: core.Program, block: core.Block) -> tuple[core.State, ...]:
    """The names that a block reads before it binds them, as states."""
    kinds: dict[str, core.State] = {}
    kept = {state.symbol.name for state in program.states}
    for target in targets_in(program):
        name = target.symbol.name
        known = kinds.get(name)
        if known is None or known.home.spread is Spread.ONE:
            kinds[name] = core.State(target.symbol, target.kind, target.where)
    return tuple(kinds[name] for name in dict.fromkeys(_live(block, set(), kept)) if name in kinds)


def _live(block: core.Block, bound: set[str], states: Set[str]) -> Iterator[str]:
    """Names that are read while they may be unbound, in order; `bound` grows by what every path binds.

    Where members bind a name alone, others keep their entries of `states`; of temporaries nobody reads those.
    """
    for statement in block:
        match statement:
            case core.Branch():
                yield from _unbound(_reads(statement.condition), bound)
                ways = [set(bound), set(bound)]
                yield from _live(statement.then, ways[0], states)
                yield from _live(statement.otherwise, ways[1], states)
                bound |= ways[0] & ways[1]
            case core.Repeat():
                yield from _unbound(_reads(statement.count), bound)
                yield from _live(statement.body, set(bound), states)
            case _:
                targets = {target.symbol.name for target, _ in bindings_of(statement)}
                partly = not isinstance(statement, core.Message) and statement.at.members is not None
                kept = targets & states if partly else set()
                yield from _unbound([*_reads(statement), *sorted(kept)], bound)
                bound |= targets


def _reads(part: core.Expr | core.Stmt) -> list[str]:
    return [e.symbol.name for e in EXPRESSIONS.walk(part) if isinstance(e, core.Read)]


def _unbound(names: list[str], bound: set[str]) -> Iterator[str]:
    return (name for name in names if name not in bound)


@record
class Alignment:
    """Two methods' rounds against each other: each with so many rounds `ahead` in its start, which move its points, and cut
    before a statement (0: not cut), which does not."""

    ahead: tuple[int, int] = (0, 0)
    at: tuple[int, int] = (0, 0)

    def sides(self, sides: tuple[Side, Side]) -> tuple[Side, Side]:
        """The methods as they are aligned."""
        one, other = (
            replace(side, program=_moved(side.program, ahead, at))
            for side, ahead, at in zip(sides, self.ahead, self.at, strict=True)
        )
        return one, other


PLAIN = Alignment()
"""Rounds as they are."""

_ROUNDS = 4  # that are compared before cuts are tried


def alignments(sides: tuple[Side, Side]) -> Iterator[Alignment]:
    """The alignments under which the points of both methods agree for a few rounds, in the order of the whole run."""
    lengths = [len(side.program.round) for side in sides]
    for shift in _shifts(sides):
        ahead = (max(shift, 0), max(-shift, 0))
        if shift:
            yield Alignment(ahead)
        for at in range(1, lengths[1]):
            yield Alignment(ahead, (0, at))
            if not shift:
                yield Alignment(ahead, (lengths[0], at))


def _shifts(sides: tuple[Side, Side]) -> Iterator[int]:
    """Rounds by which the first method's points are ahead of the second's: 0, 1 or -1, while they agree."""
    runs = [points(side.program, side.symbols) for side in sides]
    ours, theirs = ([next(run)] for run in runs)
    left = {0, 1, -1}
    for _ in range(_ROUNDS):
        ours.append(next(runs[0]))
        theirs.append(next(runs[1]))
        left = {s for s in left if _agree(ours, theirs, s)}
        if not left:
            return
    yield from sorted(left, key=abs)


def _agree(ours: list[Combination], theirs: list[Combination], shift: int) -> bool:
    """True where all points that both have are equal."""
    first, second = ours[max(shift, 0) :], theirs[max(-shift, 0) :]
    return all(a == b for a, b in zip(first, second, strict=False))


def _moved(program: core.Program, ahead: int, at: int) -> core.Program:
    for _ in range(ahead):
        program = advanced(program)
    return cut(program, at) if at else program
