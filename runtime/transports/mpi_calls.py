"""Calls of MPI: those that were begun, and by which addresses and handles compiled code makes them."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

ALL = (1 << 64) - 1


class Begun:
    """Calls of MPI that were begun, and that this rank has not waited for."""

    def __init__(self) -> None:
        self._requests: list[Any] = []

    def add(self, request: Any) -> None:
        """One more, behind the others."""
        self._requests.append(request)

    def wait(self, count: int | None = None) -> None:
        """Wait for the first of them, or for all."""
        for request in self._requests[:count]:
            request.Wait()
        del self._requests[:count]


@record
class MpiCalls(ByIdentity):
    """The addresses of MPI_Gatherv, MPI_Bcast and MPI_Scatterv, the handles of MPI_BYTE and of a communicator; the bits of a
    handle."""

    words: HostArray
    bits: int


def calls_of(comm: Any) -> MpiCalls | None:
    """The calls on a communicator; None where it is none of mpi4py's, or floats are not little-endian."""
    if type(comm).__module__ != "mpi4py.MPI" or sys.byteorder != "little":
        return None
    from mpi4py import MPI

    try:
        library = ctypes.CDLL(MPI.__file__)
        found = [
            ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            for name in ("MPI_Gatherv", "MPI_Bcast", "MPI_Scatterv")
        ]
        handles = [MPI._handleof(MPI.BYTE), MPI._handleof(comm)]
    except (OSError, AttributeError, NotImplementedError):
        return None
    words = np.array([word & ALL for word in (*found, *handles) if word is not None], dtype=np.uint64).view(
        np.int64
    )
    return MpiCalls(words, 8 * MPI._sizeof(MPI.Comm))
