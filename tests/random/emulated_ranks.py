"""Ranks as threads of one process: what `mpirun` would run, without its start, and without waiting for what never comes.

A communicator stands for the job as well, as far as transports use it.

A collective that not all ranks enter, or under different names, ends the run at once. MPI itself is tried elsewhere.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
from cablese.runtime.execute import session
from cablese.runtime.execute.options import Options
from cablese.runtime.transports import mpi, neighbours
from cablese.runtime.transports.wirecheck import WireCheck
from trials import Result, ended

PATIENCE = 20.0  # seconds that a rank waits for the others


class Apart(Exception):
    """Ranks that do not meet: one has failed, or they call different collectives."""


class Room:
    """Where all ranks meet."""

    def __init__(self, ranks: int) -> None:
        self.ranks = ranks
        self.brought: list[Any] = [None] * ranks
        self.barrier = threading.Barrier(ranks)
        self.last = [""] * ranks

    def meet(self, rank: int, call: str, value: Any) -> list[Any]:
        """What every rank brought to this call."""
        self.last[rank] = call
        self.brought[rank] = (call, value)
        try:
            self.barrier.wait(PATIENCE)
            found = list(self.brought)
            self.barrier.wait(PATIENCE)
        except threading.BrokenBarrierError:
            raise Apart(f"rank {rank} waits in {call}; last calls: {self.last}") from None
        if {name for name, _ in found} != {call}:
            self.barrier.abort()
            raise Apart(f"ranks call {[name for name, _ in found]}")
        return [value for _, value in found]


class Request:
    """A call that was begun, and has ended: ranks meet where they begin it."""

    def Wait(self) -> None:
        """As mpi4py has it."""


class Communicator:
    """One rank's end, with as much of mpi4py's interface as the transport uses."""

    def __init__(self, room: Room, rank: int) -> None:
        self.room, self.rank = room, rank

    def Get_rank(self) -> int:
        """This rank's number."""
        return self.rank

    def Get_size(self) -> int:
        """How many there are."""
        return self.room.ranks

    @property
    def world(self) -> Communicator:
        """The communicator of a job, which this stands for as well."""
        return self

    @property
    def ranks(self) -> int:
        """How many ranks the job has."""
        return self.room.ranks

    def peers(self) -> dict[int, int]:
        """Other processes of the job, which could die alone: none."""
        return {}

    def Dup(self) -> Communicator:
        """A run's own: there is but one run."""
        return self

    def Allgather(self, sent: Any, received: Any) -> None:
        """Everyone's numbers to everyone."""
        received[...] = np.stack(self.room.meet(self.rank, "Allgather", sent.copy()))

    def Gatherv(self, sent: Any, received: Any, root: int, call: str = "Gatherv") -> None:
        """Pieces to the root, end to end."""
        parts = self.room.meet(self.rank, call, np.array(sent).reshape(-1))
        if self.rank == root:
            buffer, counts = received
            _fits([part.size for part in parts], counts)
            buffer.reshape(-1)[:] = np.concatenate(parts)

    def Igatherv(self, sent: Any, received: Any, root: int) -> Request:
        """The same, which no rank may take for the other."""
        self.Gatherv(sent, received, root, "Igatherv")
        return Request()

    def Bcast(self, buffer: Any, root: int, call: str = "Bcast") -> None:
        """The root's numbers to all."""
        array = buffer[0] if isinstance(buffer, list) else buffer
        sent = self.room.meet(self.rank, call, array.copy())[root]
        _fits([sent.nbytes], [array.nbytes])
        if self.rank != root:
            array.reshape(-1).view(np.uint8)[:] = sent.reshape(-1).view(np.uint8)

    def Ibcast(self, buffer: Any, root: int) -> Request:
        """The same, which no rank may take for the other."""
        self.Bcast(buffer, root, "Ibcast")
        return Request()

    def Scatterv(self, sent: Any, received: Any, root: int) -> None:
        """A piece of the root's to each."""
        whole, counts = self.room.meet(self.rank, "Scatterv", sent)[root]
        whole = whole.reshape(-1)
        _fits([counts[self.rank]], [received.size])
        start = sum(counts[: self.rank])
        received.reshape(-1)[:] = whole[start : start + counts[self.rank]]
        self.room.meet(self.rank, "Scatterv's end", None)

    def Scatter(self, sent: Any, received: Any, root: int) -> None:
        """A number of the root's to each."""
        received[0] = self.room.meet(self.rank, "Scatter", None if sent is None else sent.copy())[root][
            self.rank
        ]

    def Reduce(self, sent: Any, received: Any, root: int) -> None:
        """The sum at the root."""
        parts = self.room.meet(self.rank, "Reduce", sent.copy())
        if self.rank == root:
            received[...] = sum(parts)

    def Allreduce(self, sent: Any, received: Any, op: Any) -> None:
        """The greatest of each, everywhere."""
        from mpi4py import MPI

        assert op == MPI.MAX, "no other reduction is needed so far"
        received[...] = np.max(self.room.meet(self.rank, "Allreduce", sent.copy()), axis=0)

    def allgather(self, value: Any) -> list[Any]:
        """Everyone's value to everyone."""
        return self.room.meet(self.rank, "allgather", value)

    def exchange(self, sent: dict[int, Any], received: dict[int, Any]) -> None:
        """Arrays between pairs of ranks."""
        parts = self.room.meet(self.rank, "exchange", {rank: array.copy() for rank, array in sent.items()})
        for rank, buffer in received.items():
            _fits([parts[rank][self.rank].size], [buffer.size])
            buffer.reshape(-1)[:] = parts[rank][self.rank]
        _fits([rank for rank, part in enumerate(parts) if self.rank in part], sorted(received))


