"""What ranks do before and after a run: it fails at none of them, or every rank learns of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..transports.job import meet
from .exits import exit_of


def at_first_rank(communicator: Any, action: Callable[[], object]) -> None:
    """Do it at rank 0 of a communicator, or here where that is None; where it fails there, every rank fails.

    Rank 0 alone has the words; what it raises the others hear of when it leaves.
    """
    if communicator is None or communicator.Get_rank() == 0:
        action()
    if communicator is not None:
        meet(communicator)


@contextmanager
def in_step(communicator: Any) -> Iterator[None]:
    """What each rank does by itself, and all of them or none with success."""
    try:
        yield
    except BaseException as failure:
        if communicator is not None:
            meet(communicator, exit_of(failure))
        raise
    if communicator is not None:
        meet(communicator)
