"""The state of a method: floats that the server, and that a node, keeps from one round to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cablese.dsl.check.kinds import Kind, Placement
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Span

from .resolve import Resolver
from .setup_errors import no_length


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


def state_of(plan: ir.Plan, n: Any, d: Any, groups: Any, degree: Any, lengths: Mapping[str, Any]) -> State:
    """The floats of a plan's states with `groups` of nodes, or with so many neighbours of a node in the mean; of formulas
    formulas. `lengths` are those of histories."""
    states = (
        _copies(slot, n, groups, degree, plan.on_graph) * _size(slot, d, lengths) for slot in plan.states
    )
    return sum(states, State(0, 0))


def lengths_of(plan: ir.Plan, resolver: Resolver) -> dict[str, int]:
    """The lengths of histories, by the plan's names of states; raises SetupError for one that is none."""
    states = zip(plan.states, resolver.program.states, strict=True)
    return {
        slot.name: _whole(resolver.value(state.length), state.symbol.name, state.length.span)
        for slot, state in states
        if state.length is not None
    }


def _whole(length: Any, name: str, span: Span) -> int:
    if not float(length).is_integer() or length < 1:
        raise no_length(name, length, span)
    return int(length)


def _size(slot: ir.Slot, d: Any, lengths: Mapping[str, Any]) -> Any:
    match slot.kind:
        case Kind.VECTOR | Kind.MASK:
            return d
        case Kind.VECTORS:
            return d * lengths[slot.name]
        case Kind.NUMBERS:
            return lengths[slot.name]
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
