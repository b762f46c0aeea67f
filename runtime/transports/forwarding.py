"""A launcher's passing on of what a process printed last: it drops what it has not read when it hears that the job ends."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import termios
import time
from contextlib import suppress

_READ_WITHIN = 2.0  # seconds that a launcher has to read a pipe
_PASSED_WITHIN = 0.2  # seconds that it has then to send what it read
_BETWEEN_LOOKS = 0.005


def wait_for_forwarding() -> None:
    """Return when the launcher of this process has read what was printed and flushed, or after some patience."""
    last = time.monotonic() + _READ_WITHIN
    while (_waiting(1) or _waiting(2)) and time.monotonic() < last:
        time.sleep(_BETWEEN_LOOKS)
    time.sleep(_PASSED_WITHIN)


def _waiting(descriptor: int) -> int:
    """Bytes that wait in a pipe; 0 for other files, closed ones among them."""
    with suppress(OSError):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)
    return 0
