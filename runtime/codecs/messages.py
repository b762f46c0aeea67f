"""Lists of messages to byte matrices and back, one row a message; lengths are checked before anything is allocated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays.backend import Array
from ..arrays.namespace import device_of, namespace_of
from . import errors

Bytes = npt.NDArray[np.uint8]
Host = npt.NDArray[Any]


_LITTLE = {bits: np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)}
"""Types of floats on the wire."""

_COMPARED = 1 << 15  # words that are compared at once


def whole_bytes(bits: int) -> int:
    """Bytes that hold `bits` bits."""
    return -(-bits // 8)


def split(matrix: Bytes) -> list[bytes]:
    """(rows, length) -> one message a row."""
    return [row.tobytes() for row in matrix]


def join(messages: Sequence[bytes], length: int) -> Bytes:
    """Messages of `length` bytes each -> a writable matrix (rows, length); `CodecError` on any other length."""
    for message in messages:
        if len(message) != length:
            raise errors.wrong_length(len(message), length, length)
    flat = bytearray().join(messages)
    return np.frombuffer(flat, np.uint8).reshape(len(messages), length)


def join_padded(messages: Sequence[bytes], least: int, most: int) -> Bytes:
    """Messages of `least` to `most` bytes -> a writable matrix (rows, most), zeros behind the shorter."""
    for message in messages:
        if not least <= len(message) <= most:
            raise errors.wrong_length(len(message), least, most)
    return join([message.ljust(most, b"\0") for message in messages], most)


def floats_of(columns: Bytes, bits: int) -> Host:
    """(rows, count * bits / 8) bytes -> (rows, count) wire floats of `bits` bits; a view where columns are contiguous."""
    values = np.ascontiguousarray(columns).view(_LITTLE[bits])
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def put_floats(columns: Bytes, values: Host, bits: int) -> None:
    """Fill columns (rows, count * bits / 8) with wire floats (rows, count)."""
    columns.view(_LITTLE[bits])[...] = values


def bytes_of(values: Host, bits: int) -> Bytes:
    """(rows, count) wire floats -> (rows, count * bits / 8) bytes."""
    return np.ascontiguousarray(values, dtype=_LITTLE[bits]).view(np.uint8)


def constant(bits: int, like: Array) -> Array:
    """`bits` for each row of a packet's array, int64 (rows,), on its device."""
    xp = namespace_of(like)
    return xp.full((like.shape[0],), bits, dtype=xp.int64, device=device_of(like))


def alike(one: Bytes, other: Bytes) -> bool:
    """True for equal matrices, compared piece by piece: the comparison is an array, too."""
    flat, there = one.reshape(-1), other.reshape(-1)
    whole = flat.size // 8 * 8
    words = flat[:whole].view(np.uint64), there[:whole].view(np.uint64)
    return all(
        np.array_equal(mine[at : at + _COMPARED], yours[at : at + _COMPARED])
        for mine, yours in (words, (flat[whole:], there[whole:]))
        for at in range(0, mine.size, _COMPARED)
    )


def host_of(values: Array) -> Host:
    """An array of any library, on the host."""
    if isinstance(values, np.ndarray):
        return values
    from array_api_compat import is_cupy_array, to_device

    cpu = "cpu" if is_cupy_array(values) else namespace_of(values).__array_namespace_info__().default_device()
    return np.asarray(to_device(values, cpu))