def _fits(sent: Sequence[int], expected: Sequence[int]) -> None:
    if list(sent) != list(expected):
        raise Apart(f"sent {list(sent)}, expected {list(expected)}")


def emulated(text: str, options: Options, ranks: int) -> Result:
    """What a run under so many ranks comes to: rank 0's result, or the first failure of any rank."""
    room, own = Room(ranks), threading.local()
    results: list[Result] = [{}] * ranks

    def play(rank: int) -> None:
        own.communicator = Communicator(room, rank)
        results[rank] = ended(text, options)
        if "points" not in results[rank] and results[rank]:
            room.barrier.abort()

    with _connected(own):
        players = [threading.Thread(target=play, args=(rank,)) for rank in range(ranks)]
        for player in players:
            player.start()
        for player in players:
            player.join()
    failures = [r for r in results if "crashed" in r and not _elsewhere(str(r["crashed"]))]
    return next(iter(failures), results[0])


def _elsewhere(said: str) -> bool:
    """Whether a rank failed only because another one did."""
    return any(name in said.splitlines()[-1] for name in ("Apart", "FailedElsewhere"))


@contextmanager
def _connected(own: threading.local) -> Iterator[None]:
    """Every thread's transport is MPI's, over its end of the room."""

    def connect(server_rank: str, check_all: bool, *rest: object) -> mpi.MpiTransport:
        return mpi.MpiTransport(own.communicator, server_rank == "dedicated", WireCheck(check_all))

    def swap(exchange: Any, out: Sequence[int], into: Sequence[int]) -> Any:
        def move(sent: Any) -> Any:
            received = np.empty(sum(into), sent.dtype)
            parts = neighbours.parts_of
            exchange.transport.comm.exchange(parts(sent.reshape(-1), out), parts(received, into))
            return received

        return move

    reading, rewritten = threading.Lock(), session.freeing_python_of

    def one_at_a_time(*given: Any) -> str:
        with reading:  # Python 3.11 counts how deep it is in a tree for all threads together
            return rewritten(*given)

    with (
        mock.patch.object(session, "connect", connect),
        mock.patch.object(session, "freeing_python_of", one_at_a_time),
        mock.patch.object(mpi.MpiTransport, "settle_failure"),
        mock.patch.object(neighbours.NeighbourExchange, "swap", swap),
    ):
        yield
