"""Messages between neighbours under MPI: every rank sends each rank next to it one matrix or stream of bytes a statement.

A rank has its own nodes' rows, and copies of the rows of other ranks' nodes that are next to one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..chance.streams import NodeList
from ..graphs.graph import Graph
from .fanout_totals import FanoutTotals
from .mpi_framing import Frame, Move, Trip

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .mpi import MpiTransport


class NeighbourExchange:
    """One message statement of nodes to their neighbours; each rank ends up with its own rows and the copied ones."""

    def __init__(self, transport: MpiTransport, items: Sequence[FanoutTotals], graph: Graph) -> None:
        self.transport, self.items = transport, items
        self.payloads = [item.payload for item in items]
        first, last = transport.nodes(graph.n)
        blocks = transport.blocks(graph.n)
        nearby = graph.around(first, last)
        copied = NodeList(np.asarray(nearby, dtype=np.int64), np.zeros(len(nearby), dtype=np.int64))
        sent = [
            _within(graph.around(*block), first, last) if block != (first, last) else [] for block in blocks
        ]
        out, into = [len(nodes) for nodes in sent], [len(_within(nearby, *block)) for block in blocks]
        arranged = np.asarray([node - first for nodes in sent for node in nodes], dtype=np.int64)
        self.carry = Frame(self.payloads, self.swap).by(Trip(out, into, copied, arranged))

    def __call__(self, *values: Any) -> Any:
        """The values of each item's target: own rows, then copies."""
        packed = self.transport.pack(self.payloads, values)
        for item, value in zip(self.items, packed, strict=True):
            item.count(value)
        arrived, out = self.carry(packed), []
        for payload, own, copied in zip(self.payloads, packed, arrived, strict=True):
            out += [payload.unpack(own), payload.unpack(copied)]
        return tuple(out)

    def swap(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """Between each two ranks (see `mpi_framing.Ways`); those with nothing for each other do not meet."""
        from mpi4py import MPI

        comm, total, wait = self.transport.comm, sum(into), MPI.Request.Waitall

        def move(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            pending = [comm.Irecv(part, source=rank) for rank, part in parts_of(received, into).items()]
            pending += [comm.Isend(part, dest=rank) for rank, part in parts_of(sent.reshape(-1), out).items()]
            wait(pending)
            return received

        return move


def _within(nodes: Sequence[int], first: int, last: int) -> list[int]:
    return [node for node in nodes if first <= node < last]


def parts_of(values: HostArray, counts: Sequence[int]) -> dict[int, HostArray]:
    """Each rank's part of values that are in the order of ranks; of ranks that have one."""
    parts, end = {}, 0
    for rank, count in enumerate(counts):
        if count:
            parts[rank] = values[end : end + count]
        end += count
    return parts
