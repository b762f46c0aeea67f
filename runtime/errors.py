"""Errors of the runtime that are no bugs: wrong settings or data (exit 1), a wrong command line (exit 2) and failed
runs (exit 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SetupError(Exception):
    """Parameters, problem, data or machine do not fit the spec; one paragraph with place, reason and remedy."""


class UsageError(SetupError):
    """A value on the command line, in `--config` or given to `cablese.run` is not what the option takes, or fits no
    part of the method."""


class ConditionBroken(SetupError):
    """A param does not meet its `where`, or the params a `require`."""


class FailedElsewhere(SetupError):
    """Another rank could not do its part before a run, or after it, and reports why; `code` is the exit code of all."""

    def __init__(self, rank: int, code: int) -> None:
        super().__init__(f"rank {rank} could not do its part, and says why.")
        self.code = code


class RunFailed(Exception):
    """A run that began could not go on: diverged to non-finite values, or a rank died.

    `result` is what it had measured by then, as `cablese.run` would have returned it.
    """

    result: Any = None


class FailedAlone(Exception):
    """A rank failed in a run while others go on and wait for it for ever; the cause says why. `job` is to be ended."""

    def __init__(self, job: Any) -> None:
        super().__init__()
        self.job = job


class OutputFailed(RunFailed):
    """A result cannot be written: the disk is full, say."""


class Interrupted(KeyboardInterrupt):
    """A signal ended a run before its last round; `result` is what it had measured, as `cablese.run` returns it."""

    def __init__(self, signal: int, result: Any = None) -> None:
        super().__init__()
        self.signal, self.result = signal, result

    def __reduce__(self) -> tuple[type[Interrupted], tuple[int]]:
        return Interrupted, (self.signal,)


def raise_first(failures: Sequence[BaseException]) -> None:
    """Raise the first of several failures, with the others as notes."""
    for later in failures[1:]:
        failures[0].add_note(str(later))
    if failures:
        raise failures[0]
