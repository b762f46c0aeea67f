"""Standard streams of the process: /dev/null stands in for one that is closed, so that no file gets its number."""

from __future__ import annotations

import os
import sys

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed_streams() -> None:
    """Make `cablese … >&-` do what `cablese … >/dev/null` does."""
    for number, (name, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(_null(number), mode, encoding="utf-8"))


def _null(number: int) -> int:
    """The null device, under the stream's own number unless a file has that by now."""
    opened = os.open(os.devnull, os.O_RDWR)
    try:
        os.fstat(number)
    except OSError:
        os.dup2(opened, number)
        os.close(opened)
        return number
    return opened
