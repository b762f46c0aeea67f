"""Locks on files and folders that end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_TRIES, _PAUSE = 5, 0.01  # of locks that someone asks about just then; seconds between


def lock(descriptor: int) -> bool:
    """Take the lock of an open file or folder; False where another process holds it.

    On a file system or a system without locks it is True.
    """
    try:
        import fcntl
    except ImportError:  # in a browser, where nobody else has these files
        return True
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        except OSError:
            return True
        else:
            return True
    return False


def is_locked(path: Path) -> bool:
    """True where someone holds the lock of a file or folder; who asks at the same time is not told apart from nobody."""
    try:
        import fcntl

        descriptor = os.open(path, os.O_RDONLY)
    except (ImportError, OSError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


class LockedFolder:
    """A folder, made if it is missing, locked until `release`, which removes folders that were made and are still empty."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and open it. Raises OSError."""
        missing = [part for part in (folder, *folder.parents) if not part.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        self._made = missing
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self.locked = lock(self._descriptor)

    def release(self) -> None:
        """Unlock the folder."""
        os.close(self._descriptor)
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()
