"""The block of a way that some nodes take, rewritten for them: what it binds gets names beside those it had before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import assert_never

from ..check import program as core
from ..check.kinds import Domain, Kind, Where
from ..check.traverse import EXPRESSIONS
from ..text.diagnostics import InternalError
from ..text.records import record
from ..text.source import Span
from .spec_names import targets_of


@record
class Takers:
    """Those who take a way of a block at `at`, and the variable that holds them."""

    at: core.At
    domain: Domain
    symbol: core.Symbol

    def where_they_are(self, span: Span) -> core.At:
        """Where the way's statements stand."""
        members = core.Read(self.symbol, 0, Kind.NODES, Where(self.at.placement), span)
        return core.At(self.at.placement, self.domain, members)


@dataclass(slots=True)
class Beside:
    """Rewrites a way's block. `names`: what the block has bound so far, under which symbols.

    `known` tells how to read what a name was before the way; `fresh` hands out names. A name that an inner `if` or `repeat`
    may leave as it was is bound before it.
    """

    takers: Takers
    known: Callable[[str, core.Target], core.Read | None]
    fresh: Callable[[str], str]
    names: dict[str, core.Symbol] = field(default_factory=dict)
    _symbols: dict[str, core.Symbol] = field(default_factory=dict)

    def block(self, block: core.Block) -> core.Block:
        """The statements in order."""
        return tuple(found for statement in block for found in self._statement(statement))

    def _statement(self, statement: core.Stmt) -> Iterable[core.Stmt]:
        at = self.takers.where_they_are(statement.span)
        match statement:
            case core.Assign():
                assign = EXPRESSIONS.map_children(statement, self._expr)
                return (replace(assign, at=at, targets=tuple(map(self._bound, statement.targets))),)
            case core.Draw():
                draw = EXPRESSIONS.map_children(statement, self._expr)
                return (replace(draw, at=at, target=self._bound(statement.target)),)
            case core.Branch():
                both = targets_of(statement.then).keys() & targets_of(statement.otherwise).keys()
                first = self._bind_first(statement.after, both, at)
                return (*first, self._branch(statement, at))
            case core.Repeat():
                first = self._bind_first(statement.after, set(), at)
                return (*first, self._repeat(statement, at))
            case core.Message():
                raise InternalError("a message in a way of a node's own")
            case _:
                assert_never(statement)

    def _branch(self, statement: core.Branch, at: core.At) -> core.Branch:
        """An inner `if`: behind it the names are known that both its ways bind."""
        condition, before = self._expr(statement.condition), dict(self.names)
        then, after = self.block(statement.then), self.names
        self.names = dict(before)
        otherwise = self.block(statement.otherwise)
        self.names = {name: symbol for name, symbol in self.names.items() if name in after}
        known = self._renamed(statement.after)
        return replace(statement, at=at, condition=condition, then=then, otherwise=otherwise, after=known)

    def _repeat(self, statement: core.Repeat, at: core.At) -> core.Repeat:
        count, before = self._expr(statement.count), dict(self.names)
        body, self.names = self.block(statement.body), before
        after = self._renamed(statement.after)
        return replace(statement, at=at, count=count, body=body, after=after)

    # --- names -----------------------------------------------------------------------------------------------

    def _bound(self, target: core.Target) -> core.Target:
        symbol = self._symbols.get(target.symbol.name)
        if symbol is None:
            symbol = replace(target.symbol, name=self.fresh(f"{target.symbol.name.removesuffix('_new')}_new"))
            self._symbols[target.symbol.name] = symbol
        self.names[target.symbol.name] = symbol
        return self._target(target, symbol)

    def _renamed(self, after: tuple[core.Target, ...]) -> tuple[core.Target, ...]:
        """What is known behind an inner statement, beside, as far as the way has it."""
        known = [target for target in after if target.symbol.name in self.names]
        return tuple(self._target(target, self.names[target.symbol.name]) for target in known)

    def _target(self, target: core.Target, symbol: core.Symbol) -> core.Target:
        return replace(target, symbol=symbol, where=replace(target.where, domain=self.takers.domain))

    def _bind_first(
        self, targets: Iterable[core.Target], save: Iterable[str], at: core.At
    ) -> list[core.Assign]:
        """What names of before the way are, beside, unless they are among those to `save`."""
        found = []
        for target in targets:
            name = target.symbol.name
            old = None if name in self.names or name in save else self.known(name, target)
            if old is not None:
                found.append(core.Assign(at, (self._bound(target),), (old,), target.span))
        return found

    def _expr(self, expr: core.Expr) -> core.Expr:
        """The expression with the way's own names."""
        match expr:
            case core.Read():
                symbol = self.names.get(expr.symbol.name)
                if symbol is None:
                    return expr
                return replace(expr, symbol=symbol, where=replace(expr.where, domain=self.takers.domain))
            case core.Apply(operator="mix"):
                return expr  # of what neighbours told before the way: what it binds itself no neighbour knows
            case _:
                return EXPRESSIONS.map_children(expr, self._expr)
