"""Seconds until the mistakes and warnings of a long spec are known, as an editor asks for them after every key.

python bench/diagnostics.py --lines 200
"""

from __future__ import annotations

import argparse
import statistics
import time

from cablese.dsl.pipeline import diagnose_spec
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins

LIMIT = 0.1
"""Seconds of the processor."""

HEAD = """\
algorithm Long
problem minimize
compressor Q: unbiased = rand_k(k = 1)
param gamma = 1 / L where gamma > 0
init:
    all: x = x0
    node: h = 0 * grad(x)
    server: H = 0 * x0
round:
"""
STEP = """\
    node -> server: q{i} = Q(grad(x) - h)
    node: h = h + 0.5 * q{i}
    server: g{i} = H + mean(q{i})
    server: H = H + 0.5 * mean(q{i})
    server -> all: u{i} = g{i}
    all: x = x - gamma * u{i}
"""


def long_spec(lines: int) -> str:
    """A correct spec of about so many lines: steps of DIANA, one after another."""
    steps = (lines - HEAD.count("\n")) // STEP.count("\n")
    return HEAD + "".join(STEP.format(i=i) for i in range(steps)) + "output x\n"


def seconds(text: str) -> float:
    """Processor seconds for the diagnostics of a text that was not read before."""
    started = time.process_time()
    found = diagnose_spec(Source("long.alg", text), plugins())
    taken = time.process_time() - started
    if found:
        raise SystemExit(f"the spec is not correct: {found[0].message}")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    asked = parser.parse_args()
    text = long_spec(asked.lines)
    times = [seconds(f"{text}# key {key}\n") for key in range(asked.repeats)]
    print(
        f"{text.count(chr(10))} lines: median {statistics.median(times):.3f} s  best {min(times):.3f} s  limit {LIMIT} s"
    )


if __name__ == "__main__":
    main()
