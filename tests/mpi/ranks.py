"""Run by mpiexec: all cases in turn, or what a mode counts; rank 0 appends a JSON line for each to a file.

mpiexec -n R python ranks.py FILE shared|dedicated FIRST STEP
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from cablese.runtime.errors import FailedAlone
from cablese.runtime.transports import mpi, neighbours
from mpi_cases import cases, outcome


class CountingCommunicator:
    """The communicator, counting the bytes of messages that this rank hands to it; other traffic passes by."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.up = self.down = 0
        self.aside = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def Dup(self) -> CountingCommunicator:
        """Runs have communicators of their own, all counted here."""
        return self

    def Gatherv(self, sent: Any, received: Any, root: int) -> None:
        """Nodes to server."""
        if self.Get_rank() != root:
            self.up += self._message_bytes(sent)
        self._inner.Gatherv(sent, received, root=root)

    def Bcast(self, buffer: Any, root: int) -> None:
        """Server to all, once."""
        if self.Get_rank() == root:
            self.down += self._message_bytes(buffer)
        self._inner.Bcast(buffer, root=root)

    def Igatherv(self, sent: Any, received: Any, root: int) -> Any:
        """Nodes to server, which do not wait."""
        if self.Get_rank() != root:
            self.up += self._message_bytes(sent)
        return self._inner.Igatherv(sent, received, root=root)

    def Ibcast(self, buffer: Any, root: int) -> Any:
        """Server to all, once, which does not wait."""
        if self.Get_rank() == root:
            self.down += self._message_bytes(buffer)
        return self._inner.Ibcast(buffer, root=root)

    def Scatterv(self, sent: Any, received: Any, root: int) -> None:
        """Server to each node."""
        if sent is not None:
            self.down += self._message_bytes(sent[0])
        self._inner.Scatterv(sent, received, root=root)

    def Isend(self, sent: Any, dest: int) -> Any:
        """Nodes to their neighbours at another rank."""
        self.up += self._message_bytes(sent)
        return self._inner.Isend(sent, dest=dest)

    def _message_bytes(self, buffer: Any) -> int:
        """Bytes are messages; arrays of other types are their lengths, and what travels aside is not counted."""
        is_message = isinstance(buffer, np.ndarray) and buffer.dtype == np.uint8 and not self.aside
        return buffer.nbytes if is_message else 0


def counting() -> CountingCommunicator:
    """From now on every run counts what it sends."""
    from mpi4py import MPI

    communicator = CountingCommunicator(MPI.COMM_WORLD)
    neighbours.FEW_BYTES = -1  # persistent requests tell no one when they are started
    mpi.world = lambda: communicator
    for name in ("collect", "share", "add_up"):
        _mark_aside(name, communicator)
    return communicator


def _mark_aside(name: str, communicator: CountingCommunicator) -> None:
    method = getattr(mpi.MpiTransport, name)

    def aside(transport: Any, *arguments: Any) -> Any:
        communicator.aside = True
        result = method(transport, *arguments)
        communicator.aside = False
        return result

    setattr(mpi.MpiTransport, name, aside)


def main(file: str, server_rank: str, first: str, step: str) -> None:
    """Every `step`-th case from `first` on."""
    communicator = counting()
    for case in cases()[int(first) :: int(step)]:
        communicator.up = communicator.down = 0
        try:
            found = outcome(case, server_rank)
        except FailedAlone as failure:
            failure.job.end(traceback.print_exc, 3)
        sent = communicator.allgather((communicator.up, communicator.down))
        if communicator.Get_rank() == 0:
            found |= {"up_bytes": sum(up for up, _ in sent), "down_bytes": sum(down for _, down in sent)}
            with Path(file).open("a") as out:
                out.write(json.dumps({"case": case.name, **found}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
