"""Files that a figure or a report replaces: whether their place can be written, and the bytes by which they are known."""

from __future__ import annotations

import os
from errno import EACCES
from pathlib import Path

from .. import output_errors as errors
from ..files.whole import is_stream

_LOOKED_AT = 4096


def replaced_beginning(path: Path, what: str) -> bytes:
    """First bytes of the file that stands at `path`; none where there is no file, or a pipe. `what` is for messages.

    Raises UsageError for a folder, one in a folder that does not exist, and what may not be written or read.
    """
    if not path.parent.is_dir():
        raise errors.no_folder(path)
    if path.is_dir():
        raise errors.is_folder(path)
    if not (path.exists() or os.access(path.parent, os.W_OK | os.X_OK)):
        raise errors.not_writable(what, PermissionError(EACCES, os.strerror(EACCES)))
    if not path.exists() or is_stream(path):
        return b""
    try:
        with path.open("rb") as stream:
            return stream.read(_LOOKED_AT)
    except OSError as error:
        raise errors.not_writable(what, error) from None
