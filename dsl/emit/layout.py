"""Layouts: the roles that a process plays, and the views under which its program holds their values."""

from __future__ import annotations

from enum import Enum

from ..plan.instructions import BOTH, NODE, SERVER, Plan, Role, Roles, Slot, roles_of
from ..plan.names import NEARBY, SUFFIX
from ..text.records import record


@record
class View:
    """Roles played on one set of rows: `variable` is the view's name in the program, `suffix` that of its families."""

    variable: str
    roles: Roles
    suffix: str = ""

    def name_of(self, slot: Slot) -> str:
        """The variable that holds a slot in this view."""
        return f"{slot.name}{self.suffix}" if slot.family else slot.name

    @property
    def groups(self) -> View:
        """The same roles on the rows of groups: all groups, or those of the nodes."""
        return View(_GROUPS[self.variable], self.roles, self.suffix)


_GROUPS = {"here": "groups_here", "nodes": "groups_of_nodes", "server": "groups_of_server"}


class Layout(Enum):
    """The roles that a process plays, by view."""

    TOGETHER = (View("here", BOTH),)  # one process: server and node hold one copy of a link's values
    SERVER_AND_NODES = (View("nodes", NODE), View("server", SERVER, SUFFIX))
    NODES = (View("nodes", NODE),)
    SERVER = (View("server", SERVER),)
    # some nodes of a graph, and copies of values from their neighbours in other processes: a value at `neighbors` is
    # held in both views, computed alike in both, and read by nodes in their own
    PEERS = (View("nodes", NODE), View("nearby", frozenset({Role.NEIGHBOR}), NEARBY))

    @property
    def views(self) -> tuple[View, ...]:
        """The views, in the order in which transfers return values."""
        views: tuple[View, ...] = self.value
        return views


def carried_slots(plan: Plan, layout: Layout) -> tuple[tuple[str, str], ...]:
    """The values that pass from round to round in a process, in order: of each the slot's and the view's name."""
    found: dict[str, tuple[str, str]] = {}
    for slot in plan.states:
        for view in layout.views:
            if roles_of(slot.placement) & view.roles:
                found.setdefault(view.name_of(slot), (slot.name, view.variable))
    return tuple(found.values())


def numbered(plan: Plan, layout: Layout | None) -> tuple[str, ...]:
    """The states whose points, or minibatches, processes with nodes number, in order; None: such a process."""
    if layout is not None and not any(NODE & view.roles for view in layout.views):
        return ()
    at_nodes = (slot.name for slot in plan.states if NODE & roles_of(slot.placement))
    return tuple(name for name in at_nodes if name in plan.tracked)
