"""Versions of installed packages, by the names of their folders: importlib.metadata reads whole files, and takes longer than
the rest of a header."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

_FOLDER = re.compile(r"(?P<name>[^-]+)-(?P<version>.+)\.dist-info")


def installed_versions(names: Iterable[str]) -> dict[str, str]:
    """The version of each package that is installed, as `importlib.metadata.version` finds it."""
    folders: dict[str, str] = {}
    for name, version in _folders():
        folders.setdefault(name, version)  # the first on the path is the one that is imported
    found = {name: folders.get(_normal(name)) or _declared(name) for name in names}
    return {name: version for name, version in found.items() if version}


def _folders() -> Iterator[tuple[str, str]]:
    """Name and version of each `NAME-VERSION.dist-info` on the path, in its order."""
    for room in sys.path:
        with suppress(OSError):
            for folder in filter(None, map(_FOLDER.fullmatch, os.listdir(room or "."))):
                yield _normal(folder["name"]), folder["version"]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _declared(name: str) -> str:
    """The version that a package declares otherwise; empty where it is not there, as mpi4py in a browser."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""
