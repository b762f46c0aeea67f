"""Rates of links in words."""

from __future__ import annotations

from collections.abc import Set

from ..execute.network import Links
from .units import bits_text


def rates_text(links: Links, on_graph: Set[bool]) -> str:
    """The rates of the links that methods with a server use, and those on a graph, whichever there are: `2.3 Gbit/s up`."""
    named = [("up", links.up), ("down", links.down)] if False in on_graph else []
    named += [("an edge", links.edge.value)] if True in on_graph and links.edge is not None else []
    return " and ".join(f"{bits_text(rate)}/s {name}" for name, rate in named if rate is not None)
