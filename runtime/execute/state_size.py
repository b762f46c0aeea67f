"""The state of a method: floats that the server, and that a node, keeps from one round to the next."""

from __future__ import annotations

from typing import Any

from cablese.dsl.check.kinds import Kind, Placement
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import record


@record
class State:
    """Floats of state at the server and at a node; those that all have are counted at both."""

    server: Any  # a number, or a formula
    node: Any

    def __add__(self, other: State) -> State:
        """The sum of both."""
        return State(self.server + other.server, self.node + other.node)

    def __mul__(self, size: Any) -> State:
        """So many times the floats."""
        return State(self.server * size, self.node * size)


def state_of(plan: ir.Plan, n: Any, d: Any, groups: Any, degree: Any) -> State:
    """The floats of a plan's states with `groups` of nodes, or with so many neighbours of a node in the mean; of formulas
    formulas."""
    states = (_copies(slot, n, groups, degree, plan.on_graph) * _size(slot.kind, d) for slot in plan.states)
    return sum(states, State(0, 0))


def _size(kind: Kind, d: Any) -> Any:
    match kind:
        case Kind.VECTOR | Kind.MASK:
            return d
        case Kind.REAL | Kind.INT | Kind.BOOL:
            return 1
        case Kind.NODES | Kind.BATCH | Kind.UNKNOWN:
            return 0


def _copies(slot: ir.Slot, n: Any, groups: Any, degree: Any, on_graph: bool) -> State:
    """Values of a state that the server holds, and that a node holds."""
    match slot.placement:
        case Placement.SERVER:
            return State(n if slot.family else 1, 0)
        case Placement.NODE:
            return State(0, 1)
        case Placement.LINK:
            return State(n, 1)
        case Placement.GROUP:
            return State(groups, 1)
        case Placement.NEIGHBORS:
            return State(0, 1 + degree)
        case Placement.ALL:
            return State(0 if on_graph else 1, 1)
