"""The state of a method: floats that the server, and that a node, keeps from one round to the next."""

from __future__ import annotations

from cablese.dsl.check.kinds import Kind, Placement
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import record


@record
class State:
    """Floats of state at the server and at a node; those that all have are counted at both."""

    server: float
    node: float

    def __add__(self, other: State) -> State:
        """The sum of both."""
        return State(self.server + other.server, self.node + other.node)

    def __mul__(self, size: int) -> State:
        """So many times the floats."""
        return State(self.server * size, self.node * size)


def state_of(plan: ir.Plan, n: int, d: int, groups: int, degree: float) -> State:
    """The floats of a plan's states with `groups` of nodes, or with so many neighbours of a node in the mean."""
    states = (_copies(slot, n, groups, degree, plan.on_graph) * _size(slot.kind, d) for slot in plan.states)
    return sum(states, State(0.0, 0.0))


def _size(kind: Kind, d: int) -> int:
    match kind:
        case Kind.VECTOR | Kind.MASK:
            return d
        case Kind.REAL | Kind.INT | Kind.BOOL:
            return 1
        case Kind.NODES | Kind.BATCH | Kind.UNKNOWN:
            return 0


def _copies(slot: ir.Slot, n: int, groups: int, degree: float, on_graph: bool) -> State:
    """Values of a state that the server holds, and that a node holds."""
    match slot.placement:
        case Placement.SERVER:
            return State(float(n if slot.family else 1), 0.0)
        case Placement.NODE:
            return State(0.0, 1.0)
        case Placement.LINK:
            return State(float(n), 1.0)
        case Placement.GROUP:
            return State(float(groups), 1.0)
        case Placement.NEIGHBORS:
            return State(0.0, 1.0 + degree)
        case Placement.ALL:
            return State(0.0 if on_graph else 1.0, 1.0)
