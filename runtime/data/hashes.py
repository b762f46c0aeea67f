"""Hashes of data files, by which headers tell data that changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

_KEPT = 64  # digests: the runs of a comparison read the same files


def hashes_of(names: Iterable[str]) -> dict[str, str]:
    """Hashes, `sha256 …`, of names that are files, by the file's name; sets that come with libraries have none.

    Where unlike files have one name the later ones are numbered.
    """
    found: dict[str, str] = {}
    for name in names:
        path = Path(name).expanduser()
        if path.is_file():
            facts = path.stat()
            digest = _digest(os.path.realpath(path), facts.st_ino, facts.st_size, facts.st_mtime_ns)
            found.setdefault(_key(path.name, digest, found), digest)
    return found


def _key(name: str, digest: str, found: Mapping[str, str]) -> str:
    number = 1
    while found.get(key := name if number == 1 else f"{name} ({number})", digest) != digest:
        number += 1
    return key


@lru_cache(_KEPT)
def _digest(path: str, *stamp: int) -> str:
    """The hash of a file; another stamp is that of another content."""
    with open(path, "rb") as stream:
        return f"sha256 {file_digest(stream, 'sha256').hexdigest()[:16]}"
