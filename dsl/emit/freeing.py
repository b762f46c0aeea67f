"""Arrays of generated functions that no later line reads: deleted behind the line that is their last reader."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS, bound_slots
from .layout import Layout

Names = frozenset[str]
_NONE: Names = frozenset()

LARGE = (Kind.VECTOR, Kind.VECTORS, Kind.MASK)
"""Kinds of values, and of what packets tell, that take memory."""


def arrays_of(plan: ir.Plan, layout: Layout) -> Names:
    """The variables of a process that may hold vectors."""
    bound = chain(plan.states, *(bound_slots(part) for part in INSTRUCTIONS.walk(plan)))
    large = [slot for slot in bound if slot.kind in LARGE]
    return frozenset(view.name_of(slot) for slot in large for view in layout.views)


def with_deletions(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with `del` lines for arrays in its functions; none behind a function's last
    assignment, where only checks follow."""
    behind: dict[int, str] = {}
    arrays = arrays_of(plan, layout)
    (program,) = ast.parse(python).body
    for function in ast.iter_child_nodes(program):
        if isinstance(function, ast.FunctionDef):
            behind |= _deletions(function, arrays)
    lines = enumerate(python.splitlines(), start=1)
    return "".join(f"{line}\n{behind.get(number, '')}" for number, line in lines)


def _deletions(function: ast.FunctionDef, arrays: Names) -> dict[int, str]:
    """The `del` lines of a function by the number of the line before them."""
    last = max((node.lineno for node in ast.walk(function) if isinstance(node, ast.Assign)), default=0)
    found = _Deletions(arrays, last)
    found.live_before(function.body, _NONE)
    found.delete(function.body, _NONE)
    return found.behind


@dataclass(slots=True)
class _Deletions:
    """The `del` lines of a function by the line before them, which is above line `last`."""

    arrays: Names
    last: int
    behind: dict[int, str] = field(default_factory=dict)
    _live: dict[int, Names] = field(default_factory=dict)  # behind each line, read further on

    def live_before(self, block: Sequence[ast.stmt], live: Names) -> Names:
        """The arrays that a block or what follows reads, if `live` are those that what follows it reads."""
        for statement in reversed(block):
            live = self._live_before(statement, live)
        return live

    def _live_before(self, statement: ast.stmt, live: Names) -> Names:
        match statement:
            case ast.If(test=test, body=then, orelse=otherwise):
                branches = self.live_before(then, live) | self.live_before(otherwise, live)
                return branches | self._named(test, ast.Load)
            case ast.For(iter=count, body=body):
                head = live
                while (before := self.live_before(body, head) | live) != head:
                    head = before
                return head | self._named(count, ast.Load)
            case _:
                self._live[statement.lineno] = live
                return live - self._named(statement, ast.Store) | self._named(statement, ast.Load)

    def delete(self, block: Sequence[ast.stmt], bound: Names) -> Names:
        """Note the deletions of a block; the arrays that are bound behind it for certain, of those `bound` before."""
        for statement in block:
            bound = self._delete(statement, bound)
        return bound

    def _delete(self, statement: ast.stmt, bound: Names) -> Names:
        match statement:
            case ast.If(body=then, orelse=otherwise):
                return self.delete(then, bound) & self.delete(otherwise, bound)
            case ast.For(body=body):
                while (after := bound & self.delete(body, bound)) != bound:
                    bound = after
                return bound
            case _:
                return self._delete_behind(statement, bound)

    def _delete_behind(self, statement: ast.stmt, bound: Names) -> Names:
        written, read = self._named(statement, ast.Store), self._named(statement, ast.Load)
        bound |= written
        dead = (written | read) & bound - self._live[statement.lineno]
        self.behind.pop(statement.lineno, None)
        if not dead or statement.lineno >= self.last:
            return bound
        self.behind[statement.lineno] = f"{' ' * statement.col_offset}del {', '.join(sorted(dead))}\n"
        return bound - dead

    def _named(self, part: ast.AST, context: type[ast.expr_context]) -> Names:
        """The arrays that a statement or expression reads (Load) or binds (Store)."""
        names = (node for node in ast.walk(part) if isinstance(node, ast.Name))
        return frozenset(name.id for name in names if isinstance(name.ctx, context)) & self.arrays
