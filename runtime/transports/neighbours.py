"""Messages between neighbours under MPI: every rank sends each rank next to it one matrix or stream of bytes a statement.

A rank has its own nodes' rows, and copies of the rows of other ranks' nodes that are next to one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from weakref import finalize

import numpy as np

from ..chance.streams import NodeList
from ..graphs.graph import Graph
from .fanout_totals import FanoutTotals
from .mpi_framing import Frame, Move, Trip

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .mpi import MpiTransport


FEW_BYTES = 1 << 16
"""Bytes of an exchange up to which persistent requests cost less, with the copies that they take, measured."""


class NeighbourExchange:
    """One message statement of nodes to their neighbours; each rank ends up with its own rows and the copied ones."""

    def __init__(self, transport: MpiTransport, items: Sequence[FanoutTotals], graph: Graph) -> None:
        self.transport, self.items = transport, items
        self.payloads = [item.payload for item in items]
        self.pack = transport.packer(self.payloads)
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
        packed = self.pack(values)
        for item, value in zip(self.items, packed, strict=True):
            item.count(value)
        arrived, out = self.carry(packed), []
        for payload, own, copied in zip(self.payloads, packed, arrived, strict=True):
            out += [payload.unpack(own), payload.unpack(copied)]
        return tuple(out)

    def swap(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """Between each two ranks (see `mpi_framing.Ways`); those with nothing for each other do not meet."""
        return Swap(self.transport.comm, out, into)


class Swap:
    """One exchange between ranks, of as many numbers at each call: the second call, and all later ones, start requests that
    persist, where the numbers are few."""

    def __init__(self, comm: Any, out: Sequence[int], into: Sequence[int]) -> None:
        """Numbers for each rank, and from each."""
        self._comm, self._out, self._into = comm, out, into
        self._called, self._again = False, cast("Move | None", None)

    def __call__(self, sent: HostArray) -> HostArray:
        """The numbers that come."""
        few = sent.itemsize * (sum(self._out) + sum(self._into)) <= FEW_BYTES
        if self._called and few and self._again is None:
            self._again = self._prepared(sent.dtype)
        self._called = True
        return self._at_once(sent) if self._again is None else self._again(sent)

    def _at_once(self, sent: HostArray) -> HostArray:
        """By requests that are made and forgotten."""
        from mpi4py import MPI

        comm, received = self._comm, np.empty(sum(self._into), sent.dtype)
        pending = [comm.Irecv(part, source=rank) for rank, part in parts_of(received, self._into).items()]
        own = parts_of(sent.reshape(-1), self._out)
        pending += [comm.Isend(part, dest=rank) for rank, part in own.items()]
        MPI.Request.Waitall(pending)
        return received

    def _prepared(self, kind: np.dtype[Any]) -> Move:
        """By requests that persist, and the memory that they read and write."""
        from mpi4py import MPI

        comm, sent, received = self._comm, np.empty(sum(self._out), kind), np.empty(sum(self._into), kind)
        requests = [
            comm.Recv_init(part, source=rank) for rank, part in parts_of(received, self._into).items()
        ]
        requests += [comm.Send_init(part, dest=rank) for rank, part in parts_of(sent, self._out).items()]
        finalize(self, _free, requests).atexit = False
        start, wait = MPI.Prequest.Startall, MPI.Request.Waitall

        def move(values: HostArray) -> HostArray:
            sent[:] = values.reshape(-1)
            start(requests)
            wait(requests)
            return received.copy()  # values are views of it

        return move


def _free(requests: Sequence[Any]) -> None:
    """Release requests of a swap that is gone."""
    from mpi4py import MPI

    if not MPI.Is_finalized():
        for request in requests:
            request.Free()


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
