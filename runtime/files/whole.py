"""Files written whole: beside their place first, then moved there, so that a crash leaves the old file or the new one."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place at once, with the permissions of the one that it replaces; a link stays a link.

    A pipe or a device is written to. Raises OSError that names the path.
    """
    try:
        if is_stream(path):
            with os.fdopen(open_stream(path), "wb", buffering=0) as stream:
                write_all(stream.fileno(), content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def write_synced(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Put a file in its place at once, from its parts in order, and on disk: after a crash there is the old or the new one.

    Raises OSError.
    """
    target = Path(os.path.realpath(path))
    scratch = scratch_of(target)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        try:
            for part in parts:
                write_all(descriptor, part)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(scratch, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write all of the content, without a buffer that could fail later."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def scratch_of(target: Path) -> Path:
    """A new name beside a file, hidden from listings."""
    return target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")


def is_stream(path: Path) -> bool:
    """True where a path leads to neither a file nor a folder: a pipe, a terminal, /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


def is_same_file(one: Path, other: Path) -> bool:
    """True where two paths lead to one file that exists."""
    return one.exists() and other.exists() and os.path.samefile(one, other)


def open_stream(path: Path) -> int:
    """A pipe or a character device, open for writing. Raises OSError, at once for a pipe without a reader."""
    if path.is_block_device():
        raise OSError(errno.EINVAL, "it is a disk, not a file", str(path))
    descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    os.set_blocking(descriptor, True)
    return descriptor


def _replace(target: Path, content: bytes) -> None:
    scratch = scratch_of(target)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
        with suppress(FileNotFoundError):
            os.chmod(scratch, target.stat().st_mode & 0o7777)
        os.replace(scratch, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise
