"""The MPI transport: each rank has a block of nodes, rank 0 also the server, or it alone. Messages travel as encoded bytes.

Messages of fixed size take one collective, others two (lengths, then bytes). Metrics and totals go through the same
communicator as raw arrays and are not counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Route
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Transfer
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Backend
from ..chance.groups import Grouping
from ..chance.streams import ONE_ROW, NodeList, NodeRange, Rows
from ..codecs.messages import whole_bytes
from ..errors import FailedAlone, OutputFailed, RunFailed
from ..graphs.graph import Graph
from .fanout_totals import FanoutTotals
from .job import Job
from .mpi_framing import deal
from .neighbours import NeighbourExchange
from .payloads import Payload, one_or_all
from .watchdog import Watchdog
from .wirecheck import WireCheck

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.nodes import Nodes


def world() -> Any:
    """The communicator of all processes, MPI started."""
    if crowded(os.environ, len(os.sched_getaffinity(0))):
        # MPICH polls: ranks that wait for a core must give theirs up, 1 ms a barrier instead of 3 to 15
        os.environ.setdefault("MPIR_CVAR_ENABLE_HEAVY_YIELD", "1")
    from mpi4py import MPI

    return MPI.COMM_WORLD


def crowded(environment: Mapping[str, str], cores: int) -> bool:
    """True where MPICH's launcher started more ranks on this machine than there are cores."""
    ranks = environment.get("MPI_LOCALNRANKS", "")
    return ranks.isdigit() and int(ranks) > cores


@cache
def job() -> Job:
    """The job that this process belongs to."""
    return Job(world())


class MpiTransport:
    """One rank of several."""

    def __init__(self, job: Job, dedicated: bool, check: WireCheck) -> None:
        self.job, self.world = job, job.world
        self.comm = job.world.Dup()  # so that messages which a failed run leaves unread reach no other run
        self.rank, self.ranks = job.rank, job.ranks
        self.dedicated, self.check = dedicated, check.check

    def layout(self) -> Layout:
        """Rank 0 plays the server, and nodes as well unless it is dedicated."""
        if self.rank > 0:
            return Layout.NODES
        return Layout.SERVER if self.dedicated else Layout.SERVER_AND_NODES

    def layout_of_peers(self) -> Layout:
        """Every rank plays its nodes, and holds copies of other ranks' nodes next to them."""
        return Layout.PEERS

    def nodes(self, n: int) -> tuple[int, int]:
        """A contiguous block, sizes as even as can be."""
        return self._block(self.rank, n)

    def _block(self, rank: int, n: int) -> tuple[int, int]:
        if self.dedicated and rank == 0:
            return 0, 0
        workers = self.ranks - 1 if self.dedicated else self.ranks
        place = rank - 1 if self.dedicated else rank
        return place * n // workers, (place + 1) * n // workers

    def blocks(self, n: int) -> list[tuple[int, int]]:
        """First and last + 1 of every rank's nodes."""
        return [self._block(rank, n) for rank in range(self.ranks)]

    # --- messages --------------------------------------------------------------------------------------------

    def transfer(
        self, transfer: Transfer, payloads: Sequence[Payload], n: int, backend: Backend
    ) -> Callable[..., Any]:
        """See `Transport.transfer`."""
        with_members = transfer.members is not None
        match transfer.route:
            case Route.NODE_TO_SERVER:
                exchange: Callable[..., Any] = _Uplink(self, payloads, n)
            case Route.SERVER_TO_ALL:
                exchange = _Broadcast(self, payloads)
            case Route.SERVER_TO_NODE:
                exchange = _Unicasts(self, payloads, n, transfer.tells is not None)
            case _:
                raise InternalError(f"no transfer for {transfer.route.value}")
        if with_members and (transfer.tells is None or self.rank == 0):
            return exchange
        return lambda *values: exchange(None, *values)

    def to_groups(self, items: Sequence[FanoutTotals], grouping: Grouping) -> Callable[..., Any]:
        """See `Transport.to_groups`."""
        return _Groupcasts(self, items, grouping)

    def exchange(self, items: Sequence[FanoutTotals], graph: Graph) -> Callable[..., Any]:
        """See `Transport.exchange`."""
        return NeighbourExchange(self, items, graph)

    def write(
        self, payloads: Sequence[Payload], values: Sequence[Any]
    ) -> tuple[list[Any], list[list[bytes]]]:
        """The value of each message item, packed and as bytes, one a row; nothing where this process sends none."""
        if not values:
            return [], []
        packed = [p.pack(v) for p, v in zip(payloads, values, strict=True)]
        return packed, [self.encode(p, v) for p, v in zip(payloads, packed, strict=True)]

    def encode(self, payload: Payload, packed: Any) -> list[bytes]:
        """The messages of an item's rows, counted, and checked by sample."""
        rows = payload.count(packed)
        self.check(payload, packed, rows)
        return payload.encode(packed)

    def rows_of(self, members: Nodes | None, n: int) -> list[int]:
        """Number of rows of each rank: its nodes, or its members."""
        if members is None:
            return [last - first for first, last in self.blocks(n)]
        return [members.restrict(first, last).count for first, last in self.blocks(n)]

    # --- beside messages -------------------------------------------------------------------------------------

    def collect(self, rows: HostArray, n: int) -> HostArray | None:
        """Rows of all nodes in order at rank 0."""
        counts = self.rows_of(None, n)
        rows = np.ascontiguousarray(rows)
        width = int(np.prod(rows.shape[1:], dtype=np.int64))
        out = np.empty((n, *rows.shape[1:]), dtype=rows.dtype) if self.rank == 0 else None
        received = None if out is None else (out, [c * width for c in counts])
        self.comm.Gatherv(rows, received, root=0)
        return out

    def share(self, value: HostArray | None) -> HostArray:
        """Rank 0's array: its shape and type first, then its bytes."""
        from mpi4py import MPI

        head = np.zeros(3, dtype=np.int64)
        if value is not None and self.rank == 0:
            value = np.ascontiguousarray(value)
            head[:] = (value.ndim, value.size, ord(value.dtype.char))
        self.comm.Bcast(head, root=0)
        ndim, size, char = head.tolist()
        if self.rank > 0 or value is None:
            value = np.empty((size,) if ndim else (), dtype=chr(char))
        self.comm.Bcast([value.view(np.uint8) if value.ndim else value, MPI.BYTE], root=0)
        return value

    def add_up(self, totals: HostArray) -> HostArray | None:
        """The sum over ranks at rank 0."""
        out = np.empty_like(totals) if self.rank == 0 else None
        self.comm.Reduce(totals, out, root=0)
        return out

    def agree(self, values: HostArray) -> HostArray:
        """The elementwise maximum over ranks."""
        from mpi4py import MPI

        out = np.empty_like(values)
        self.comm.Allreduce(values, out, op=MPI.MAX)
        return out

    def watched(self, patience: float, where: Callable[[], str]) -> AbstractContextManager[None]:
        """See `Transport.watched`: ranks of one machine watch each other."""
        return Watchdog(self.job, patience, where)

    def settle_failure(self, failure: BaseException | None) -> None:
        """See `Transport.settle_failure`."""
        alike = isinstance(failure, RunFailed) and not isinstance(failure, OutputFailed)
        at_once = isinstance(failure, KeyboardInterrupt)
        if at_once or not self.job.all_come(alike=alike):
            raise FailedAlone(self.job) from failure


