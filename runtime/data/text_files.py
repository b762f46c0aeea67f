"""Text of data files: unpacked, decoded, and known by its first bytes where it is something else."""

from __future__ import annotations

import codecs
from pathlib import Path

from ..files.reading import read_packed
from . import errors

_FORMATS = (
    (b"\x93NUMPY", "a single NumPy array: save samples and labels together, numpy.savez(file, X=…, y=…)"),
    (b"PK\x03\x04", "a zip archive: name it .npz if it has arrays X and y"),
    (b"\x1f\x8b", "packed by gzip: name it .gz"),
    (b"BZh", "packed by bzip2: name it .bz2"),
    (b"\xfd7zXZ", "packed by xz: name it .xz"),
    (b"\x89HDF", "an HDF5 file: save its arrays with numpy.savez(file, X=…, y=…)"),
    (b"PAR1", "a Parquet file: save its columns with numpy.savez(file, X=…, y=…)"),
    (codecs.BOM_UTF16_LE, "text in UTF-16: save it as UTF-8"),
    (codecs.BOM_UTF16_BE, "text in UTF-16: save it as UTF-8"),
)


def packed_bytes(path: Path, name: str) -> bytes:
    """The unpacked bytes of a file; `name` is for messages."""
    try:
        return read_packed(path)
    except OSError as reason:
        raise errors.unreadable_data(name, reason.strerror or reason) from None


def text_bytes(path: Path, name: str) -> bytes:
    """The unpacked bytes of a text file, without a byte order mark; SetupError for what is known to be no text."""
    content = packed_bytes(path, name)
    for sign, what in _FORMATS:
        if content.startswith(sign):
            raise errors.other_format(name, what)
    return content.removeprefix(codecs.BOM_UTF8)


def text_of(path: Path, name: str) -> str:
    """A text file in UTF-8."""
    content = text_bytes(path, name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as reason:
        line = content.count(b"\n", 0, reason.start) + 1
        raise errors.not_utf8(name, line) from None
