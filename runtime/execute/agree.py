"""Work that rank 0 does alone, such as on files, and whose failure ends every rank with the same exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import OutputFailed, RunFailed, SetupError
from .usage import UsageError

_FAILURES = (UsageError, SetupError, OutputFailed, RunFailed)


def at_first_rank(communicator: Any, action: Callable[[], object]) -> None:
    """Do it at rank 0 of a communicator, or here where that is None; what it raises there, every rank raises.

    Rank 0 alone has the words.
    """
    if communicator is None:
        action()
        return
    verdict = bytearray(1)
    failure = _tried(action) if communicator.Get_rank() == 0 else None
    if failure is not None:
        verdict[0] = 1 + next(i for i, kind in enumerate(_FAILURES) if isinstance(failure, kind))
    communicator.Bcast(verdict, root=0)
    if failure is not None:
        raise failure
    if verdict[0]:
        raise _FAILURES[verdict[0] - 1]("rank 0 says why")


def _tried(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except _FAILURES as failure:
        return failure
    return None
