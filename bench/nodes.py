"""Many nodes in one process: set-up, rounds and memory of DIANA with rand_k(5), d = 100, by the number of nodes.

python bench/nodes.py                            # 1e3 to 1e6 nodes
python bench/nodes.py --nodes 100000 --rounds 400 --method pp_marina --set r=100 --set p=1e-9
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from measured import ONE_THREAD, answer_of, processor, versions
from memory import FIXED_HEAP, resident

PROBLEM = "quadratic(d = 100, mu = 0.1, L = 1, spread = 0.1, seed = 0)"
SETTINGS = ("Q=rand_k(k = 5)", "gamma=0.01")


@contextmanager
def rounds_timed() -> Iterator[list[float]]:
    """Seconds of the processor that rounds take, points left out."""
    from cablese.runtime.execute.loop import Loop

    plain, spent = Loop._rounds, []

    def watched(loop: Loop, *given: object) -> object:
        start = time.process_time()
        try:
            return plain(loop, *given)  # type: ignore[arg-type]
        finally:
            spent.append(time.process_time() - start)

    Loop._rounds = watched  # type: ignore[method-assign, assignment]
    try:
        yield spent
    finally:
        Loop._rounds = plain  # type: ignore[method-assign]


def work(method: str, nodes: int, settings: tuple[str, ...], rounds: int) -> dict[str, float]:
    """One run in this process: seconds of the processor for set-up and a point, node-rounds a second, bytes a node."""
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.session import prepare
    from cablese.runtime.library import find_spec

    before, began = resident("VmRSS"), time.process_time()
    given = {"problem": PROBLEM, "nodes": nodes, "rounds": rounds, "every": rounds, "settings": settings}
    run = prepare(find_spec(method), make_options(given))
    ready = time.process_time()
    run.run(Recording())  # loads and compiles what is needed once
    peak = (resident("VmHWM") - before) / nodes / 800
    again = prepare(find_spec(method), make_options(given), like=run)
    del run
    begun = time.process_time()
    with rounds_timed() as each:
        again.run(Recording())
    spent = sum(each)
    points = time.process_time() - begun - spent
    return {"setup": ready - began, "points": points / 2, "us": 1e6 * spent / rounds / nodes, "vectors": peak}


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--nodes", type=int, action="append", help="may be repeated")
    parser.add_argument("--method", default="diana")
    parser.add_argument("--set", action="append", default=[], help="NAME=EXPR beside the step and Q")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, help="default: 4 to 400, fewer with more nodes")
    options = parser.parse_args()
    counts = options.nodes or [10**3, 10**4, 10**5, 10**6]
    if options.work:
        print(json.dumps(work(options.method, counts[0], (*SETTINGS, *options.set), options.rounds)))
        return
    print(f"{processor()}; {versions('numpy', 'numba')}; load {os.getloadavg()[0]:.1f}")
    print(
        "set-up and a point in seconds of the processor; us a node and round; peak in vectors of 100 doubles a node"
    )
    print(f"{'nodes':>9}{'set-up':>9}{'a point':>9}{'us':>9}{'round, ms':>11}{'a second':>12}{'vectors':>9}")
    for count in counts:
        words = ["--work", "--nodes", str(count), "--method", options.method]
        words += ["--rounds", str(options.rounds or max(4, min(400, 2_000_000 // count)))]
        words += [word for setting in options.set for word in ("--set", setting)]
        found = answer_of(__file__, *words, environment=ONE_THREAD | FIXED_HEAP)
        print(
            f"{count:>9}{found['setup']:>9.2f}{found['points']:>9.2f}{found['us']:>9.4f}"
            f"{found['us'] * count / 1e3:>11.3f}{1e6 / found['us']:>12.0f}"
            f"{found['vectors']:>9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
