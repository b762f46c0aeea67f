"""Message statements between the server and nodes under MPI, by route: one object a statement, called once a round.

Messages from rank 0 to itself are neither written nor read: its own rows, packed, are the values of both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.emit.layout import Layout

from ..chance.streams import ONE_ROW, NodeList, NodeRange, Rows
from .fanout_totals import FanoutTotals
from .mpi_framing import NOTHING, Frame, Trip
from .payloads import Payload, binder, one_or_all

if TYPE_CHECKING:
    from ..chance.groups import Grouping
    from ..chance.nodes import Nodes
    from .mpi import MpiTransport


class Uplink:
    """Nodes to server, one message a row and item; rank 0 gets them all in (node, copy) order."""

    def __init__(
        self, transport: MpiTransport, payloads: Sequence[Payload], n: int, with_members: bool
    ) -> None:
        """`with_members`: the set of senders is the first argument of each call."""
        self.transport, self.payloads, self.n, self.with_members = transport, payloads, n, with_members
        self.frame = Frame(payloads, transport.gather, transport.gather_long)
        self.last = transport.nodes(n)[1]  # of this rank's nodes, + 1
        at_server = transport.rank == 0
        trip = self._trip(transport.rows_of(None, n), None) if at_server else Trip()
        self.carry = self.frame.by(trip)
        stay_in_parts = any(payload.stays_in_parts for payload in payloads)
        self.behind = self.frame.behind(trip) if at_server and not stay_in_parts else None
        self.pack, self.bound = transport.packer(payloads), binder(payloads)
        self.started: tuple[Nodes | None, list[Any]] = None, []  # the senders, and what nodes here sent

    def __call__(self, *values: Any) -> Any:
        """As `Transport.transfer` has it."""
        packed = self._sent(values)
        if self.transport.rank > 0:
            return self.bound(packed)
        arrived = self._arrived()
        if not packed:
            return one_or_all([v for each in arrived for v in each])
        views = zip(self.payloads, packed, arrived, strict=True)
        return one_or_all([v for payload, own, there in views for v in (*payload.deliver(own), *there)])

    def start(self, *values: Any) -> Any:
        """As `TwoParts` has it."""
        return self.bound(self._sent(values))

    def finish(self) -> Any:
        """As `TwoParts` has it."""
        return one_or_all([v for each in self._arrived() for v in each])

    def _sent(self, values: Sequence[Any]) -> list[Any]:
        """The items of this rank's nodes, if it has any, packed and on their way."""
        members, values = (values[0], values[1:]) if self.with_members else (None, values)
        packed = self.pack(values)
        if self.transport.rank > 0:
            self.carry(packed)
        else:
            self.started = members, packed
        return packed

    def _arrived(self) -> list[tuple[Any, ...]]:
        """The values of all nodes at rank 0, by item, with kept packets."""
        (members, packed), self.started = self.started, (None, [])
        if members is None and self.behind is not None:
            both = zip(self.payloads, self.behind(packed), strict=True)
            return [payload.deliver(part) for payload, part in both]
        arrived = self.carry(NOTHING) if members is None else self._of_some(members)
        if not packed:
            return [payload.deliver(part) for payload, part in zip(self.payloads, arrived, strict=True)]
        items = zip(self.payloads, packed, arrived, strict=True)
        return [
            payload.deliver(payload.join(own, others))
            if payload.binds_packet
            else (payload.gathered(own, others),)
            for payload, own, others in items
        ]

    def _of_some(self, members: Nodes) -> list[Any]:
        """The messages of members at other ranks, by item."""
        trip = self._trip(self.transport.rows_of(members, self.n), members)
        return self.frame.carry(NOTHING, trip)

    def _trip(self, counts: Sequence[int], members: Nodes | None) -> Trip:
        """The way of other ranks' rows to rank 0."""
        return Trip(into=[0, *counts[1:]], rows=_rows(members, self.last, self.n))


class Broadcast:
    """Server to all, one message per item."""

    def __init__(self, transport: MpiTransport, payloads: Sequence[Payload]) -> None:
        self.transport, self.pack = transport, transport.packer(payloads)
        trip = Trip(out=(1,)) if transport.rank == 0 else Trip(into=(1,), rows=ONE_ROW)
        self.carry, self.bound = (
            Frame(payloads, transport.broadcast, transport.broadcast_long).by(trip),
            binder(payloads),
        )

    def __call__(self, members: Nodes | None, *values: Any) -> Any:
        """As `Transport.transfer` has it."""
        packed = self.pack(values)
        if self.transport.rank == 0:
            self.carry(packed)
        else:
            packed = self.carry(NOTHING)
        return self.bound(packed)


