"""Bindings that somebody reads before the name is bound anew, on some path through `init` and the rounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias, assert_never

from ..check import program as core
from ..check.desugar import names_in
from ..check.kinds import Placement
from ..check.traverse import EXPRESSIONS
from ..check.uses import bindings_of, sender_of
from ..syntax import nodes
from ..text.records import record

Live: TypeAlias = frozenset[str]


@record
class Use:
    """A name in an expression: `by` is who evaluates it (None for an observer), `into` the name that its statement
    binds to the value, if it binds one; `resent` where a message sends just this name under its own name."""

    name: str
    by: Placement | None
    into: str | None = None
    resent: bool = False


Counts: TypeAlias = Callable[[Use, bool], bool]
"""Whether a use keeps its name alive, given whether what it goes into is read later."""


def live_bindings(program: core.Program, counts: Counts) -> frozenset[int]:
    """The numbers of the bindings of which some use counts."""
    walk = _Walk(counts)
    end = frozenset(name for name in _observed(program) if counts(Use(name, None), True))
    start: Live = frozenset()
    while (found := walk.block(program.round, end | start)) != start:
        start = found
    walk.block(program.init, start | (end & {program.output.value.symbol.name}))
    return frozenset(walk.live)


def _observed(program: core.Program) -> Iterator[str]:
    """The names that are looked at when a round has ended."""
    sides = [side for invariant in program.invariants for side in (invariant.left, invariant.right)]
    weight = [] if program.output.weight is None else [program.output.weight]
    for expr in (program.output.value, *weight, *sides):
        yield from _names(expr)
    for claim in program.claims:
        if isinstance(claim, nodes.Guarantee):
            yield from (name.id for side in (claim.left, claim.right) for name in names_in(side))


def _names(expr: core.Expr) -> Iterator[str]:
    return (part.symbol.name for part in EXPRESSIONS.walk(expr) if isinstance(part, core.Read))


class _Walk:
    """Backwards through a program; `live` collects the bindings that are read."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._names_in: dict[int, tuple[str, ...]] = {}  # by expression, which a loop walks several times
        self.live: set[int] = set()

    def block(self, block: core.Block, after: Live) -> Live:
        """The names that are alive before some statements, given those behind them."""
        for statement in reversed(block):
            after = self._statement(statement, after)
        return after

    def _statement(self, statement: core.Stmt, after: Live) -> Live:
        if isinstance(statement, core.Local):
            return self._local(statement, after)
        match statement:
            case core.Message():
                return self._message(statement, after)
            case core.Branch():
                inside = self.block(statement.then, after) | self.block(statement.otherwise, after)
                return inside | self._asked(statement.condition, _evaluator(statement.at))
            case core.Repeat():
                return self._loop(statement, after)
            case _:
                assert_never(statement)

    def _local(self, statement: core.Local, after: Live) -> Live:
        """The names that are alive before targets take values, all evaluated first."""
        before, at, bindings = after, statement.at, tuple(bindings_of(statement))
        for target, _ in bindings:
            self._note(target, after)
            if at.domain.over is None or target.where.domain.over is not None:
                before -= {target.symbol.name}  # else those outside the set keep their entries
        for target, values in bindings:
            for value in values:
                before |= self._read(value, at.placement, target, after)
        return self._members(at.members, before)

    def _message(self, message: core.Message, after: Live) -> Live:
        sender = sender_of(message.route)
        for item in reversed(message.items):
            self._note(item.target, after)
            resent = isinstance(item.value, core.Read) and item.value.symbol == item.target.symbol
            read = self._read(item.value, sender, item.target, after, resent=resent)
            after = (after - {item.target.symbol.name}) | read
        if message.condition is not None:
            after |= self._asked(message.condition, sender)
        return self._members(message.members, after)

    def _loop(self, loop: core.Repeat, after: Live) -> Live:
        start = after
        while (found := after | self.block(loop.body, start)) != start:
            start = found
        return start | self._asked(loop.count, _evaluator(loop.at))

    def _members(self, members: core.Expr | None, alive: Live) -> Live:
        return alive if members is None else alive | self._asked(members, Placement.ALL)

    def _asked(self, condition: core.Expr, by: Placement) -> Live:
        """The use of an expression that decides over the course of things: it goes into no name."""
        return frozenset(name for name in _names(condition) if self._counts(Use(name, by), True))

    def _read(
        self, value: core.Expr, by: Placement, target: core.Target, after: Live, *, resent: bool = False
    ) -> Live:
        into = target.symbol.name
        names = self._names_in.get(id(value))
        if names is None:
            names = self._names_in[id(value)] = tuple(dict.fromkeys(_names(value)))
        alive = into in after
        return frozenset(name for name in names if self._counts(Use(name, by, into, resent), alive))

    def _note(self, target: core.Target, after: Live) -> None:
        if target.symbol.name in after:
            self.live.add(target.binding)


def _evaluator(at: core.At | None) -> Placement:
    return Placement.ALL if at is None else at.placement
