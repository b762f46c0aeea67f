"""Steps of a set-up that may take long, such as reading data: told to whoever watches, from where they are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol


class SetupWatcher(Protocol):
    """An observer of steps; one may be made of others, which begin and end within it."""

    def begin(self, what: str) -> None:
        """Take note that a step begins: `reading a9a.bz2`."""

    def end(self) -> None:
        """Take note that the innermost step has ended, or failed."""


_WATCHER: ContextVar[SetupWatcher | None] = ContextVar("watcher of set-ups", default=None)


class _Step:
    """The block of a step that is watched."""

    def __init__(self, watcher: SetupWatcher, what: str) -> None:
        self._watcher, self._what = watcher, what

    def __enter__(self) -> None:
        self._watcher.begin(self._what)

    def __exit__(self, *failure: object) -> None:
        self._watcher.end()


_UNWATCHED = nullcontext()


def step(what: str) -> AbstractContextManager[None]:
    """The block of a step, told to the watcher if there is one."""
    watcher = _WATCHER.get()
    return _UNWATCHED if watcher is None else _Step(watcher, what)


@contextmanager
def watched(watcher: SetupWatcher | None) -> Iterator[None]:
    """A block whose steps a watcher is told; None: nobody."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)
