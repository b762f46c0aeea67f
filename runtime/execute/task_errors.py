"""The failures of runs in processes of their own, and refusals of them."""

from __future__ import annotations

import signal

from ..errors import RunFailed, UsageError
from .interface import Point


class Killed(RunFailed):
    """The process of a run ended before its run did."""

    def __init__(self, name: str, code: int, last: Point | None) -> None:
        reached = "before its first point" if last is None else f"after round {last.round}"
        super().__init__(f"{name}: {_words(code)} {reached}; what it measured is kept.")


class OfAnotherProcess(Exception):
    """The traceback of an error where it was raised, as the cause of its copy here."""

    def __str__(self) -> str:
        return f"in the process of a run:\n{self.args[0]}"


def _words(code: int) -> str:
    """The end of a process by its exit code."""
    if code >= 0:
        return f"its process left with exit code {code}"
    name = signal.Signals(-code).name
    hint = ", as the system does where memory runs out," if -code == signal.SIGKILL else ""
    return f"its process was ended by {name}{hint}"


def not_under_mpi() -> UsageError:
    """Processes of their own for ranks that run together."""
    return UsageError(
        "--jobs runs several runs of one machine at once, each in one process: leave it out under mpirun, which shares "
        "every run among its ranks."
    )


def not_on(device: str) -> UsageError:
    """Processes that would share a device."""
    return UsageError(f"--jobs is of runs on CPUs: --device {device} cannot be shared by forked processes.")


def no_count(jobs: object) -> UsageError:
    """A number of runs at once that is none."""
    return UsageError(f"--jobs takes a whole number from 1, or auto, not {jobs!r}.")
