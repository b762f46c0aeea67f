"""The rows that a role holds in this process: all nodes at the server, a contiguous block at the nodes' side; for methods
on a graph also copies of other processes' nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from ..chance.nodes import Nodes
from ..chance.streams import NodeList, NodeRange, Rows
from ..codecs.packets import Packet, map_packet

if TYPE_CHECKING:
    from ..chance.groups import Grouping


class View:
    """Nodes `first` to `last` - 1 of n, as families hold them: row j is node first + j."""

    scope = "node"  # the scope of the streams that its rows draw from

    def __init__(self, backend: Backend, first: int, last: int, per_node: Callable[[str], Array]) -> None:
        self.backend, self.xp = backend, backend.xp
        self.first, self.last = first, last
        self._per_node = per_node
        self.grouping: Grouping | None = None

    def own(self, name: str) -> Array:
        """A constant with a value for each node, such as L_i: (rows,)."""
        return self._per_node(name)[self.first : self.last]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.last - self.first

    @property
    def everyone(self) -> Rows:
        """The rows of a stream that all its nodes draw from."""
        return NodeRange(self.first, self.last)

    def of_group(self, family: Any) -> Any:
        """For each node its group's row, of an array or of packets over the groups that the nodes belong to."""
        assert self.grouping is not None
        index = self.backend.to_device(self.grouping.rows(self.first, self.last))
        if isinstance(family, Packet):
            return map_packet(lambda part: self.xp.take(part, index, axis=0), family)
        return self.xp.take(family, index, axis=0)

    @property
    def all(self) -> Nodes:
        """The nodes whose rows these are."""
        return Nodes.distinct(np.arange(self.first, self.last), self.last)

    def held(self, nodes: Nodes) -> Nodes:
        """The members whose rows this view holds, in (node, copy) order."""
        return nodes.restrict(self.first, self.last)

    def those(self, taken: Array, among: Nodes | None = None) -> Nodes:
        """The nodes (of all, or of a set's members) whose rows are taken."""
        rows = np.flatnonzero(self.backend.to_host(taken))
        whole = self.all if among is None else self.held(among)
        return Nodes(whole.nodes[rows], whole.copies[rows], whole.n)

    def members(self, nodes: Nodes) -> np.ndarray[Any, Any]:
        """Rows, on the host, of the members that this view holds, in (node, copy) order."""
        return self.held(nodes).nodes - self.first

    def _index(self, nodes: Nodes) -> Array:
        return self.backend.to_device(self.members(nodes))

    def spread(self, value: Any, nodes: Nodes | None = None) -> Any:
        """One value for each row (or member): a fresh array."""
        rows = self.rows if nodes is None else len(self.members(nodes))
        if isinstance(value, Packet):  # a single message, the same for each row
            return map_packet(lambda part: self.xp.repeat(part, rows, axis=0), value)
        if not hasattr(value, "ndim"):
            # arrays hold ints as reals, since they are computed with reals
            value = self.backend.to_device(np.asarray(value if isinstance(value, bool) else float(value)))
        return self.xp.repeat(value[None, ...], rows, axis=0)

    def restrict(self, family: Any, nodes: Nodes, among: Nodes | None = None) -> Any:
        """The members' rows, in (node, copy) order, of an array or of packets: over all nodes, or over a larger set."""
        index = self._index(nodes) if among is None else self._index_among(nodes, among)
        if isinstance(family, Packet):
            return map_packet(lambda part: self.xp.take(part, index, axis=0), family)
        if isinstance(family, Batch):
            return family.rows(self.backend.to_host(index))
        return self.xp.take(family, index, axis=0)

    def _index_among(self, nodes: Nodes, among: Nodes) -> Array:
        """Rows of members in the family of a larger set that has them all."""
        larger, smaller = self.held(among), self.held(nodes)
        width = int(larger.copies.max(initial=0)) + 1
        places = np.searchsorted(larger.nodes * width + larger.copies, smaller.nodes * width + smaller.copies)
        return self.backend.to_device(places)

    def store(self, family: Array, nodes: Nodes, values: Array) -> Array:
        """The family with the members' rows replaced, a repeated member's by its last copy; others keep theirs."""
        out, members = self.xp.asarray(family, copy=True), self.members(nodes)
        last = np.append(members[1:] != members[:-1], True)[: len(members)]
        if not last.all():
            values = self.xp.take(values, self.backend.to_device(np.flatnonzero(last)), axis=0)
        self.backend.put_rows(out, self.backend.to_device(members[last]), values)
        return out


class Groups(View):
    """Groups `first` to `last` - 1: row j is group first + j. Constants are of nodes, none of groups."""

    scope = "group"

    def __init__(self, backend: Backend, first: int, last: int, grouping: Grouping) -> None:
        super().__init__(backend, first, last, _no_constant)
        self.grouping = grouping

    def sizes_of(self, rows: Rows) -> list[int]:
        """Number of nodes of each of some groups."""
        assert self.grouping is not None
        return [int(self.grouping.sizes[group]) for group in rows.numbers]


def _no_constant(name: str) -> Array:
    raise InternalError(f"groups have no constant {name} of their own")


class Nearby(View):
    """Copies of other processes' nodes that are neighbours of this one's: row j is the j-th of them, ascending."""

    def __init__(self, backend: Backend, nodes: tuple[int, ...], per_node: Callable[[str], Array]) -> None:
        super().__init__(backend, 0, 0, per_node)
        self.nodes = nodes

    @property
    def all(self) -> Nodes:
        """The nodes whose rows these are."""
        numbers = np.asarray(self.nodes, dtype=np.int64)
        return Nodes.distinct(numbers, int(numbers.max(initial=0)) + 1)

    def held(self, nodes: Nodes) -> Nodes:
        """The members whose rows this view holds."""
        there = np.isin(nodes.nodes, self.nodes)
        return Nodes(nodes.nodes[there], nodes.copies[there], nodes.n)

    def members(self, nodes: Nodes) -> np.ndarray[Any, Any]:
        """Rows, on the host, of the members that this view holds."""
        return np.searchsorted(self.nodes, self.held(nodes).nodes)

    def own(self, name: str) -> Array:
        """A constant with a value for each node: (rows,)."""
        numbers = self.backend.to_device(np.asarray(self.nodes, dtype=np.int64))
        return self.xp.take(self._per_node(name), numbers, axis=0)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.nodes)

    @property
    def everyone(self) -> Rows:
        """The rows of a stream that these nodes draw from, the same as in their own processes."""
        numbers = np.asarray(self.nodes, dtype=np.int64)
        return NodeList(numbers, np.zeros_like(numbers))
