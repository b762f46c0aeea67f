"""The names of a generated program by what they are: families of vectors, plain vectors and numbers, arrays of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ..check.contracts import Form
from ..check.kinds import Kind
from ..plan import instructions as ir
from ..plan.in_place import private_names, received_names
from ..plan.traverse import INSTRUCTIONS, bound_slots
from .inlining import names_bound_to, names_made_by
from .layout import Layout
from .liveness import NONE, Names, names_in

CONSTANTS = ("x0", "zeros", "ones")


@dataclass(frozen=True, slots=True)
class VectorNames:
    """The names of a program by what they are: `bound` by its first lines; `families` hold dense vectors, a row a node;
    `plain` a vector or number that all rows share; `private` are held by nothing else; `sparse` may be in sparse form;
    `vectors` are all variables that are dense vectors, `constants` the vectors that no line binds."""

    bound: Names
    oracles: Names
    families: Names
    plain: Names
    private: Names
    sparse: Names
    vectors: Names
    constants: Names

    @classmethod
    def of(cls, program: ast.FunctionDef, plan: ir.Plan, layout: Layout) -> VectorNames:
        """Names of the plan's slots in this process, and of what the program's first lines bind."""
        slots = {*plan.states}.union(*map(bound_slots, INSTRUCTIONS.walk(plan)))
        owned = private_names(plan) | (received_names(plan) if layout is Layout.TOGETHER else NONE)

        def named(chosen: Iterator[ir.Slot]) -> Names:
            return frozenset(view.name_of(slot) for slot in chosen for view in layout.views)

        numbers = [slot for slot in slots if slot.kind in (Kind.REAL, Kind.INT)]
        vectors = [slot for slot in slots if slot.kind is Kind.VECTOR and not slot.groups]
        dense = [slot for slot in vectors if slot.form is Form.DENSE]
        families = named(slot for slot in dense if slot.family)
        plain = named(slot for slot in (*dense, *numbers) if not slot.family)
        plain -= named(slot for slot in numbers if slot.family)
        return cls(
            frozenset().union(
                *(names_in(part, ast.Store) for part in program.body if isinstance(part, ast.Assign))
            ),
            names_made_by(program, ("oracle",)),
            families - plain,
            (plain | names_made_by(program, ("params", "constant"))) - families,
            named(slot for slot in vectors if slot.name in owned),
            named(slot for slot in vectors if slot.form is Form.SPARSE) - families - plain,
            named(iter(dense)),
            names_bound_to(program, {f"run.constant('{name}')" for name in CONSTANTS}),
        )

    def arrays_in(self, value: ast.expr) -> Names:
        """The vectors that an expression reads, families among them: what is computed in pieces takes a piece of each."""
        return names_in(value, ast.Load) & (self.families | self.vectors | self.constants)

    def is_elementwise(self, value: ast.expr) -> bool:
        """True for arithmetic on these names and constants, entry by entry, and on calls."""
        match value:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
                return self.is_elementwise(left) and self.is_elementwise(right)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.is_elementwise(operand)
            case ast.Name(id=name):
                return name in self.families or name in self.plain
            case ast.Constant() | ast.Call():
                return True
            case _:
                return False
