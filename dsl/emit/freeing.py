"""Arrays of generated functions that no later line reads: deleted behind the line that is their last reader."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..plan import instructions as ir
from .layout import Layout
from .liveness import NONE, Liveness, Names, arrays_of, functions_of


def with_deletions(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with `del` lines for arrays in its functions; none behind a function's last
    assignment, where only checks follow."""
    behind: dict[int, str] = {}
    arrays = arrays_of(plan, layout)
    for function in functions_of(python)[1]:
        behind |= _deletions(function, arrays)
    lines = enumerate(python.splitlines(), start=1)
    return "".join(f"{line}\n{behind.get(number, '')}" for number, line in lines)


def _deletions(function: ast.FunctionDef, arrays: Names) -> dict[int, str]:
    """The `del` lines of a function by the number of the line before them."""
    last = max((node.lineno for node in ast.walk(function) if isinstance(node, ast.Assign)), default=0)
    live = Liveness(arrays)
    live.before(function.body, NONE)
    found = _Deletions(live, last)
    found.delete(function.body, NONE)
    return found.behind


@dataclass(slots=True)
class _Deletions:
    """The `del` lines of a function by the line before them, which is above line `last`."""

    live: Liveness
    last: int
    behind: dict[int, str] = field(default_factory=dict)

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
            case ast.FunctionDef():
                return bound
            case _:
                return self._delete_behind(statement, bound)

    def _delete_behind(self, statement: ast.stmt, bound: Names) -> Names:
        written, read = self.live.bound(statement), self.live.read(statement)
        bound |= written
        dead = (written | read) & bound - self.live.behind[statement.lineno]
        self.behind.pop(statement.lineno, None)
        if not dead or statement.lineno >= self.last:
            return bound
        self.behind[statement.lineno] = f"{' ' * statement.col_offset}del {', '.join(sorted(dead))}\n"
        return bound - dead
