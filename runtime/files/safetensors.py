"""The safetensors format, written and read by ourselves: arrays by name and texts, nothing that could be run.

The format is a length, a JSON header and bytes (https://github.com/huggingface/safetensors, "Format"); the library for it is
a compiled package that a checkpoint would otherwise be the only part to need. The reader is stricter than the format:
arrays cover the bytes without gap or overlap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    HostArray = NDArray[Any]

TYPES: Mapping[str, str] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""The types of the format that NumPy has."""

_NAMES = {np.dtype(code): name for name, code in TYPES.items()}
_ALIGN, _LENGTH, _MOST = 8, 8, 10**8
_METADATA = "__metadata__"


class FormatError(ValueError):
    """Bytes that are no safetensors file; the message says what is wrong."""


def packed(arrays: Mapping[str, HostArray], texts: Mapping[str, str]) -> Iterator[bytes | memoryview]:
    """The parts of a file, one after another."""
    header: dict[str, Any] = {_METADATA: dict(texts)} if texts else {}
    ordered, place = [], 0
    for name, given in arrays.items():
        array = np.ascontiguousarray(given).reshape(given.shape)
        kind = _NAMES.get(array.dtype.newbyteorder("<"))
        if kind is None:
            raise TypeError(f"an array of type {array.dtype} has no place in a safetensors file")
        array = array.astype(np.dtype(TYPES[kind]), copy=False)
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [place, place + array.nbytes],
        }
        place += array.nbytes
        ordered.append(array)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % _ALIGN)
    yield len(text).to_bytes(_LENGTH, "little") + text
    for array in ordered:
        if array.nbytes:
            yield array.reshape(-1).view(np.uint8).data


def unpacked(content: bytes) -> tuple[dict[str, HostArray], dict[str, str]]:
    """The arrays, read-only views of the content, and the texts. Raises FormatError."""
    if len(content) < _LENGTH:
        raise FormatError("it is too short")
    length = int.from_bytes(content[:_LENGTH], "little")
    if length > min(_MOST, len(content) - _LENGTH):
        raise FormatError("its header is longer than it")
    header = _header(content[_LENGTH : _LENGTH + length])
    texts = header.pop(_METADATA, {})
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise FormatError("its metadata are not texts by name")
    data = memoryview(content)[_LENGTH + length :]
    entries = sorted((_entry(name, each) for name, each in header.items()), key=lambda entry: entry[1])
    place, found = 0, {}
    for name, span, dtype, shape in entries:
        first, last = span
        if first != place or last - first != prod(shape) * dtype.itemsize or last > len(data):
            raise FormatError(f"the bytes of `{name}` are not where they must be")
        found[name] = np.frombuffer(data[first:last], dtype=dtype).reshape(shape)
        place = last
    if place != len(data):
        raise FormatError("it has bytes that belong to no array")
    return {name: found[name] for name in header}, texts


def _header(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as reason:
        raise FormatError("its header is no JSON") from reason
    if not isinstance(found, dict):
        raise FormatError("its header is no object")
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _entry(name: str, told: Any) -> tuple[str, tuple[int, int], np.dtype[Any], tuple[int, ...]]:
    wrong = FormatError(f"`{name}` is not described as an array")
    if not isinstance(told, dict) or told.keys() != {"dtype", "shape", "data_offsets"}:
        raise wrong
    shape, span = told["shape"], told["data_offsets"]
    if told["dtype"] not in TYPES or not _counts(shape) or not _counts(span) or len(span) != 2:
        raise wrong
    if span[0] > span[1]:
        raise wrong
    return name, (span[0], span[1]), np.dtype(TYPES[told["dtype"]]), tuple(shape)


def _counts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in value
    )
