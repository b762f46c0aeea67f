"""Addresses and handles by which compiled code calls MPI, of the library that mpi4py has loaded."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

ALL = (1 << 64) - 1


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