def _rows(members: Nodes | None, first: int, last: int) -> Rows:
    """Rows of nodes first .. last - 1, or of the members among them."""
    if members is None:
        return NodeRange(first, last)
    here = members.restrict(first, last)
    return NodeList(here.nodes, here.copies)


class _Uplink:
    """Nodes to server, one message a row and item; rank 0 gets them all in (node, copy) order."""

    def __init__(self, transport: MpiTransport, payloads: Sequence[Payload], n: int) -> None:
        self.transport, self.payloads, self.n = transport, payloads, n
        self.counts = transport.rows_of(None, n)

    def __call__(self, members: Nodes | None, *values: Any) -> Any:
        transport = self.transport
        counts = self.counts if members is None else transport.rows_of(members, self.n)
        packed, written = transport.write(self.payloads, values)
        arrived = self._gather(written, counts)
        rows = _rows(members, 0, self.n)
        out: list[Any] = []
        for index, payload in enumerate(self.payloads):
            if packed:
                out += payload.deliver(packed[index])
            if arrived is not None:
                out += payload.deliver(payload.receive(arrived[index], rows))
        return one_or_all(out)

    def _gather(self, written: list[list[bytes]], counts: list[int]) -> list[list[bytes]] | None:
        """Messages of all rows, by item, at rank 0. A rank's bytes are item by item, row by row."""
        lengths = self._lengths(written, counts)
        blob = b"".join(message for messages in written for message in messages)
        sent = np.frombuffer(blob, dtype=np.uint8)
        if self.transport.rank > 0:
            self.transport.comm.Gatherv(sent, None, root=0)
            return None
        assert lengths is not None
        sizes = [int(part.sum()) for part in lengths]
        received = np.empty(sum(sizes), dtype=np.uint8)
        self.transport.comm.Gatherv(sent, (received, sizes), root=0)
        return deal(received.tobytes(), lengths, len(self.payloads))

    def _lengths(self, written: list[list[bytes]], counts: list[int]) -> list[HostArray] | None:
        """Lengths of each rank's messages, (items, rows); known beforehand where sizes are fixed."""
        fixed = [p.fixed_bits for p in self.payloads]
        if None not in fixed:
            sizes = [whole_bytes(bits) for bits in fixed if bits is not None]
            return [np.repeat(np.asarray(sizes, dtype=np.int64)[:, None], c, axis=1) for c in counts]
        own = np.asarray([[len(m) for m in messages] for messages in written], dtype=np.int64)
        message_items = len(self.payloads)
        if self.transport.rank > 0:
            self.transport.comm.Gatherv(np.ascontiguousarray(own), None, root=0)
            return None
        received = np.empty(message_items * sum(counts), dtype=np.int64)
        self.transport.comm.Gatherv(own.reshape(-1), (received, [message_items * c for c in counts]), root=0)
        parts = np.split(received, np.cumsum([message_items * c for c in counts])[:-1])
        return [part.reshape(message_items, count) for part, count in zip(parts, counts, strict=True)]


