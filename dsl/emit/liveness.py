"""Arrays of generated functions that later lines read, by the line behind which they do."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS, bound_slots
from .layout import Layout

Names: TypeAlias = frozenset[str]
NONE: Names = frozenset()

LARGE = (Kind.VECTOR, Kind.VECTORS, Kind.MASK)
"""Kinds of values, and of what packets tell, that take memory."""


def arrays_of(plan: ir.Plan, layout: Layout) -> Names:
    """The variables of a process that may hold vectors."""
    bound = chain(plan.states, *(bound_slots(part) for part in INSTRUCTIONS.walk(plan)))
    large = [slot for slot in bound if slot.kind in LARGE]
    return frozenset(view.name_of(slot) for slot in large for view in layout.views)


def functions_of(python: str) -> tuple[ast.FunctionDef, list[ast.FunctionDef]]:
    """The generated program, and the functions in it."""
    (program,) = ast.parse(python).body
    assert isinstance(program, ast.FunctionDef)
    return program, [part for part in program.body if isinstance(part, ast.FunctionDef)]


@dataclass(slots=True)
class Liveness:
    """The arrays that are read behind each line of a function, further on."""

    arrays: Names
    behind: dict[int, Names] = field(default_factory=dict)  # by line

    def before(self, block: Sequence[ast.stmt], live: Names) -> Names:
        """The arrays that a block or what follows reads, if `live` are those that what follows it reads."""
        for statement in reversed(block):
            live = self._before(statement, live)
        return live

    def _before(self, statement: ast.stmt, live: Names) -> Names:
        match statement:
            case ast.If(test=test, body=then, orelse=otherwise):
                branches = self.before(then, live) | self.before(otherwise, live)
                return branches | self.read(test)
            case ast.For(iter=count, body=body):
                head = live
                while (before := self.before(body, head) | live) != head:
                    head = before
                return head | self.read(count)
            case ast.FunctionDef():  # which reads no array but its arguments
                return live
            case _:
                self.behind[statement.lineno] = live
                return live - self.bound(statement) | self.read(statement)

    def read(self, part: ast.AST) -> Names:
        """The arrays that a statement or expression reads."""
        return names_in(part, ast.Load) & self.arrays

    def bound(self, part: ast.AST) -> Names:
        """The arrays that a statement binds."""
        return names_in(part, ast.Store) & self.arrays


def names_in(part: ast.AST, context: type[ast.expr_context]) -> Names:
    """The names that a statement or expression reads (Load) or binds (Store)."""
    names = (node for node in ast.walk(part) if isinstance(node, ast.Name))
    return frozenset(name.id for name in names if isinstance(name.ctx, context))
