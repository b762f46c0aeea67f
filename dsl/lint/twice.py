"""The lint of a compressor that is applied twice to one value: a memory then subtracts another draw than was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TypeAlias

from ..check import program as core
from ..check.kinds import Placement
from ..check.traverse import EXPRESSIONS
from ..check.uses import sender_of, targets_in
from ..text.diagnostics import Diagnostic
from ..text.records import record, structure
from . import catalogue as say
from .numbering import Numbering

Key: TypeAlias = tuple[object, ...]
"""An application: the compressor, its arguments' and its value's numbers, and who applies it."""


def compressed_twice(program: core.Program) -> Iterator[Diagnostic]:
    """Applications of a compressor to a value that it compressed before, on one path through `init` or a round."""
    for block in (program.init, program.round):
        walk = _Walk()
        walk.block(block)
        yield from walk.found


@record
class _First:
    """An application, and the name that holds just its result."""

    call: core.Compress
    held: str | None


@structure
class _Walk:
    """Forwards along a path; `seen` are the applications on it."""

    values: Numbering = field(default_factory=Numbering)
    seen: dict[Key, _First] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)

    def block(self, block: core.Block) -> None:
        """Follow some statements."""
        for statement in block:
            self._statement(statement)

    def _statement(self, statement: core.Stmt) -> None:
        match statement:
            case core.Assign():
                self._assign(statement)
            case core.Message():
                for item in statement.items:
                    self._item(item, sender_of(statement.route))
            case core.Branch():
                self._branch(statement)
            case core.Repeat():
                self._loop(statement)
            case _:
                self._forget(target.symbol.name for target in targets_in((statement,)))

    def _assign(self, statement: core.Assign) -> None:
        for target, value in zip(statement.targets, statement.values, strict=True):
            self._applications(value, statement.at.placement, target.symbol.name)
        numbers = [self.values.of(value) for value in statement.values]
        for target, number in zip(statement.targets, numbers, strict=True):
            self.values.bind(target.symbol.name, number)
            if statement.at.domain.over is not None:
                self.values.forget(target.symbol.name)

    def _item(self, item: core.Item, sender: Placement) -> None:
        """A message item is rounded, unless it is just what a compressor returned."""
        name = item.target.symbol.name
        self._applications(item.value, sender, name)
        if isinstance(item.value, core.Compress):
            self.values.bind(name, self.values.of(item.value))
        else:
            self.values.forget(name)

    def _applications(self, value: core.Expr, by: Placement, into: str) -> None:
        for call in EXPRESSIONS.walk(value):
            if not isinstance(call, core.Compress):
                continue
            settings = tuple((name, self.values.of(setting)) for name, setting in call.settings)
            key = (call.compressor.name, settings, self.values.of(call.argument), by)
            first = self.seen.setdefault(key, _First(call, into if call is value else None))
            if first.call is not call:
                self.found.append(
                    say.compressed_twice(call.compressor.name, first.call.span, call.span, first.held)
                )

    def _branch(self, branch: core.Branch) -> None:
        other = _Walk(self.values.copy(), dict(self.seen), self.found)
        self.block(branch.then)
        other.block(branch.otherwise)
        self.values.join(other.values)
        self.seen |= other.seen

    def _loop(self, loop: core.Repeat) -> None:
        """A name that a loop binds has at its start, and behind it, a value like no other."""
        counter = [] if loop.counter is None else [loop.counter.name]
        bound = [*counter, *(target.symbol.name for target in targets_in(loop.body))]
        self._forget(bound)
        self.block(loop.body)
        self._forget(bound)

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.values.forget(name)
