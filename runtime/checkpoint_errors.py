"""The words of every mistake with checkpoints: one function per kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import OutputFailed, SetupError, UsageError
from .files.run_folder import CONFIG, SPEC

_LISTED = 4
"""Runs of a folder that a sentence names."""


def not_written(path: Path, error: OSError) -> OutputFailed:
    """The system refuses a checkpoint; the one before stays."""
    return OutputFailed(
        f"the checkpoint {path} cannot be written: {error.strerror or error}. The one before it is whole."
    )


def no_checkpoint(path: Path) -> SetupError:
    """There is nothing to go on from."""
    return SetupError(
        f"{path.parent}: there is no {path.name} in it, so there is nothing to go on from. A run writes one with "
        "--out DIR --checkpoint-every K, and where it is stopped by a signal."
    )


def unreadable(path: Path, error: OSError) -> SetupError:
    """The system refuses to read it."""
    return SetupError(f"the checkpoint {path} cannot be read: {error.strerror or error}.")


def damaged(path: Path, reason: str) -> SetupError:
    """The file is not what was written."""
    return SetupError(f"the checkpoint {path} is damaged: {reason}. Begin the run anew.")


def other_format(path: Path, version: object) -> SetupError:
    """A checkpoint of another version of the format."""
    return SetupError(f"the checkpoint {path} has the format {version}, which this version does not read.")


def changed(folder: Path, changes: Sequence[str]) -> SetupError:
    """A run that goes on must be the one that was begun."""
    listed = "".join(f"\n  {change}" for change in changes)
    more = next((change for change in changes if change.startswith("rounds: ")), None)
    rounds = "" if more is None else _on_rounds(folder, more.rpartition(" ")[2])
    return SetupError(
        f"{folder}: the run that was begun there is another, so it cannot go on:{listed}\n"
        f"Take these back, or begin a new run in another folder.{rounds}"
    )


def _on_rounds(folder: Path, rounds: str) -> str:
    """The way to another number of rounds, on which steps and the rounds of points may depend."""
    line = f"cablese run {folder / SPEC} --config {folder / CONFIG} -k {rounds} --out OTHER"
    return (
        f"\nRounds are part of a run. `{line}` runs it with others, from its start; what may go on later is begun "
        "with all its rounds, and ended early by --max-seconds."
    )


def short_trace(path: Path, points: int, held: int) -> SetupError:
    """The trace does not hold what the checkpoint says was measured."""
    return SetupError(
        f"{path} holds {held} points of the run, and its checkpoint tells of {points}: the trace was changed since. "
        "Begin the run anew."
    )


def no_spec(folder: Path, runs: Sequence[Path]) -> UsageError:
    """A folder without a run, or with runs below it."""
    wanted = f"name one of {_listed(runs)}" if runs else "name the --out of one"
    return UsageError(f"{folder}: there is no run in it to go on with (spec.alg, run.toml): {wanted}.")


def not_begun(folder: Path, runs: Sequence[Path]) -> UsageError:
    """A folder in which other runs stand, but none of those that are to go on."""
    return UsageError(
        f"{folder}: nothing of this command was begun in it, so there is nothing to go on with. It holds {_listed(runs)}: "
        "go on in the folder of a run, or with the line that made them all; begin new runs in another folder."
    )


def _listed(runs: Sequence[Path]) -> str:
    """The folders of runs, the first ones of many."""
    left = len(runs) - _LISTED
    return ", ".join(map(str, runs[:_LISTED])) + (f" and {left} more" if left > 0 else "")


def needs_out(option: str, out: str) -> UsageError:
    """Files have no place; both options as they are written."""
    return UsageError(f"{option} writes into the folder of the runs: give {out} too.")


def of_all_runs(part: str, name: str) -> UsageError:
    """An output of all runs, asked of a command that does some of them, or has tasks do some each."""
    does = "has each task do" if part == "slurm" else "does"
    return UsageError(
        f"--{part} {does} some of the runs, and --{name} is of all: leave --{name} out, and give it to the line without "
        f"--{part}."
    )


def other_out(out: str, resume: str) -> UsageError:
    """A run goes on in its folder; both options as they are written."""
    return UsageError(f"{resume} goes on in that folder, and {out} is another: leave it out.")


def other_trace(folder: Path) -> UsageError:
    """A trace beside that of the folder."""
    return UsageError(f"--resume {folder} goes on with the trace in that folder: leave --trace out.")


def no_folder(folder: Path) -> UsageError:
    """Nothing to go on in."""
    return UsageError(
        f"{folder}: there is no such folder to go on in; it is the --out of a run that was begun."
    )


def unfinished(folder: Path, resume: str, force: str) -> UsageError:
    """A new run would take the place of one that can go on; both remedies as they are written."""
    return UsageError(
        f"--out {folder} holds a run that was stopped, with a checkpoint: go on with {resume}, or begin anew with {force}."
    )


def objective_in_folder() -> UsageError:
    """A problem that a program holds, of which no file could tell whether it is the same another time."""
    return UsageError(
        "an Objective of this program has no text by which a run in a folder could be known again: write it into a file, "
        "problem = 'python(file = \"mine.py\")', or leave out= out."
    )


def no_spec_given() -> UsageError:
    """Neither a spec nor a folder that has one."""
    return UsageError("give a spec, or resume='DIR' for the one in that folder.")
