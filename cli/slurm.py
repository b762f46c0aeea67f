"""`--slurm` and `--part I/N`: the runs of a command as the tasks of a job array, each of which does its share."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cablese.runtime.output_texts import write_text

from .guard import say, words

if TYPE_CHECKING:
    from .launch import Request

T = TypeVar("T")

SCRIPT = "array.sbatch"
"""The script's name in the folder of --out."""

MOST = 1000
"""The tasks of an array that every installation takes."""

_SCRIPT = """#!/bin/bash
#SBATCH --job-name=cablese
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={cores}
#SBATCH --output={logs}
#SBATCH --signal=TERM@60
# {runs} runs in {tasks} tasks. Time, memory and partition: sbatch --time=1:00:00 --mem=4G --partition=NAME {script}
# A minute before the time is up a task writes a last point and a checkpoint; submitted again, it goes on from there.

cd {here}
srun --ntasks=1 {command} --part "$SLURM_ARRAY_TASK_ID/{tasks}"
"""


def share(items: Sequence[T], part: tuple[int, int]) -> list[T]:
    """The part I of N of a sequence: every N-th item from the I-th on, so that parts are alike."""
    place, parts = part
    return list(items[place - 1 :: parts])


def write_array(runs: int, request: Request) -> None:
    """Write the script of a job array in which the command's runs are done."""
    assert request.files.out is not None, "an array has a folder"
    tasks = min(MOST, -(-runs // request.jobs))
    request.files.out.mkdir(parents=True, exist_ok=True)
    path = request.files.out / SCRIPT
    command = [sys.executable, "-m", "cablese", *(word for word in words() if word != "--slurm")]
    text = _SCRIPT.format(
        runs=runs,
        tasks=tasks,
        cores=request.jobs,
        logs=_quoted(request.files.out.resolve() / "%A_%a.log"),
        script=shlex.quote(str(path)),
        here=shlex.quote(str(Path.cwd())),
        command=shlex.join(command),
    )
    write_text(path, text, force=request.files.force)
    say(
        f"wrote {path}: sbatch it, for {runs} runs in {tasks} tasks. When they have ended, this line without --slurm "
        "shows the table and draws the plot."
    )


def _quoted(path: Path) -> str:
    """A path as sbatch reads it in a script."""
    return f'"{path}"' if " " in str(path) else str(path)
