"""`make fuzz`: searches freely for what is wrong, for so many minutes, and writes down what it finds.

Each lane takes turns: random specs in one process, to the slow evaluator and on emulated ranks; random specs under MPI;
the tests of random inputs (codecs and damage, parser, formatter, checker, plans) with seeds of this run's own. A finding is
a file in tests/found, which the quick tier runs from then on; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from findings import FOUND, SETTINGS, Finding, keep, shorter
from random_cases import random_case
from ranked import under_ranks
from trials import difference, ended, runs

ROOT = Path(__file__).parents[2]
CHUNK = 20  # specs a turn
STUCK = 120.0  # seconds without a word from a turn
TIDY = 40.0  # seconds that a finding may take to be made short
PROPERTIES = ("tests/syntax", "tests/specs", "tests/check", "tests/codecs", "tests/chance", "tests/plan")


class Search:
    """What has been tried, and what was found."""

    def __init__(self, seconds: float, seed: int) -> None:
        self.until = time.monotonic() + seconds
        self.seed = seed
        self.tried: Counter[str] = Counter()
        self.files: list[Path] = []
        self.folders = PROPERTIES
        self.lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.until - time.monotonic()

    def next_seeds(self, count: int) -> range:
        """Numbers of cases that nobody has tried in this run."""
        with self.lock:
            first, self.seed = self.seed, self.seed + count
        return range(first, first + count)

    def note(self, what: str, count: int = 1) -> None:
        """Count trials."""
        with self.lock:
            self.tried[what] += count

    def found(self, finding: Finding, seed: int) -> None:
        """Make a finding short, and keep it."""
        try:
            finding = shorter(finding, min(TIDY, self.left))
        finally:
            self.keep(finding, seed)

    def keep(self, finding: Finding, seed: int) -> None:
        """Write a finding down as it is."""
        path = keep(finding, f"seed_{seed}", f"found by `make fuzz`, case {seed}")
        with self.lock:
            self.files.append(path)
        print(f"found {path.relative_to(ROOT)}: {finding.where}: {finding.what[:150]}", flush=True)

    # --- turns -----------------------------------------------------------------------------------------------

    def specs(self) -> None:
        """Cases in a process of their own, which may crash or hang."""
        seeds = self.next_seeds(CHUNK)
        words = [
            sys.executable,
            str(Path(__file__).with_name("try_cases.py")),
            str(seeds.start),
            str(seeds.stop),
        ]
        begun = seeds.start
        for line in _lines(words, self.until):
            seed, *said = line.split(" ", 1)
            begun = int(seed)
            if not said:
                continue
            result = json.loads(said[0])
            self.note(f"specs {result['said']}")
            if "where" in result:
                case = random_case(begun)
                self.found(Finding(case.text, case.options, result["where"], result["what"]), begun)
            begun += 1
        if begun < seeds.stop and self.left > 0:
            case = random_case(begun)
            self.keep(Finding(case.text, case.options, "one process", "the process ended or hung"), begun)

    def ranks(self) -> None:
        """Cases under MPI."""
        seeds = self.next_seeds(CHUNK)
        setting = SETTINGS[seeds.start // CHUNK % len(SETTINGS)]
        alone = {}
        for seed in seeds:
            if self.left < 0:
                return
            case = random_case(seed)
            if setting.server_rank == "shared" or case.options.graph is None:
                alone[seed] = ended(case.text, case.options)
        for seed, result in under_ranks([seed for seed in alone if runs(alone[seed])], setting):
            self.note(f"specs under MPI, {setting}")
            what = difference(alone[seed], result)
            if what:
                case = random_case(seed)
                self.keep(Finding(case.text, case.options, f"mpirun, {setting}", what), seed)
            if self.left < 0:
                return

    def properties(self) -> None:
        """The tests of random inputs of one folder after another, each time with a seed of its own."""
        seed = secrets.randbelow(2**32)
        with self.lock:
            folder, self.folders = self.folders[0], (*self.folders[1:], self.folders[0])
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "not test_found"]
        words += [
            "--hypothesis-profile",
            "free",
            "--hypothesis-seed",
            str(seed),
            "--only-random",
            folder,
        ]
        said = list(_lines(words, self.until))
        if self.left <= 0:
            return
        passed = re.search(r"(\d+) passed", "\n".join(said[-3:]))
        self.note("tests of random inputs", int(passed[1]) if passed else 0)
        for line in said:
            if line.startswith("FAILED "):
                test = line.split(" ")[1]
                path = FOUND / f"seed_{seed}_{re.sub(r'[^a-z_]+', '', test.rsplit('::', 1)[-1])}.seed"
                path.write_text(f"{test} {seed}\n" + "".join(f"# {row}\n" for row in said[-200:]))
                with self.lock:
                    self.files.append(path)
                print(f"found {path.relative_to(ROOT)}", flush=True)


def _lines(words: list[str], until: float) -> list[str]:
    """What a program printed before it ended, or was ended because time is over or it said nothing for too long."""
    with tempfile.TemporaryFile("w+") as out:
        job = subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=_environment())
        size, waited = 0, time.monotonic()
        while job.poll() is None:
            time.sleep(0.2)
            grown = os.fstat(out.fileno()).st_size
            if grown > size:
                size, waited = grown, time.monotonic()
            if time.monotonic() > until or time.monotonic() - waited > STUCK:
                job.kill()
        job.wait()
        out.seek(0)
        return out.read().splitlines()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}


def main() -> int:
    """Search, report, and say by the exit code whether something was found."""
    parser = argparse.ArgumentParser(description="searches freely for what is wrong")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="the first case; by chance unless given")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    seed = secrets.randbelow(10**9) if given.seed is None else given.seed
    search = Search(given.minutes * 60, seed)
    print(f"from case {seed} on, {given.minutes:g} minutes, {given.lanes} lanes", flush=True)
    turns = [search.specs, search.specs, search.ranks, search.properties]
    lanes = [
        threading.Thread(target=_lane, args=(search, turns[at % 3 :] + turns[: at % 3]))
        for at in range(given.lanes)
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    for what, count in sorted(search.tried.items()):
        print(f"{count:7} {what}")
    print(f"{len(search.files):7} found{': see tests/found' if search.files else ''}")
    return 1 if search.files else 0


def _lane(search: Search, turns: list[Callable[[], None]]) -> None:
    for turn in cycle(turns):
        if search.left <= 0:
            return
        turn()


if __name__ == "__main__":
    sys.exit(main())
