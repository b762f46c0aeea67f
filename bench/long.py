"""Vectors of 10 to 10^8 entries in float32: seconds a round, and the peak of a run beside the states that its spec declares.

python bench/long.py                                         # d = 10 to 10^7, every case, a process each
python bench/long.py --entries 100000000 --case diana-rand_k # needs some 20 GB

As `bench/memory.py` has it, the problem (on a quadratic two vectors a node) is made before the run; `problem` is what it
leaves, `peak` the most beyond it from `init` to the last point, both in vectors of d floats of 32 bits.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.session import Prepared, prepare
from cablese.runtime.library import find_spec
from measured import processor, versions
from memory import FIXED_HEAP, declared, resident

CASES = {
    "gd": ("gd", ()),
    "diana-rand_k": ("diana", ("Q=rand_k(k = ceil(d / 100))",)),
    "diana-quantize": ("diana", ("Q=quantize(s = 7)",)),
    "diana-natural": ("diana", ("Q=natural()",)),
    "ef21-top_k": ("ef21", ("C=top_k(k = ceil(d / 100))",)),
    "ef21-sign": ("ef21", ("C=scaled_sign()",)),
}
WARM = 1 << 19
"""Entries of a run beforehand, which loads and compiles what is loaded and compiled once."""


def prepared(case: str, d: int, nodes: int, rounds: int) -> Prepared:
    """A run on a quadratic, all of it in float32."""
    method, settings = CASES[case]
    problem = f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    given = {"problem": problem, "nodes": nodes, "rounds": rounds, "every": rounds, "dtype": "float32"}
    return prepare(find_spec(method), make_options(given | {"settings": ("gamma=1e-3", *settings)}))


def work(case: str, d: int, nodes: int, rounds: int) -> dict[str, float]:
    """One run in this process."""
    prepared(case, min(d, WARM), nodes, 3).run(Recording())
    gc.collect()
    before = resident("VmRSS")
    run = prepared(case, d, nodes, rounds)
    gc.collect()
    ready = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    seen = Recording()
    run.run(seen)
    peak = resident("VmHWM") - ready
    return {
        "seconds": seen.points[-1].seconds / rounds,
        "states": declared(run, nodes),
        "problem": (ready - before) / (4 * d),
        "peak": peak / (4 * d),
    }


def in_process(case: str, d: int, nodes: int, rounds: int) -> dict[str, float]:
    """`work` in a process of its own."""
    line = [sys.executable, __file__, "--child", "--case", case, "--entries", str(d)]
    line += ["--nodes", str(nodes), "--rounds", str(rounds)]
    done = subprocess.run(line, env={**os.environ, **FIXED_HEAP}, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--case", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--entries", nargs="+", type=int, default=[10**e for e in range(1, 8)])
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--rounds", type=int, help="default: by d, at least 5")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(work(given.case[0], given.entries[0], given.nodes, given.rounds)))
        return
    print(
        processor(),
        versions("numpy", "numba"),
        f"n = {given.nodes}",
        f"load {os.getloadavg()[0]:.1f}",
        sep=", ",
    )
    print(f"{'case':<16}{'d':>11}{'s a round':>12}{'problem':>9}{'states':>8}{'peak':>8}{'ratio':>7}")
    for case in given.case:
        for d in given.entries:
            found = in_process(case, d, given.nodes, given.rounds or max(5, min(2000, 10**7 // d)))
            ratio = found["peak"] / found["states"]
            print(
                f"{case:<16}{d:>11}{found['seconds']:>12.3g}{found['problem']:>9.1f}{found['states']:>8g}"
                f"{found['peak']:>8.2f}{ratio:>7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
