"""Hashes of data files, by which headers tell data that changed."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path


def hashes_of(names: Iterable[str]) -> dict[str, str]:
    """`sha256 …` of each name that is a file, by the file's name; sets that come with libraries have none."""
    found = {}
    for name in names:
        path = Path(name).expanduser()
        if path.is_file():
            with path.open("rb") as stream:
                found[path.name] = f"sha256 {file_digest(stream, 'sha256').hexdigest()[:16]}"
    return found
