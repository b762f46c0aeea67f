"""Collectives of MPI as fused rounds call them, by the addresses of its functions: bytes of arrays, from and to rank 0.

`mpi` has the addresses of MPI_Gatherv, MPI_Bcast and MPI_Scatterv, and the handles of MPI_BYTE and the communicator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast
from .numba_calls import caller

if TYPE_CHECKING:
    from .backend import HostArray

_HANDLES = ("i", "p")
"""Handles are ints in MPICH, else pointers."""

_gather_32, _gather_64 = (caller(f"pi{h}ppp{h}i{h}", "i") for h in _HANDLES)
_broadcast_32, _broadcast_64 = (caller(f"pi{h}i{h}", "i") for h in _HANDLES)
_scatter_32, _scatter_64 = (caller(f"ppp{h}pi{h}i{h}", "i") for h in _HANDLES)


@fast
def _to_gather(
    mpi: HostArray, sent: HostArray, received: HostArray, counts: HostArray, places: HostArray
) -> Any:
    """The arguments of MPI_Gatherv for the bytes of `sent`, each rank's count of them received at its place."""
    return (
        np.int64(sent.ctypes.data),
        np.int64(sent.size * sent.itemsize),
        mpi[3],
        np.int64(received.ctypes.data),
        np.int64(counts.ctypes.data),
        np.int64(places.ctypes.data),
        mpi[3],
        np.int64(0),
        mpi[4],
    )


@fast
def _to_broadcast(mpi: HostArray, room: HostArray) -> Any:
    """The arguments of MPI_Bcast for all bytes of an array."""
    return (np.int64(room.ctypes.data), np.int64(room.size * room.itemsize), mpi[3], np.int64(0), mpi[4])


@fast
def _to_scatter(
    mpi: HostArray, sent: HostArray, counts: HostArray, places: HostArray, received: HostArray
) -> Any:
    """The arguments of MPI_Scatterv for the bytes of `sent` at rank 0, each rank's count of them from its place on."""
    return (
        np.int64(sent.ctypes.data),
        np.int64(counts.ctypes.data),
        np.int64(places.ctypes.data),
        mpi[3],
        np.int64(received.ctypes.data),
        np.int64(received.size * received.itemsize),
        mpi[3],
        np.int64(0),
        mpi[4],
    )


@fast
def gather_32(
    mpi: HostArray, sent: HostArray, received: HostArray, counts: HostArray, places: HostArray
) -> bool:
    """Gather the bytes of `sent` in `received` at rank 0, each rank's count of them at its place. True where it worked."""
    return bool(_gather_32(mpi[0], _to_gather(mpi, sent, received, counts, places)) == 0)


@fast
def gather_64(
    mpi: HostArray, sent: HostArray, received: HostArray, counts: HostArray, places: HostArray
) -> bool:
    """As `gather_32`, where handles are pointers."""
    return bool(_gather_64(mpi[0], _to_gather(mpi, sent, received, counts, places)) == 0)


@fast
def broadcast_32(mpi: HostArray, room: HostArray) -> bool:
    """Broadcast the bytes of rank 0's array. True where it worked."""
    return bool(_broadcast_32(mpi[1], _to_broadcast(mpi, room)) == 0)


@fast
def broadcast_64(mpi: HostArray, room: HostArray) -> bool:
    """As `broadcast_32`, where handles are pointers."""
    return bool(_broadcast_64(mpi[1], _to_broadcast(mpi, room)) == 0)


@fast
def scatter_32(
    mpi: HostArray, sent: HostArray, counts: HostArray, places: HostArray, received: HostArray
) -> bool:
    """Scatter the bytes of rank 0's `sent`, each rank's count of them from its place on. True where it worked."""
    return bool(_scatter_32(mpi[2], _to_scatter(mpi, sent, counts, places, received)) == 0)


@fast
def scatter_64(
    mpi: HostArray, sent: HostArray, counts: HostArray, places: HostArray, received: HostArray
) -> bool:
    """As `scatter_32`, where handles are pointers."""
    return bool(_scatter_64(mpi[2], _to_scatter(mpi, sent, counts, places, received)) == 0)


@fast
def counts_of(rows: HostArray, width: int) -> HostArray:
    """The bytes that come from each rank: `rows` of it, `width` each; rank 0 sends nothing."""
    counts = np.zeros(rows.size, np.int32)
    for rank in range(1, rows.size):
        counts[rank] = np.int32(rows[rank] * width)
    return counts


@fast
def places_of(counts: HostArray) -> HostArray:
    """The places at which each rank's bytes begin."""
    places = np.zeros(counts.size, np.int32)
    for rank in range(1, counts.size):
        places[rank] = places[rank - 1] + counts[rank - 1]
    return places


@fast
def deal_members(
    rows: HostArray, members: HostArray, width: int, counts: HostArray, places: HostArray
) -> None:
    """Fill the bytes that come from each rank, and their places, where `members` (ascending) alone send, `width` each."""
    rank, end = 0, rows[0]
    counts[:] = 0
    places[:] = 0
    for node in members:
        while node >= end:
            rank += 1
            end += rows[rank]
        if rank > 0:
            counts[rank] += width
    for rank in range(1, counts.size):
        places[rank] = places[rank - 1] + counts[rank - 1]
