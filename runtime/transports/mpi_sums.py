"""Uplinks of dense vectors of which the server reads the sum alone, added up on their way: rank 0 has one vector, not n.

In a chain a rank gets the sum of the rows before its own, adds its own one by one, and passes it on: the order, and with it
every bit, is that of one process. In a tree MPI adds the ranks' sums up in an order of its own. Each node's message is
packed, counted and checked as if it went to the server by itself; what travels are sums in the computations' type.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.summed import Summed
from .dense_payload import DensePayload
from .payloads import one_or_all

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .mpi import MpiTransport

_TAG = (
    7  # of partial sums; nothing else travels from rank to rank beside collectives and neighbours' messages
)


class Chain:
    """The ranks that have nodes, in the order of these, and from the last one back to rank 0."""

    def __init__(self, transport: MpiTransport, n: int) -> None:
        ranks = [rank for rank, rows in enumerate(transport.rows_of(None, n)) if rows]
        self.comm, self.rank, self.last = transport.comm, transport.rank, ranks[-1]
        self.takes_part = self.rank in ranks
        place = ranks.index(self.rank) if self.takes_part else 0
        self.before = ranks[place - 1] if place else None
        self.following = ranks[place + 1] if place + 1 < len(ranks) else 0

    def add(
        self, added: Callable[[HostArray | None], HostArray], shape: tuple[int, ...], kind: np.dtype[Any]
    ) -> HostArray | None:
        """Pass on what `added` makes of the sums before this rank, None at the first; at rank 0, if it is the last one as
        well, its result stays and is returned."""
        if not self.takes_part:
            return None
        sums = added(None if self.before is None else self._received(self.before, shape, kind))
        if self.following == self.rank:
            return sums
        self.comm.Send(sums, dest=self.following, tag=_TAG)
        return None

    def end(self, shape: tuple[int, ...], kind: np.dtype[Any]) -> HostArray:
        """At rank 0 the sums that come from the last one."""
        return self._received(self.last, shape, kind)

    def _received(self, rank: int, shape: tuple[int, ...], kind: np.dtype[Any]) -> HostArray:
        sums = np.empty(shape, kind)
        self.comm.Recv(sums, source=rank, tag=_TAG)
        return sums


def sum_in_order(transport: MpiTransport, rows: HostArray, n: int) -> HostArray | None:
    """The sum (d,) of all nodes' rows (nodes, d) in double precision at rank 0, one by one in order."""

    def added(before: HostArray | None) -> HostArray:
        total = np.array(rows[0] if before is None else before, np.float64)
        for row in rows[1 if before is None else 0 :]:
            total += row
        return total

    chain, kind = Chain(transport, n), np.dtype(np.float64)
    own = chain.add(added, rows.shape[1:], kind)
    if transport.rank > 0:
        return None
    return chain.end(rows.shape[1:], kind) if own is None else own


class SummedUplink(ABC):
    """Nodes to server: each rank's nodes keep their rows, rank 0 binds the sums of all."""

    def __init__(
        self, transport: MpiTransport, payloads: Sequence[DensePayload], n: int, backend: Backend
    ) -> None:
        self.transport, self.payloads, self.n, self.backend = transport, payloads, n, backend
        self.pack, self.chain = transport.packer(payloads), Chain(transport, n)
        self.shape = len(payloads), payloads[0].d
        one = backend.xp.zeros((1,), dtype=backend.real, device=backend.device)
        self.kind = backend.to_host(one).dtype
        self.own: HostArray | None = None  # at rank 0, between the two parts: the sums of its own nodes' rows

    def __call__(self, *values: Any) -> Any:
        """As `Transport.transfer` has it."""
        rows = self._sent(values)
        if self.transport.rank > 0:
            return one_or_all(rows)
        sums = self._sums()
        return one_or_all([part for pair in zip(rows, sums, strict=True) for part in pair] if rows else sums)

    def start(self, *values: Any) -> Any:
        """As `TwoParts` has it."""
        return one_or_all(self._sent(values))

    def finish(self) -> Any:
        """As `TwoParts` has it."""
        return one_or_all(self._sums())

    def _sent(self, values: Sequence[Array]) -> list[Array]:
        """The rows of this rank's nodes by item, if it has any, as receivers would know them; sums are on their way."""
        packed = self.pack(values)
        pairs = zip(self.payloads, packed, strict=bool(packed))
        rows = [
            payload.unpack(part)[..., :] for payload, part in pairs
        ]  # whole, where the program reads pieces, too
        self.add(rows)
        return rows

    def _sums(self) -> list[Summed]:
        totals = self.backend.to_device(self.total())
        return [Summed(totals[item, ...], self.n) for item in range(len(self.payloads))]

    @abstractmethod
    def add(self, rows: Sequence[Array]) -> None:
        """Add the rows (nodes, d) of every item to what travels."""

    @abstractmethod
    def total(self) -> HostArray:
        """At rank 0 the sums (items, d)."""

    def added(self, rows: Sequence[Array], before: HostArray | None) -> HostArray:
        """`before`, the sums (items, d) of the rows ahead, if there are any, and these rows, one by one."""
        xp, backend = self.backend.xp, self.backend
        sums = np.zeros(self.shape, self.kind)
        for item, own in enumerate(rows):
            if before is not None:
                own = xp.concat((backend.to_device(before[item])[None, :], own))
            sums[item] = backend.to_host(backend.sum_rows(own))
        return sums


class ChainedSums(SummedUplink):
    """Partial sums that go from rank to rank."""

    def add(self, rows: Sequence[Array]) -> None:
        """As `SummedUplink` has it."""
        self.own = self.chain.add(lambda before: self.added(rows, before), self.shape, self.kind)

    def total(self) -> HostArray:
        """As `SummedUplink` has it."""
        return self.chain.end(self.shape, self.kind) if self.own is None else self.own


class TreeSums(SummedUplink):
    """Sums of each rank's rows, added up by MPI in whatever order is quick."""

    def add(self, rows: Sequence[Array]) -> None:
        """As `SummedUplink` has it."""
        self.own = self.added(rows, None)
        if self.transport.rank > 0:
            self.transport.comm.Reduce(self.own, None, root=0)

    def total(self) -> HostArray:
        """As `SummedUplink` has it."""
        out = np.empty(self.shape, self.kind)
        self.transport.comm.Reduce(self.own, out, root=0)
        return out


SUMS: Mapping[str, type[SummedUplink]] = {"chain": ChainedSums, "tree": TreeSums}
"""The ways of `--reduce` beside gathering all rows."""
