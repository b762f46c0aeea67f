"""Files of users as bytes: no pipe or device that could hang, no file beyond its limit."""

from __future__ import annotations

import errno
import os
import stat
import sys
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from io import BufferedIOBase
from pathlib import Path
from types import ModuleType

TEXT_LIMIT = 2**24  # bytes of a spec or a configuration
DATA_LIMIT = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
"""Bytes of data, a graph or a trace, unpacked: the size of the machine's memory."""
PACKED_LIMIT, RATIO = 2**26, 100
"""Bytes to which any packed file may unpack, and the multiple of its size to which a larger one may."""

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_PACKINGS: Mapping[str, tuple[str, str]] = {
    ".gz": ("gzip", "GzipFile"),
    ".bz2": ("bz2", "BZ2File"),
    ".xz": ("lzma", "LZMAFile"),
}
"""Modules that unpack, and their files; a Python may be built without them."""
_CHUNK = 2**20


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file, at most `limit`. Raises OSError, also where it is no file.

    Pipes that the shell itself connects (`cablese check <(…)`, /dev/stdin) are read to their end.
    """
    check_is_file(path)
    with path.open("rb") as stream:
        return _up_to(stream, limit)


def read_packed(path: Path) -> bytes:
    """The bytes of a data file, unpacked by its suffix (.gz, .bz2, .xz). Raises OSError, also where it is broken."""
    packing = path.suffix.lower()
    if packing not in _PACKINGS:
        return read_file(path, DATA_LIMIT)
    check_is_file(path)
    module, opener = _unpacker(packing, path)
    try:
        with opener(path) as stream:
            return _up_to(stream, unpacked_limit(path), "unpack it, and name the file that comes of it")
    except EOFError:
        raise OSError(errno.EINVAL, "it is cut off; fetch or copy it again", str(path)) from None
    except (OSError, ValueError, zlib.error, getattr(module, "LZMAError", OSError)) as reason:
        if isinstance(reason, OSError) and reason.errno is not None:  # the system's, not an unpacker's
            raise
        raise OSError(errno.EINVAL, _unpackable(packing, reason), str(path)) from None


def _unpacker(packing: str, path: Path) -> tuple[ModuleType, Callable[[Path], BufferedIOBase]]:
    """The module that unpacks, and what opens a file. Raises OSError where this Python has none."""
    name, opener = _PACKINGS[packing]
    try:
        module = import_module(name)
    except ImportError:
        said = f"this Python has no {name}, which unpacks {packing}; unpack it, and name the file that comes of it"
        raise OSError(errno.EINVAL, said, str(path)) from None
    return module, getattr(module, opener)


def _unpackable(packing: str, reason: Exception) -> str:
    return f"it does not unpack as {packing} ({reason}); fetch it again, or rename it without {packing} if it is not packed"


def unpacked_limit(path: Path) -> int:
    """Bytes to which a packed file may unpack."""
    return min(DATA_LIMIT, max(PACKED_LIMIT, RATIO * path.stat().st_size))


def too_large(limit: int, remedy: str = "") -> OSError:
    """The error of a file beyond its limit; `remedy` names another way to read its content, if there is one."""
    said = f"it holds more than {limit / 2**20:.0f} MiB, the limit for such a file"
    return OSError(errno.EFBIG, f"{said}: {remedy}" if remedy else said)


def check_is_file(path: Path) -> None:
    """Raise OSError for a pipe, a device, a socket, and where standard output goes to the same file."""
    facts = path.stat()
    for is_kind, name in _KINDS:
        if is_kind(facts.st_mode) and not _connected(path):
            raise OSError(errno.EINVAL, f"it is {name}, not a file", str(path))
    if stat.S_ISREG(facts.st_mode) and _is_output(facts):
        raise OSError(errno.EINVAL, "standard output goes to the same file", str(path))


def _connected(path: Path) -> bool:
    """True where a path names a pipe that this process was started with."""
    return str(path) == "/dev/stdin" or str(path).startswith(("/dev/fd/", "/proc/self/fd/"))


def _is_output(facts: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(output_descriptor()), facts)
    except (AttributeError, OSError, ValueError):  # no file at all, as in a notebook
        return False


def output_descriptor() -> int:
    """Descriptor of the file that standard output goes to. Raises OSError or ValueError where there is none."""
    return sys.stdout.fileno()


def _up_to(stream: BufferedIOBase, limit: int, remedy: str = "") -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(limit, remedy)
    return b"".join(chunks)
