"""Measuring points beside rounds: the share of a run's time that its points take by default, medians of paired runs.

python bench/points.py
python bench/points.py --data path/to/a9a.bz2 --method sgd --set b=1 --set gamma=0.01
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

from measured import processor, versions
from threadpoolctl import threadpool_limits

METHODS = ("gd", "diana", "ef21", "marina", "local_sgd")


def seconds(method: str, given: dict[str, Any]) -> float:
    """Seconds of the processor for the rounds and points of a run that is ready."""
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.session import prepare
    from cablese.runtime.library import find_spec

    run = prepare(find_spec(method), make_options(given))
    start = time.process_time()
    run.run(Recording())
    return time.process_time() - start


def share(method: str, given: dict[str, Any], repeats: int) -> tuple[float, float]:
    """Milliseconds of a run with a point at both ends alone, and the share of the others in one with all."""
    rare = given | {"every": given["rounds"]}
    pairs = [(seconds(method, given), seconds(method, rare)) for _ in range(repeats)]
    return 1e3 * statistics.median(b for _, b in pairs), statistics.median(1 - b / a for a, b in pairs)


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument(
        "--data", action="append", default=[], help="svmlight file, beside the bundled set; may be repeated"
    )
    parser.add_argument("--method", action="append", help="may be repeated")
    parser.add_argument("--set", action="append", default=[], help="NAME=EXPR")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(f"{processor()}; {versions('numpy', 'scipy')}; load {os.getloadavg()[0]:.1f}")
    print(f"{'data':<16}{'method':<12}{'rounds, ms':>12}{'points':>9}")
    with threadpool_limits(1):
        for data in ["breast_cancer", *options.data]:
            for method in options.method or METHODS:
                given = {
                    "problem": f'logreg(data = "{data}", l2 = 0.001)',
                    "nodes": 10,
                    "rounds": options.rounds,
                }
                given["settings"] = tuple(options.set)
                took, found = share(method, given, options.repeats)
                name = os.path.basename(data)
                print(f"{name:<16}{method:<12}{took:>12.0f}{found:>9.1%}", flush=True)


if __name__ == "__main__":
    main()
