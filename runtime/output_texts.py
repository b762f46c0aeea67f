"""Texts that commands write: each is put in its place at once, and replaces another text on demand only."""

from __future__ import annotations

from pathlib import Path

from . import output_errors as errors
from .files.whole import is_stream, write_whole


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Write a text whole. Raises UsageError where it would replace another, OutputFailed where it cannot be written."""
    check_replaces_text(path, text, force=force)
    try:
        write_whole(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise errors.failed(path, error) from None


def check_replaces_text(path: Path, text: str, *, force: bool) -> None:
    """Raise UsageError unless a text replaces nothing, itself, or with `force` another."""
    if not path.parent.is_dir():
        raise errors.no_folder(path)
    if force or not path.exists() or is_stream(path):
        return
    try:
        standing = path.read_bytes()
    except OSError as error:
        raise errors.not_writable(str(path), error) from None
    if standing and standing != text.encode("utf-8", "replace"):
        raise errors.other_text(path, "--force")