class Unicasts:
    """Server to nodes or members, one message each and item; `tells`: members learn by it that they are members."""

    def __init__(self, transport: MpiTransport, payloads: Sequence[Payload], n: int, tells: bool) -> None:
        self.transport, self.payloads, self.n, self.tells = transport, payloads, n, tells
        self.pack, self.counts = transport.packer(payloads), transport.rows_of(None, n)
        self.frame = Frame(payloads, transport.scatter)

    def __call__(self, members: Nodes | None, *values: Any) -> Any:
        """As `Transport.transfer` has it."""
        packed = self.pack(values)
        if self.tells:
            members = self._scatter_members(members)
        counts = self.counts if members is None else self.transport.rows_of(members, self.n)
        own = counts[0]
        theirs = [p.select(q, slice(own, None)) for p, q in zip(self.payloads, packed, strict=bool(packed))]
        arrived = self._carried(theirs, counts, _rows(members, *self.transport.nodes(self.n)))
        told = [members] if self.tells else []
        return one_or_all([*told, *self._delivered(arrived, packed, own)])

    def _carried(
        self, packed: list[Any], counts: Sequence[int], rows: Rows, arranged: Any = None
    ) -> list[Any]:
        """The messages to this rank's rows, by item; none at rank 0."""
        if self.transport.rank == 0:
            return self.frame.carry(packed, Trip(out=[0, *counts[1:]], arranged=arranged))
        return self.frame.carry(NOTHING, Trip(into=[counts[self.transport.rank]], rows=rows))

    def _delivered(self, arrived: list[Any], packed: list[Any], own: int) -> list[Any]:
        """The values of the items' targets, view by view; rank 0's `own` rows are the first of those packed there."""
        out: list[Any] = []
        layout = self.transport.layout()
        for index, payload in enumerate(self.payloads):
            if layout is Layout.SERVER_AND_NODES:
                # in memory of their own: the server's values and the nodes' are updated apart
                mine = payload.select(packed[index], slice(own))
                out += payload.deliver(payload.join(mine, payload.select(mine, slice(0))))
            if layout is Layout.NODES:
                out += payload.deliver(arrived[index])
            if packed:
                out += payload.deliver(packed[index])
        return out

    def _scatter_members(self, members: Nodes | None) -> Nodes:
        """The members among each rank's nodes, all at rank 0; this travels with the messages and is not counted."""
        from ..chance.nodes import Nodes

        comm, count = self.transport.comm, np.empty(1, dtype=np.int64)
        if members is None:
            comm.Scatter(None, count, root=0)
            mine = np.empty(int(count[0]), dtype=np.int64)
            comm.Scatterv(None, mine, root=0)
            return Nodes.bag(mine, self.n)
        counts = np.asarray(self.transport.rows_of(members, self.n), dtype=np.int64)
        comm.Scatter(counts, count, root=0)
        mine = np.empty(int(count[0]), dtype=np.int64)
        comm.Scatterv((np.ascontiguousarray(members.nodes), counts.tolist()), mine, root=0)
        return members


class Groupcasts(Unicasts):
    """Server to groups, one message each and item; a rank gets those of the groups that its nodes belong to."""

    def __init__(self, transport: MpiTransport, items: Sequence[FanoutTotals], grouping: Grouping) -> None:
        n = int(grouping.sizes.sum())
        super().__init__(transport, [item.payload for item in items], n, False)
        self.items = items
        spans = [grouping.span(first, last) for first, last in transport.blocks(n)]
        self.counts = [last - first for first, last in spans]
        self.arranged = np.concatenate([np.arange(*span) for span in ((0, 0), *spans[1:])])
        self.rows = NodeRange(*spans[transport.rank])

    def __call__(self, *values: Any) -> Any:
        """As `Transport.to_groups` has it."""
        packed = self.pack(values)
        for item, rows in zip(self.items, packed, strict=bool(packed)):
            item.count(rows)
        arrived = self._carried(packed, self.counts, self.rows, self.arranged)
        return one_or_all(self._delivered(arrived, packed, self.counts[0]))


def _rows(members: Nodes | None, first: int, last: int) -> Rows:
    """Rows of nodes first .. last - 1, or of the members among them."""
    if members is None:
        return NodeRange(first, last)
    here = members.restrict(first, last)
    return NodeList(here.nodes, here.copies)
