"""The operators of plans, a row each: those of the language's table, and those that lowering adds.

Kernels of the same names stand in the runtime, those of a view's rows in the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from ..check.kinds import Kind
from ..check.operators import OPERATORS, KindRule, Operator, Places
from ..text.records import record
from . import instructions as ir


class Rows(Enum):
    """The rule by which the result of an operator is a family."""

    JOIN = "where an argument is"
    FIRST = "where the first argument is"
    SPREAD = "always: one value as each node has it"
    GATHER = "never: one value of all rows"

    def make_a_family(self, arguments: Sequence[bool]) -> bool:
        """True if the result is one, by which of the arguments are."""
        match self:
            case Rows.JOIN:
                return any(arguments)
            case Rows.FIRST:
                return arguments[0]
            case Rows.SPREAD:
                return True
            case Rows.GATHER:
                return False


@record
class PlanOperator:
    """An operator as plans use it. `at`: roles that may evaluate it. `sparse`: the argument that may be sparse,
    `stays_sparse` if the result then is; `hands_on` if the result may be an argument's own array."""

    name: str
    arities: tuple[int, ...]
    kind: KindRule
    doc: str
    rows: Rows = Rows.JOIN
    at: ir.Roles = ir.EVERYONE
    sparse: int | None = None
    stays_sparse: bool = False
    hands_on: bool = False


# --- kind rules ----------------------------------------------------------------------------------------------

_NUMBERS = (Kind.INT, Kind.REAL)


def _first(kinds: tuple[Kind, ...]) -> Kind | None:
    return kinds[0]


def _scaled(kinds: tuple[Kind, ...]) -> Kind | None:
    vector, factor = kinds
    return Kind.VECTOR if vector is Kind.VECTOR and factor in _NUMBERS else None


def _vectors(kinds: tuple[Kind, ...]) -> Kind | None:
    return Kind.VECTOR if {*kinds} == {Kind.VECTOR} else None


def _chosen(kinds: tuple[Kind, ...]) -> Kind | None:
    taken, one, other = kinds
    if taken is not Kind.BOOL:
        return None
    return one if one is other else Kind.REAL if {one, other} == {*_NUMBERS} else None


def _members(kinds: tuple[Kind, ...]) -> Kind | None:
    return Kind.NODES if kinds in ((Kind.BOOL,), (Kind.BOOL, Kind.NODES)) else None


def _spread(kinds: tuple[Kind, ...]) -> Kind | None:
    return kinds[0] if kinds[1:] in ((), (Kind.NODES,)) else None


def _count(kinds: tuple[Kind, ...]) -> Kind | None:
    return Kind.INT if kinds == (Kind.INT,) else None


def _grouped(kinds: tuple[Kind, ...]) -> Kind | None:
    value, number = kinds
    if number is not Kind.INT or value not in (*_NUMBERS, Kind.VECTOR):
        return None
    return Kind.VECTOR if value is Kind.VECTOR else Kind.REAL


# --- the table -----------------------------------------------------------------------------------------------

_LOWERED = (
    PlanOperator("dense", (1,), _vectors, "zeros written out", sparse=0, hands_on=True),
    PlanOperator("scale", (2,), _scaled, "a sparse vector times a number", sparse=0, stays_sparse=True),
    PlanOperator("shrink", (2,), _scaled, "a sparse vector by a number", sparse=0, stays_sparse=True),
    PlanOperator("add", (2,), _vectors, "a dense and a sparse vector's sum", sparse=1),
    PlanOperator("subtract", (2,), _vectors, "a dense less a sparse vector", sparse=1),
    PlanOperator("copy", (1,), _vectors, "an array of its own"),
    PlanOperator("prox", (2,), _scaled, "the regulariser's proximal step", hands_on=True),
    PlanOperator("of_group", (1,), _first, "a group's value as its nodes have it", at=ir.BOTH, hands_on=True),
    PlanOperator(
        "spread", (1, 2), _spread, "one value as each node, or member, has it", Rows.SPREAD, ir.SERVER
    ),
    PlanOperator("those", (1, 2), _members, "of all nodes, or of a set, those with a true bool", Rows.FIRST),
    PlanOperator("interleave", (3,), _chosen, "rows of the second where the first holds, else of the third"),
    PlanOperator("grouped", (2,), _grouped, "means of the rows with equal ints", Rows.FIRST, ir.SERVER),
    PlanOperator("most", (1,), _count, "the largest of all rows' counts", Rows.GATHER),
)


def _of_language(row: Operator) -> PlanOperator:
    return PlanOperator(
        row.name,
        (row.arity,),
        row.kind,
        row.doc,
        at=ir.NEIGHBORS if row.places is Places.MIX else ir.EVERYONE,
        sparse=0 if row.name == "support" else None,
        hands_on=row.name == "where",
    )


PLAN_OPERATORS: Mapping[str, PlanOperator] = {
    row.name: row for row in (*map(_of_language, OPERATORS.values()), *_LOWERED)
}
