"""The MPI transport: each rank has a block of nodes, rank 0 also the server, or it alone. Messages travel as encoded bytes.

Messages of fixed size take one collective, others two (lengths, then bytes). Metrics and totals go through the same
communicator as raw arrays and are not counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Route
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Transfer
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Backend
from ..arrays.threads import LONG_ROW
from ..chance.groups import Grouping
from ..errors import FailedAlone, OutputFailed, RunFailed, SetupError
from ..graphs.graph import Graph
from .dense_payload import DensePayload
from .fanout_totals import FanoutTotals
from .in_pieces import LongBroadcast
from .job import Job
from .launchers import follow_launcher
from .mpi_calls import Begun, MpiCalls, calls_of
from .mpi_framing import Move
from .mpi_routes import Broadcast, Groupcasts, Unicasts, Uplink
from .mpi_sums import SUMS, sum_in_order
from .neighbours import NeighbourExchange
from .payloads import Packer, Payload, packer
from .progress import yield_if_crowded
from .watchdog import Watchdog
from .wirecheck import WireCheck

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.nodes import Nodes


def world() -> Any:
    """The communicator of all processes, MPI started. Raises SetupError where the library does not load."""
    yield_if_crowded(os.environ, len(os.sched_getaffinity(0)))
    follow_launcher(os.environ)
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as reason:
        raise SetupError(
            f"MPI does not load: {reason}. `cablese doctor` tries the launcher that belongs to this Python; where each "
            "process is to be a run of its own, say so with --alone."
        ) from None
    return MPI.COMM_WORLD


@cache
def job() -> Job:
    """The job that this process belongs to."""
    return Job(world())


class MpiTransport:
    """One rank of several."""

    def __init__(self, job: Job, dedicated: bool, check: WireCheck, reduce: str = "gather") -> None:
        """`reduce`: how sums reach rank 0, as the option says."""
        self.job, self.world = job, job.world
        self.comm = job.world.Dup()  # so that messages which a failed run leaves unread reach no other run
        self.rank, self.ranks = job.rank, job.ranks
        self.dedicated, self.reduce = dedicated, reduce
        self.check, self.chosen = check.check, check.chosen
        self.begun: list[Begun] = []
        self.gathered = self.begins()

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
        """See `Transport.blocks`."""
        return [self._block(rank, n) for rank in range(self.ranks)]

    # --- messages --------------------------------------------------------------------------------------------

    def transfer(
        self, transfer: Transfer, payloads: Sequence[Payload], n: int, backend: Backend
    ) -> Callable[..., Any]:
        """See `Transport.transfer`."""
        with_members = transfer.members is not None
        match transfer.route:
            case Route.NODE_TO_SERVER:
                return Uplink(self, payloads, n, with_members)
            case Route.SERVER_TO_ALL if not with_members:
                return self._broadcast(payloads)
            case Route.SERVER_TO_ALL:
                exchange: Callable[..., Any] = Broadcast(self, payloads)
            case Route.SERVER_TO_NODE:
                exchange = Unicasts(self, payloads, n, transfer.tells is not None)
            case _:
                raise InternalError(f"no transfer for {transfer.route.value}")
        if with_members and (transfer.tells is None or self.rank == 0):
            return exchange
        return partial(exchange, None)

    def in_pieces(self, payload: Payload) -> Callable[[], Callable[..., Any]]:
        """See `Transport.in_pieces`."""
        whole = self._broadcast([payload])
        return whole.begin if isinstance(whole, LongBroadcast) else lambda: whole

    def _broadcast(self, payloads: Sequence[Payload]) -> Callable[..., Any]:
        """The transfer of a message to all, of which nobody else is told."""
        match payloads:
            case [DensePayload(binds_packet=False) as payload] if payload.d >= LONG_ROW:
                return LongBroadcast(self, payload)
            case _:
                return partial(Broadcast(self, payloads), None)

    def to_groups(self, items: Sequence[FanoutTotals], grouping: Grouping) -> Callable[..., Any]:
        """See `Transport.to_groups`."""
        return Groupcasts(self, items, grouping)

    def summed(self, payloads: Sequence[DensePayload], n: int, backend: Backend) -> Callable[..., Any] | None:
        """See `Transport.summed`."""
        kind = SUMS.get(self.reduce)
        return None if kind is None else kind(self, payloads, n, backend)

    def exchange(self, items: Sequence[FanoutTotals], graph: Graph) -> Callable[..., Any]:
        """See `Transport.exchange`."""
        return NeighbourExchange(self, items, graph)

    def packer(self, payloads: Sequence[Payload]) -> Packer:
        """See `payloads.packer`."""
        return packer(payloads, self.check)

    # --- calls of MPI (see `mpi_framing.Ways`) ---------------------------------------------------------------

    def gather(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """From all ranks to rank 0."""
        call, total = self.comm.Gatherv, sum(into)

        def send(sent: HostArray) -> HostArray:
            call(sent, None, root=0)
            return sent[:0]

        def receive(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            call(sent, (received, into), root=0)
            return received

        return send if self.rank > 0 else receive

    def gather_long(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """The same of long messages: their sender goes on before they are received."""
        call, total = self.comm.Igatherv, sum(into)

        def send(sent: HostArray) -> HostArray:
            self.gathered.wait()
            self.gathered.add(call(sent, None, root=0))
            return sent[:0]

        def receive(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            call(sent, (received, into), root=0).Wait()
            return received

        return send if self.rank > 0 else receive

    def broadcast_long(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """The same from rank 0 to all."""
        call, total, begun = self.comm.Ibcast, sum(into), self.begins()

        def send(sent: HostArray) -> HostArray:
            begun.wait()
            begun.add(call(sent, root=0))
            return sent[:0]

        def receive(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            call(received, root=0).Wait()
            return received

        return receive if self.rank > 0 else send

    def begins(self) -> Begun:
        """Calls of one kind, which end with the run at the latest."""
        self.begun.append(Begun())
        return self.begun[-1]

    def scatter(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """From rank 0 to all ranks."""
        call, total, at_server = self.comm.Scatterv, sum(into), self.rank == 0

        def move(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            call((sent, out) if at_server else None, received, root=0)
            return received

        return move

    def broadcast(self, out: Sequence[int], into: Sequence[int]) -> Move:
        """The same from rank 0 to all."""
        call, total = self.comm.Bcast, sum(into)

        def send(sent: HostArray) -> HostArray:
            call(sent, root=0)
            return sent[:0]

        def receive(sent: HostArray) -> HostArray:
            received = np.empty(total, sent.dtype)
            call(received, root=0)
            return received

        return receive if self.rank > 0 else send

    def rows_of(self, members: Nodes | None, n: int) -> list[int]:
        """Number of rows of each rank: its nodes, or its members."""
        if members is None:
            return [last - first for first, last in self.blocks(n)]
        return [members.restrict(first, last).count for first, last in self.blocks(n)]

    @cached_property
    def calls(self) -> MpiCalls | None:
        """See `Transport.calls`."""
        return calls_of(self.comm)

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

    def sum_rows(self, rows: HostArray, n: int) -> HostArray | None:
        """See `Transport.sum_rows`."""
        return sum_in_order(self, rows, n)

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

    @contextmanager
    def watched(self, patience: float, where: Callable[[], str]) -> Iterator[None]:
        """See `Transport.watched`: ranks of one machine watch each other."""
        with Watchdog(self.job, patience, where):
            yield
            for calls in self.begun:
                calls.wait()

    def settle_failure(self, failure: BaseException | None) -> None:
        """See `Transport.settle_failure`."""
        alike = isinstance(failure, RunFailed) and not isinstance(failure, OutputFailed)
        at_once = isinstance(failure, KeyboardInterrupt)
        if at_once or not self.job.all_come(alike=alike):
            raise FailedAlone(self.job) from failure
