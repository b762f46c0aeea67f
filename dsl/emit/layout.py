"""Layouts: the roles that a process plays, and the views under which its program holds their values."""

from __future__ import annotations

from enum import Enum

from ..plan.instructions import BOTH, NODE, SERVER, Role, Roles
from ..plan.names import NEARBY, SUFFIX
from ..text.records import record


@record
class View:
    """Roles played on one set of rows: `variable` is the view's name in the program, `suffix` that of its families."""

    variable: str
    roles: Roles
    suffix: str = ""

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
