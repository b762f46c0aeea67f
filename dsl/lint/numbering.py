"""Numbers of values: two expressions with one number have the same value whenever both are evaluated on one path."""

from __future__ import annotations

from collections.abc import Hashable
from typing import assert_never

from ..check import program as core


class Numbering:
    """The numbers of what names hold on one path; `table` is shared by all paths, so that numbers compare."""

    def __init__(self, table: dict[Hashable, int] | None = None) -> None:
        self._table: dict[Hashable, int] = {} if table is None else table
        self._names: dict[str, int] = {}

    def copy(self) -> Numbering:
        """A path that starts like this one."""
        other = Numbering(self._table)
        other._names = dict(self._names)
        return other

    def bind(self, name: str, number: int) -> None:
        """A name takes a value."""
        self._names[name] = number

    def forget(self, name: str) -> None:
        """A name takes a value like no other: one that was drawn, rounded, or kept for some nodes."""
        self._names[name] = self._number(("fresh", len(self._table)))

    def join(self, other: Numbering) -> None:
        """The numbering after either of two paths: a name that differs has a value like no other."""
        for name in self._names.keys() | other._names.keys():
            if self._names.get(name) != other._names.get(name):
                self.forget(name)

    def of(self, expr: core.Expr) -> int:
        """The number of an expression's value."""
        match expr:
            case core.Read():
                return self._named(expr.symbol.name)
            case core.Counter():
                return self._named(expr.symbol.name)
            case core.Literal():
                return self._number(("literal", expr.kind, expr.value))
            case core.Constant():
                return self._number(("constant", expr.name))
            case core.BlockMask():
                return self._number(("block", expr.block))
            case core.ParamRead():
                return self._number(("param", expr.symbol.name, expr.previous))
            case core.Figure():
                return self._number(("figure", expr.operator, expr.compressor.name))
            case core.Apply():
                return self._number((expr.operator, *map(self.of, expr.arguments)))
            case core.Aggregate():
                beside = [None if each is None else self.of(each) for each in (expr.setting, expr.groups)]
                return self._number(("over all", expr.operator, self.of(expr.argument), *beside))
            case core.Oracle():
                batch = None if expr.batch is None else self.of(expr.batch)
                return self._number(("oracle", expr.operator, self.of(expr.point), batch))
            case core.Who():
                return self._number(("who", self.of(expr.family)))
            case core.Compress():
                return self._number(("drawn", expr.site))
            case _:
                assert_never(expr)

    def _named(self, name: str) -> int:
        if name not in self._names:
            self._names[name] = self._number(("start", name))
        return self._names[name]

    def _number(self, key: Hashable) -> int:
        return self._table.setdefault(key, len(self._table))
