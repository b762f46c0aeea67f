"""Arithmetic of a round by role, from a plan: operations on entries, without oracles, `prox` and compressors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import Any

from cablese.dsl.check.kinds import HISTORIES, Kind
from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import VALUES, members_of, values_of
from cablese.dsl.text.records import structure

from .expected import Expected, Meetings
from .robust import WEISZFELD

_FREE = frozenset({"copy", "dense", "spread", "of_group", "interleave", "those", "support", "prox", "neg"})

_OF_HISTORIES = frozenset({"history", "push", "[]"})
"""Operators that move values, and compute none."""
"""Operators that compute no entry, or one whose work the problem decides."""

_OF_SERVER = (Route.SERVER_TO_ALL, Route.SERVER_TO_NODE, Route.SERVER_TO_GROUP)


@structure
class Sizes:
    """Numbers that operations are counted by, or formulas of them: entries, nodes, groups, and neighbours of a node.

    `shares`: the part of all nodes that a message came from, by the names that it binds.
    """

    d: Any
    n: Any
    groups: Any
    degree: Any
    none: Any = 0  # 0 as such a number
    lengths: dict[str, Any] = field(default_factory=dict)  # of histories, by the slots that hold them
    shares: dict[str, Expected] = field(default_factory=dict)

    def length(self, history: ir.Pure) -> Any:
        """The length of a history."""
        slots = (part.slot for part in VALUES.walk(history) if isinstance(part, ir.Use))
        return next(self.lengths[slot.name] for slot in slots if slot.kind in HISTORIES)

    def rows(self, role: ir.Role, value: ir.Pure, over_set: bool) -> Any:
        """Rows of a value that a role computes; over a set its share is counted elsewhere."""
        if role is not ir.Role.SERVER or not value.family:
            return 1
        slots = [part.slot for part in VALUES.walk(value) if isinstance(part, ir.Use)]
        if any(slot.groups for slot in slots):
            return self.groups
        shares = [] if over_set else [self.shares[slot.name] for slot in slots if slot.name in self.shares]
        return self.n * shares[0].times if shares else self.n


def flops_of(
    meetings: Meetings, block: Sequence[ir.Instruction], roles: Sequence[tuple[ir.Role, Any]], sizes: Sizes
) -> Iterator[tuple[Any, Expected]]:
    """The operations of each instruction of roles, each as often as stands beside it, and how often it is met.

    Sparse vectors count as dense ones.
    """
    for part, met in meetings.leaves(block):
        if isinstance(part, ir.Transfer) and part.members is not None:
            share = meetings.shares[part.number]
            sizes.shares |= {item.target.name: share for item in part.message_items}
        for slot, value in _histories(part):
            sizes.lengths[slot.name] = sizes.length(value)
        for role, times in roles:
            if role in _executors(part):
                over_set = members_of(part) is not None
                found = sum((_flops(value, role, sizes, over_set) for value in values_of(part)), sizes.none)
                yield found * times, met


def _histories(part: ir.Instruction) -> Iterator[tuple[ir.Slot, ir.Pure]]:
    """The histories that an instruction binds, and what they are bound to."""
    match part:
        case ir.Compute():
            bound = zip(part.targets, part.values, strict=True)
            yield from ((slot, value) for slot, value in bound if slot.kind in HISTORIES)
        case ir.Store() if part.target.kind in HISTORIES:
            yield part.target, part.value
        case _:
            return


def _executors(part: ir.Instruction) -> ir.Roles:
    """The roles that evaluate an instruction's expressions: of a message the sender."""
    match part:
        case ir.Transfer():
            return frozenset({ir.Role.SERVER if part.route in _OF_SERVER else ir.Role.NODE})
        case ir.Guard():
            return frozenset()
        case _:
            return part.roles


def _flops(value: ir.Pure, role: ir.Role, sizes: Sizes, over_set: bool) -> Any:
    """Operations of an expression and its operands."""
    inside = sum((_flops(part, role, sizes, over_set) for part in VALUES.children(value)), sizes.none)
    match value:
        case ir.Operation():
            return inside + _own(value, sizes) * sizes.rows(role, value, over_set)
        case ir.Fold():
            each = sizes.d if value.argument.kind is Kind.VECTOR else 1
            rows = sizes.rows(role, value.argument, over_set)
            passes = {"krum": rows, "geometric_median": WEISZFELD}.get(value.operator, 1)
            return inside + each * rows * passes
        case _:
            return inside


def _own(value: ir.Operation, sizes: Sizes) -> Any:
    if value.operator in _FREE or value.operator in _OF_HISTORIES:
        return sizes.none
    if value.arguments[0].kind in HISTORIES:
        entries = sizes.d if value.kind is Kind.VECTOR else 1
        return sizes.none + sizes.length(value.arguments[0]) * entries
    if value.operator == "mix":
        return 2 * (sizes.degree + 1) * sizes.d
    if value.kind in (Kind.VECTOR, Kind.MASK):
        return sizes.d
    if any(argument.kind is Kind.VECTOR for argument in value.arguments):
        return 2 * sizes.d
    return sizes.none + 1


def roles_of_node(plan: ir.Plan, degree: Any) -> tuple[tuple[ir.Role, Any], ...]:
    """The roles that a node plays, and how often: on a graph it keeps copies of its neighbours' values."""
    own = (ir.Role.NODE, 1)
    return (own, (ir.Role.NEIGHBOR, degree)) if plan.on_graph else (own,)
