"""Ways of `--reduce`: peak memory of rank 0 and time of a round, where the server has the mean of dense messages.

python bench/sums.py                      # GD, d = 5 * 10^5, 32 nodes on 2 ranks, the server on a third
python bench/sums.py --nodes 64 --ranks 3
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from pathlib import Path

from measured import ONE_THREAD, answer_of, processor, versions
from memory import FIXED_HEAP, resident

WAYS = ("gather", "chain", "tree")


def work(way: str, nodes: int, d: int, rounds: int) -> None:
    """One run in this rank; rank 0 prints its peak in the rounds beyond what was there before them, and their time."""
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.session import prepare
    from cablese.runtime.library import find_spec

    problem = f"quadratic(d = {d}, mu = 0.1, L = 1, spread = 0.1, seed = 0)"
    given = {"problem": problem, "nodes": nodes, "rounds": rounds, "every": rounds, "reduce": way}
    run = prepare(
        find_spec("gd"), make_options(given | {"server_rank": "dedicated", "settings": ("gamma=0.1",)})
    )
    before, recording = resident("VmRSS"), Recording()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    run.run(recording)
    if run.rank == 0:
        peak = (resident("VmHWM") - before) / 2**20
        print(json.dumps({"MB": peak, "ms": 1e3 * recording.points[-1].seconds / rounds}), flush=True)


def measured(way: str, options: argparse.Namespace) -> dict[str, float]:
    """The answer of rank 0 of a job of its own."""
    words = [f"--way={way}", *(f"--{name}={getattr(options, name)}" for name in ("nodes", "d", "rounds"))]
    answer: dict[str, float] = answer_of(
        __file__, *words, ranks=options.ranks, environment=ONE_THREAD | FIXED_HEAP
    )
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nodes", type=int, default=32)
    parser.add_argument("--d", type=int, default=500_000)
    parser.add_argument("--ranks", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        work(options.way, options.nodes, options.d, options.rounds)
        return
    print(f"{processor()}; {versions('numpy', 'mpi4py', 'mpich')}; load {os.getloadavg()[0]:.1f}")
    row = 8 * options.d / 2**20
    print(f"{options.nodes} nodes on {options.ranks} ranks, d = {options.d}: a vector is {row:.1f} MB")
    for way in WAYS:
        found = [measured(way, options) for _ in range(options.repeats)]
        megabytes, time = (statistics.median(each[unit] for each in found) for unit in ("MB", "ms"))
        print(f"{way:<8}{megabytes / row:>8.1f} vectors{time:>10.1f} ms a round")


if __name__ == "__main__":
    main()
