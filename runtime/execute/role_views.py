"""The views of a process: the rows of nodes and groups that each of its roles holds."""

from __future__ import annotations

from cablese.dsl.emit.layout import Layout

from .context import RunContext
from .views import Groups, Nearby, View


def views_of(run: RunContext) -> dict[str, View]:
    """Views by the names that generated programs give them."""
    (first, last), per_node, groups = run.nodes, run.constants.per_node, run.grouping.count
    nodes = {"here": (0, run.n), "server": (0, run.n), "nodes": (first, last)}
    spans = {"here": (0, groups), "server": (0, groups), "nodes": run.grouping.span(first, last)}
    views: dict[str, View] = {}
    for role in run.layout.views:
        if role.variable in nodes:
            view = views[role.variable] = View(run.backend, *nodes[role.variable], per_node)
            view.grouping = run.grouping
            views[role.groups.variable] = Groups(run.backend, *spans[role.variable], run.grouping)
    if run.mixing is not None and run.layout is Layout.PEERS:
        views["nearby"] = Nearby(run.backend, run.mixing.graph.around(first, last), per_node)
    return views
