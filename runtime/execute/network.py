"""Networks: links of a server or along the edges of a graph, and the seconds that a message takes over them."""

from __future__ import annotations

import re

from cablese.dsl.text.records import record

from . import network_errors as errors
from .laws import Law, Reading, read_law, read_rate, read_seconds

_PARTS = re.compile(r",(?![^()]*\))")  # commas outside of parentheses
_OVER = re.compile(r"star|ring|tree\(\s*([0-9]{1,6})\s*\)")
_READ: dict[str, Reading] = {
    "up": read_rate,
    "down": read_rate,
    "edge": read_rate,
    "node_up": read_rate,
    "node_down": read_rate,
    "latency": read_seconds,
}
_OF_NODES = ("edge", "node_up", "node_down")
"""Rates that may be drawn for each node, or each edge."""

STAR = 10**9
"""So many links of the server: a star of any size."""


@record
class Links:
    """Bits a second of links, and the seconds that a message takes over one.

    `up` and `down` are the server's, over all nodes together; `node_up` and `node_down` each node's own; `edge` that of a
    graph's edge, each way. `fan_out`: messages go along a tree in which the server, and each node, has so many children.
    """

    up: float | None = None
    down: float | None = None
    edge: Law | None = None
    node_up: Law | None = None
    node_down: Law | None = None
    latency: float = 0.0
    fan_out: int = STAR

    @property
    def fixed(self) -> bool:
        """True where nothing is drawn."""
        return all(law is None or law.fixed for law in (self.edge, self.node_up, self.node_down))

    def faster(self, times: float) -> Links:
        """The same links, so many times as fast; they take as long to reach."""
        return Links(
            None if self.up is None else self.up * times,
            None if self.down is None else self.down * times,
            _scaled(self.edge, times),
            _scaled(self.node_up, times),
            _scaled(self.node_down, times),
            self.latency,
            self.fan_out,
        )

    def hops(self, n: int) -> int:
        """Links between the server and the farthest of n nodes."""
        if self.fan_out == 1:
            return n
        depth, reached, level = 0, 0, 1
        while reached < n:
            depth, level = depth + 1, level * self.fan_out
            reached += level
        return depth

    def share(self, messages: float, n: int) -> float:
        """The part of bits that arrive at n nodes that goes over the server's link, where these are so many messages, each
        handed on along the tree."""
        return min(1.0, self.fan_out * messages / n)

    def check(self, algorithm: str, *, on_graph: bool) -> None:
        """Raise UsageError unless the links that a method needs are told."""
        if on_graph and self.edge is None:
            raise errors.no_edges(algorithm)
        if not on_graph and (self.up is None or self.down is None):
            raise errors.no_server_links(algorithm)


def _scaled(law: Law | None, times: float) -> Law | None:
    if law is None:
        return None
    quantile = law.quantile
    return Law(law.text, lambda chance: times * quantile(chance), law.fixed)


def break_even(one: tuple[float, float], other: tuple[float, float]) -> float | None:
    """The factor by which links must be faster for two methods to take as long, each of seconds that stay and seconds that
    links take; None where they never do.

    With slower links the one whose links take less is ahead, with faster ones the other.
    """
    more, saved = other[1] - one[1], one[0] - other[0]
    return more / saved if more * saved > 0 else None


def read_network(text: str) -> Links:
    """The network of `up = 100Mbps, down = 1Gbps, latency = 20ms, over = tree(2)`; UsageError for another text."""
    given: dict[str, Law] = {}
    fan_out: int | None = None
    for part in _PARTS.split(text):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name in given or (name == "over" and fan_out is not None):
            raise errors.given_twice(name)
        if name == "over":
            fan_out = _fan_out(value)
        elif name in _READ:
            given[name] = _law(name, value)
        else:
            raise errors.no_link(part.strip(), (*_READ, "over"))
    if not given.keys() - {"latency"}:
        raise errors.no_network(text)
    plain = {name: given[name].value for name in ("up", "down") if name in given}
    latency = given["latency"].value if "latency" in given else 0.0
    drawn = {name: given[name] for name in _OF_NODES if name in given}
    return Links(
        up=plain.get("up"),
        down=plain.get("down"),
        edge=drawn.get("edge"),
        node_up=drawn.get("node_up"),
        node_down=drawn.get("node_down"),
        latency=latency,
        fan_out=STAR if fan_out is None else fan_out,
    )


def _law(name: str, value: str) -> Law:
    law = read_law(value, _READ[name])
    if law is None:
        raise (
            errors.no_rate(name, value)
            if _READ[name] is read_rate
            else errors.no_time(f"--network: `{name}`", value)
        )
    if not law.fixed and name not in _OF_NODES:
        raise errors.not_drawn(name, value, _OF_NODES)
    return law


def _fan_out(value: str) -> int:
    found = _OVER.fullmatch(value)
    if found is None or found[1] == "0":
        raise errors.no_topology(value)
    if found[1]:
        return int(found[1])
    return STAR if value == "star" else 1


def read_time(text: str) -> Law:
    """Seconds of a text such as 5ms, or a law of them; UsageError for another one."""
    law = read_law(text, read_seconds)
    if law is None:
        raise errors.no_time("--gradient-time", text)
    return law