class _Broadcast:
    """Server to all, one message per item."""

    def __init__(self, transport: MpiTransport, payloads: Sequence[Payload]) -> None:
        self.transport, self.payloads = transport, payloads
        fixed = [p.fixed_bits for p in payloads]
        self.sizes = None if None in fixed else [whole_bytes(bits) for bits in fixed if bits is not None]

    def __call__(self, members: Nodes | None, *values: Any) -> Any:
        if self.transport.rank == 0:
            packed, written = self.transport.write(self.payloads, values)
            self._bcast([messages[0] for messages in written])
        else:
            messages = self._receive()
            packed = [p.receive([m], ONE_ROW) for p, m in zip(self.payloads, messages, strict=True)]
        return one_or_all([v for p, q in zip(self.payloads, packed, strict=True) for v in p.deliver(q)])

    def _bcast(self, messages: list[bytes]) -> None:
        if self.sizes is None:
            self.transport.comm.Bcast(np.asarray([len(m) for m in messages], dtype=np.int64), root=0)
        self.transport.comm.Bcast(np.frombuffer(b"".join(messages), dtype=np.uint8).copy(), root=0)

    def _receive(self) -> list[bytes]:
        sizes = self.sizes
        if sizes is None:
            lengths = np.empty(len(self.payloads), dtype=np.int64)
            self.transport.comm.Bcast(lengths, root=0)
            sizes = lengths.tolist()
        buffer = np.empty(sum(sizes), dtype=np.uint8)
        self.transport.comm.Bcast(buffer, root=0)
        blob, ends = buffer.tobytes(), np.cumsum(sizes).tolist()
        return [blob[end - size : end] for size, end in zip(sizes, ends, strict=True)]


class _Unicasts:
    """Server to nodes or members, one message each and item; `tells`: members learn by it that they are members."""

    def __init__(self, transport: MpiTransport, payloads: Sequence[Payload], n: int, tells: bool) -> None:
        self.transport, self.payloads, self.n, self.tells = transport, payloads, n, tells
        self.counts = transport.rows_of(None, n)

    def __call__(self, members: Nodes | None, *values: Any) -> Any:
        transport = self.transport
        packed, written = transport.write(self.payloads, values)
        if self.tells:
            members = self._scatter_members(members)
        counts = self.counts if members is None else transport.rows_of(members, self.n)
        ends = np.cumsum([0, *counts]).tolist()
        mine = self.scatter(written, list(pairwise(ends)))
        rows = _rows(members, *transport.nodes(self.n))
        return one_or_all([*([members] if self.tells else []), *self._arrived(mine, packed, rows)])

    def _arrived(self, mine: list[list[bytes]], packed: list[Any], rows: Rows) -> list[Any]:
        """The values of the items' targets, view by view."""
        out: list[Any] = []
        for index, payload in enumerate(self.payloads):
            if Layout.SERVER is not self.transport.layout():
                out += payload.deliver(payload.receive(mine[index], rows))
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

    def scatter(self, written: list[list[bytes]], spans: Sequence[tuple[int, int]]) -> list[list[bytes]]:
        """This rank's messages, by item; `spans` are first and last + 1 of every rank's rows."""
        comm, message_items = self.transport.comm, len(self.payloads)
        start, stop = spans[self.transport.rank]
        lengths = np.empty(message_items * (stop - start), dtype=np.int64)
        blocks = [[m for rows in written for m in rows[a:b]] for a, b in spans] if written else None
        sent = None
        if blocks is not None:
            sent = (np.asarray([len(m) for b in blocks for m in b], dtype=np.int64), list(map(len, blocks)))
        comm.Scatterv(sent, lengths, root=0)
        buffer = np.empty(int(lengths.sum()), dtype=np.uint8)
        if blocks is not None:
            blob = np.frombuffer(b"".join(m for b in blocks for m in b), dtype=np.uint8)
            comm.Scatterv((blob, [sum(map(len, b)) for b in blocks]), buffer, root=0)
        else:
            comm.Scatterv(None, buffer, root=0)
        return deal(buffer.tobytes(), [lengths.reshape(message_items, stop - start)], message_items)


class _Groupcasts(_Unicasts):
    """Server to groups, one message each and item; a rank gets those of the groups that its nodes belong to."""

    def __init__(self, transport: MpiTransport, items: Sequence[FanoutTotals], grouping: Grouping) -> None:
        n = int(grouping.sizes.sum())
        super().__init__(transport, [item.payload for item in items], n, False)
        self.items = items
        self.spans = [grouping.span(first, last) for first, last in transport.blocks(n)]

    def __call__(self, *values: Any) -> Any:
        transport = self.transport
        packed, written = transport.write(self.payloads, values)
        for item, rows in zip(self.items, packed, strict=False):
            item.count(rows)
        rows = NodeRange(*self.spans[transport.rank])
        return one_or_all(self._arrived(self.scatter(written, self.spans), packed, rows))
