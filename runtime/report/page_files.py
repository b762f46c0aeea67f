"""Files of the report's page: their names, what they may replace, and writing them whole."""

from __future__ import annotations

from pathlib import Path

from .. import output_errors as errors
from ..files.whole import write_whole
from .replaced_files import replaced_beginning

SUFFIXES = (".html", ".htm")
GENERATOR = '<meta name="generator" content="cablese">'
"""The line by which a page of this kind is known."""


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
    beginning = replaced_beginning(path, f"the report {path}")
    if beginning and GENERATOR.encode() not in beginning:
        raise errors.other_page(path)
