"""Signs of long rows that numba compiles: a byte an entry beside the sums of magnitudes, a bit an entry, signed rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast, plane_1_written
from .numba_norms import signs_summed_beside
from .pieces import at_once
from .signs import by_pieces
from .sums import COLUMNS, FLOATS, magnitudes

if TYPE_CHECKING:
    from .backend import HostArray
    from .pieces import Pieces


def signs_and_sums(vectors: HostArray | Pieces) -> tuple[HostArray, HostArray] | None:
    """As `signs` has it."""

    def fill(entries: HostArray, negative: HostArray, sums: HostArray) -> None:
        own, pieces = np.ascontiguousarray(entries), entries.size // COLUMNS
        signs_summed_beside(own, negative, sums[:pieces])
        rest = slice(pieces * COLUMNS, None)
        if pieces < sums.size:
            _signs_written(own[rest], negative[rest])
            sums[pieces] = np.add.reduce(magnitudes(own[rest]))

    return by_pieces(vectors, fill, at_once(vectors)) if vectors.dtype.name in FLOATS else None


def signs_alone(vectors: HostArray | Pieces) -> HostArray | None:
    """As `signs` has it."""

    def fill(entries: HostArray, negative: HostArray, sums: HostArray) -> None:
        _signs_written(np.ascontiguousarray(entries), negative)

    return by_pieces(vectors, fill, at_once(vectors))[0] if vectors.dtype.name in FLOATS else None


@fast
def _signs_written(entries: HostArray, negative: HostArray) -> None:
    for i in range(entries.size):
        negative[i] = entries[i] < 0


def write_signs(negative: HostArray, room: HostArray) -> HostArray:
    """As `codecs.signs` has it."""
    whole = negative.shape[1] // 8
    for row, out in zip(negative, room, strict=True):
        marks = np.ascontiguousarray(row).view(np.uint8)
        plane_1_written(marks, np.uint8(0), out[:whole])
        out[whole:] = np.packbits(marks[8 * whole :], bitorder="little")
    return room


def signed_rows(magnitudes: HostArray, negative: HostArray) -> HostArray:
    """As `signs` has it."""
    values = np.empty(negative.shape, magnitudes.dtype)
    for magnitude, row, out in zip(magnitudes, negative, values, strict=True):
        _write_signed(magnitude, np.ascontiguousarray(row), out)
    return values


@fast
def _write_signed(magnitude: Any, negative: HostArray, values: HostArray) -> None:
    for i in range(values.size):
        values[i] = -magnitude if negative[i] else magnitude
