"""Times of `cablese diff A B`, whole processes, for random pairs of shipped specs: medians and the slowest pairs.

python bench/diff_pairs.py --seed 1 --count 40
python bench/diff_pairs.py soteria_fl/artemis_pp1 marina/diana

`--seed 33 --count 200 --repeats 1` on two cores, load 5 (AMD EPYC): 0.30 s by the clock in the median, 0.54 at most;
0.35 and 0.61 of the processor.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import time
from collections.abc import Iterator

from cablese.runtime.library import shipped_specs
from startup import ENVIRONMENT, command

LIMIT = 1.0
"""Seconds that a pair may take on a free core."""

REFUSED = 2
"""The exit status for specs of different kinds, which have nothing to compare."""


def seconds(one: str, other: str, repeats: int) -> tuple[float, float] | None:
    """The least seconds by the clock and of the processor that a comparison took; None where the specs are of different
    kinds."""
    found = [_once([*command(), "diff", one, other]) for _ in range(repeats)]
    if any(code == REFUSED for code, *_ in found):
        return None
    return min(clock for _, clock, _ in found), min(processor for *_, processor in found)


def _once(line: list[str]) -> tuple[int, float, float]:
    """Exit status, seconds by the clock and seconds of the processor of a process."""
    started = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def random_pairs(seed: int) -> Iterator[tuple[str, str]]:
    """Pairs of different shipped specs without end."""
    names = sorted(spec.name for spec in shipped_specs())
    rng = random.Random(seed)
    while True:
        one, other = rng.sample(names, 2)
        yield one, other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", nargs="*", metavar="A/B")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=2)
    asked = parser.parse_args()
    named = [tuple(pair.split("/")) for pair in asked.pairs]
    count = len(named) or asked.count
    found: list[tuple[float, float, str]] = []
    for one, other in named or random_pairs(asked.seed):
        if len(found) == count:
            break
        times = seconds(one, other, asked.repeats)
        if times is not None:
            found.append((*times, f"{one}/{other}"))
    found.sort(reverse=True)
    within = sum(clock < LIMIT for clock, *_ in found)
    print(f"{len(found)} pairs, the better of {asked.repeats}: {within} under {LIMIT:g} s by the clock")
    for which, name in enumerate(("clock", "processor")):
        values = [times[which] for times in found]
        print(f"{name:<10} median {statistics.median(values):.2f} s  most {max(values):.2f} s")
    for clock, processor, pair in found[:12]:
        print(f"  {clock:.2f}  {processor:.2f}  {pair}")


if __name__ == "__main__":
    main()
