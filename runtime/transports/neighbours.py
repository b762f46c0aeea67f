"""Messages between neighbours under MPI: every rank sends each rank next to it one stream of bytes a statement.

A rank has its own nodes' rows, and copies of the rows of other ranks' nodes that are next to one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..chance.streams import NodeList
from ..codecs.messages import whole_bytes
from ..graphs.graph import Graph
from .fanout_totals import FanoutTotals
from .mpi_framing import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .mpi import MpiTransport


class NeighbourExchange:
    """One message statement of nodes to their neighbours; each rank ends up with its own rows and the copied ones."""

    def __init__(self, transport: MpiTransport, items: Sequence[FanoutTotals], graph: Graph) -> None:
        self.transport, self.items = transport, items
        first, last = transport.nodes(graph.n)
        self.sends: dict[int, list[int]] = {}  # rank -> own rows that are copied there
        self.counts: dict[int, int] = {}  # rank -> number of its rows that are copied here
        nearby = graph.around(first, last)
        self._copied = NodeList(np.asarray(nearby, dtype=np.int64), np.zeros(len(nearby), dtype=np.int64))
        for rank, (start, end) in enumerate(transport.blocks(graph.n)):
            copied = [node for node in nearby if start <= node < end]
            if rank != transport.rank and copied:
                self.counts[rank] = len(copied)
                theirs = graph.around(start, end)
                self.sends[rank] = [node - first for node in theirs if first <= node < last]

    def __call__(self, *values: Any) -> Any:
        """The values of each item's target: own rows, then copies."""
        payloads = [item.payload for item in self.items]
        packed, written = self.transport.write(payloads, values)
        for item, value in zip(self.items, packed, strict=True):
            item.count(value)
        arrived = self._exchange(written)
        out = []
        for payload, own, messages in zip(payloads, packed, arrived, strict=True):
            out += [payload.unpack(own), payload.unpack(payload.receive(messages, self._copied))]
        return tuple(out)

    def _exchange(self, written: list[list[bytes]]) -> list[list[bytes]]:
        """Messages of the copied rows, by item, in the order of node numbers."""
        chosen = {
            rank: [messages[row] for messages in written for row in rows] for rank, rows in self.sends.items()
        }
        lengths = self._lengths(chosen)
        blobs = {rank: np.frombuffer(b"".join(m), dtype=np.uint8) for rank, m in chosen.items()}
        streams = {rank: np.empty(int(part.sum()), dtype=np.uint8) for rank, part in lengths.items()}
        self._swap(blobs, streams)
        whole = b"".join(stream.tobytes() for stream in streams.values())
        return deal(whole, list(lengths.values()), len(self.items))

    def _lengths(self, chosen: dict[int, list[bytes]]) -> dict[int, HostArray]:
        """Rank -> lengths of the messages that it sends here, (items, rows); known beforehand where sizes are fixed."""
        fixed = [item.payload.fixed_bits for item in self.items]
        if None not in fixed:
            sizes = np.asarray([whole_bytes(bits) for bits in fixed if bits is not None], dtype=np.int64)
            return {rank: np.repeat(sizes[:, None], count, axis=1) for rank, count in self.counts.items()}
        own = {rank: np.asarray([len(m) for m in found], dtype=np.int64) for rank, found in chosen.items()}
        theirs = {
            rank: np.empty((len(self.items), count), dtype=np.int64) for rank, count in self.counts.items()
        }
        self._swap(own, theirs)
        return theirs

    def _swap(self, sent: dict[int, HostArray], received: dict[int, HostArray]) -> None:
        from mpi4py import MPI

        comm = self.transport.comm
        pending = [comm.Irecv(buffer, source=rank) for rank, buffer in received.items()]
        pending += [comm.Isend(buffer, dest=rank) for rank, buffer in sent.items()]
        MPI.Request.Waitall(pending)
