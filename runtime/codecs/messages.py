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

_LONG = 1 << 12  # bytes of a message from which on a copy of it costs more than a call


def whole_bytes(bits: int) -> int:
    """Bytes that hold `bits` bits."""
    return -(-bits // 8)


def split(matrix: Bytes) -> list[bytes]:
    """(rows, length) -> one message a row."""
    return [row.tobytes() for row in matrix]


def split_joined(*matrices: Bytes) -> list[bytes]:
    """The rows of matrices side by side -> one message a row; long rows are copied once."""
    if sum(matrix.shape[1] for matrix in matrices) < _LONG:
        return split(np.concatenate(matrices, axis=1))
    return [b"".join(rows) for rows in zip(*map(np.ascontiguousarray, matrices), strict=True)]


def join(messages: Sequence[bytes], length: int) -> Bytes:
    """Messages of `length` bytes each -> a writable matrix (rows, length); `CodecError` on any other length."""
    for message in messages:
        if len(message) != length:
            raise errors.wrong_length(len(message), length, length)
    flat = bytearray().join(messages)
    return np.frombuffer(flat, np.uint8).reshape(len(messages), length)


def join_padded(messages: Sequence[bytes], least: int, most: int) -> Bytes:
    """Messages of `least` to `most` bytes -> a matrix as wide as the longest, zeros behind the shorter."""
    lengths = [len(message) for message in messages]
    for length in lengths:
        if not least <= length <= most:
            raise errors.wrong_length(length, least, most)
    widest = max(lengths, default=least)
    return join([message.ljust(widest, b"\0") for message in messages], widest)


def floats_of(columns: Bytes, bits: int) -> Host:
    """(rows, count * bits / 8) bytes -> (rows, count) wire floats of `bits` bits, in an array of its own."""
    return _native(np.ascontiguousarray(columns).view(f"<f{bits // 8}"))


def bytes_of(values: Host, bits: int) -> Bytes:
    """(rows, count) wire floats -> (rows, count * bits / 8) bytes."""
    return np.ascontiguousarray(values, dtype=f"<f{bits // 8}").view(np.uint8)


def constant(bits: int, like: Array) -> Array:
    """`bits` for each row of a packet's array, int64 (rows,), on its device."""
    xp = namespace_of(like)
    return xp.full((like.shape[0],), bits, dtype=xp.int64, device=device_of(like))


def host_of(values: Array) -> Host:
    """An array of any library, on the host."""
    if isinstance(values, np.ndarray):
        return values
    from array_api_compat import is_cupy_array, to_device

    cpu = "cpu" if is_cupy_array(values) else namespace_of(values).__array_namespace_info__().default_device()
    return np.asarray(to_device(values, cpu))


def _native(values: Host) -> Host:
    return values.astype(values.dtype.newbyteorder("="), copy=False)
