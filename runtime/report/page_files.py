"""Files of the report's page: their names, what they may replace, and writing them whole."""

from __future__ import annotations

import os
from errno import EACCES
from pathlib import Path

from .. import output_errors as errors
from ..files.whole import is_stream, write_whole

SUFFIXES = (".html", ".htm")
GENERATOR = '<meta name="generator" content="cablese">'
"""The line by which a page of this kind is known."""
_LOOKED_AT = 4096  # bytes of a file by which it is known


def write_page(path: Path, text: str) -> None:
    """Write a page. Raises UsageError where the file is another, OutputFailed where it cannot be written."""
    check_replaces_page(path)
    try:
        write_whole(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise errors.failed(path, error) from None


def check_is_page(path: Path) -> None:
    """Raise UsageError for a name that is not one of a page."""
    if path.suffix.lower() not in SUFFIXES:
        raise errors.no_page(path, SUFFIXES)


def check_replaces_page(path: Path) -> None:
    """Raise UsageError unless a page replaces a page, or nothing, in a folder that exists."""
    check_is_page(path)
    if not path.parent.is_dir():
        raise errors.no_folder(path)
    if path.is_dir():
        raise errors.is_folder(path)
    if not (path.exists() or os.access(path.parent, os.W_OK | os.X_OK)):
        raise errors.not_writable(f"the report {path}", PermissionError(EACCES, os.strerror(EACCES)))
    if not path.exists() or is_stream(path):
        return
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_LOOKED_AT)
    except OSError as error:
        raise errors.not_writable(f"the report {path}", error) from None
    if beginning and GENERATOR.encode() not in beginning:
        raise errors.other_page(path)
