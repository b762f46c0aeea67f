"""Steps before and after a run that all ranks take together: if one rank fails, every rank learns of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..transports.meeting import meet
from .exits import exit_of


@contextmanager
def in_step(communicator: Any) -> Iterator[None]:
    """A block that each rank runs by itself: it succeeds at all ranks or fails at all."""
    try:
        yield
    except BaseException as failure:
        if communicator is not None:
            meet(communicator, exit_of(failure))
        raise
    if communicator is not None:
        meet(communicator)


def at_first_rank(communicator: Any, action: Callable[[], object]) -> None:
    """Run an action at rank 0 of a communicator, or here if that is None; if it fails there, every rank fails."""
    with in_step(communicator):
        if communicator is None or communicator.Get_rank() == 0:
            action()
