"""Random cases under several ranks: one start of the launcher for many, a new one behind a case that ends or hangs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launching import launch_command, launch_environment
from trials import Result

HERE = Path(__file__).parent
PATIENCE = 30.0  # seconds without a result: a case takes a fraction of one


@dataclass(frozen=True)
class Setting:
    """A number of ranks, and who plays the server."""

    ranks: int
    server_rank: str = "shared"

    def __str__(self) -> str:
        """As `named` reads it."""
        return f"{self.ranks} ranks, {self.server_rank}"

    @staticmethod
    def named(text: str) -> Setting:
        """The setting of a text."""
        ranks, server_rank = text.split(" ranks, ")
        return Setting(int(ranks), server_rank)


def under_ranks(
    seeds: Sequence[int], setting: Setting, patience: float = PATIENCE
) -> Iterator[tuple[int, Result]]:
    """The result of each case, in order; of one that ended the job what it said, of one that hung that it did."""
    left = list(seeds)
    while left:
        with tempfile.TemporaryDirectory() as folder:
            for seed, result in _job(list(left), setting, Path(folder), patience):
                if seed in left:  # where several ranks crash, each says so
                    left.remove(seed)
                    yield seed, result


def _job(seeds: list[int], setting: Setting, folder: Path, patience: float) -> Iterator[tuple[int, Result]]:
    """One start: results as they come, and at last what became of the case at which it ended."""
    file, said = folder / "results.jsonl", folder / "stderr.txt"
    file.touch()
    done, waited = 0, time.monotonic()
    with said.open("w") as stderr:
        words = ("on_ranks.py", file, setting.server_rank, *seeds)
        job = subprocess.Popen(
            launch_command(setting.ranks, *words),
            env=launch_environment(setting.ranks) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            cwd=HERE,
            start_new_session=True,
        )
        crashed = hung = False
        try:
            while not (crashed or hung or job.poll() is not None):
                time.sleep(0.1)
                for line in _lines(file)[done:]:
                    done, waited = done + 1, time.monotonic()
                    crashed = "crashed" in _result(line)[1]
                    yield _result(line)
                hung = time.monotonic() - waited > patience
        finally:
            _end(job)
    for line in _lines(file)[done:]:
        done += 1
        crashed = "crashed" in _result(line)[1]
        yield _result(line)
    if done < len(seeds) and not crashed:
        words_of = said.read_text(errors="replace").strip()[-4000:]
        yield seeds[done], {"hung": words_of} if hung else {"ended": words_of, "code": job.returncode}


def _lines(file: Path) -> list[str]:
    return file.read_text().split("\n")[:-1]


def _result(line: str) -> tuple[int, Result]:
    found: dict[str, Any] = json.loads(line)
    return found.pop("seed"), found


def _end(job: subprocess.Popen[bytes]) -> None:
    """End the job and all that it started."""
    if job.poll() is None:
        os.killpg(job.pid, signal.SIGTERM)
        try:
            job.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(job.pid, signal.SIGKILL)
            job.wait()
