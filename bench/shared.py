"""Many nodes on one data set, with unlike numbers of samples: set-up, rounds of minibatch SGD, and memory.

python bench/shared.py                           # 1e3 to 1e5 nodes, 4 samples each in the mean
python bench/shared.py --nodes 100000 --split contiguous --sparse
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from measured import ONE_THREAD, answer_of, processor, versions
from memory import FIXED_HEAP, resident
from nodes import rounds_timed

FEATURES, EACH, ROUNDS, FEW = 50, 4, 10, 5


def make(folder: Path, nodes: int, sparse: bool) -> tuple[Path, Path]:
    """Files of the samples, and of the node of each: every node has one, the others go to few who have many."""
    draws = np.random.default_rng(0)
    rows, wealth = EACH * nodes, draws.pareto(1.2, nodes) + 0.1
    owner = np.concatenate([np.arange(nodes), draws.choice(nodes, rows - nodes, p=wealth / wealth.sum())])
    np.savetxt(folder / "owner.txt", draws.permutation(owner), fmt="%d")
    if sparse:
        columns = 1 + np.sort(draws.random((rows, FEATURES)).argpartition(FEW, axis=1)[:, :FEW], axis=1)
        lines = (
            " ".join(["-1" if row[0] % 2 else "1", *(f"{c}:1" for c in row)]) for row in columns.tolist()
        )
        (folder / "made.svm").write_text("\n".join(lines))
        return folder / "made.svm", folder / "owner.txt"
    features = draws.standard_normal((rows, FEATURES))
    labels = np.sign(features[:, 0] + draws.standard_normal(rows))
    np.savez(folder / "made.npz", X=features, y=labels)
    return folder / "made.npz", folder / "owner.txt"


def work(data: str, nodes: int, split: str, b: int) -> dict[str, float]:
    """One run in this process: seconds of the processor for set-up, its milliseconds a round, megabytes."""
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.option_checks import make_options
    from cablese.runtime.execute.session import prepare
    from cablese.runtime.library import find_spec

    before, began = resident("VmRSS"), time.process_time()
    given = {"problem": f'logreg(data = "{data}")', "nodes": nodes, "split": split, "rounds": ROUNDS}
    run = prepare(
        find_spec("sgd"), make_options({**given, "every": ROUNDS, "settings": (f"b={b}", "gamma=0.01")})
    )
    ready = time.process_time()
    with rounds_timed() as spent:
        run.run(Recording())
    counts = run.context.problem.samples
    return {
        "setup": ready - began,
        "round": 1e3 * sum(spent) / ROUNDS,
        "most": max(counts),
        "data": run.context.problem.data_bytes / 1e6,
        "state": 8 * nodes * FEATURES / 1e6,
        "peak": (resident("VmHWM") - before) / 1e6,
    }


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--nodes", type=int, action="append", help="may be repeated")
    parser.add_argument("--split", help="default: a few nodes have many samples")
    parser.add_argument("--sparse", action="store_true", help="five entries a sample")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(work(options.work, options.nodes[0], options.split, options.batch)))
        return
    print(f"{processor()}; {versions('numpy', 'numba')}; load {os.getloadavg()[0]:.1f}")
    print(
        "set-up in seconds, a round in ms of the processor; MB of the data, of a vector of each node, peak of the run"
    )
    print(f"{'nodes':>9}{'most':>9}{'set-up':>9}{'round':>9}{'data':>9}{'state':>9}{'peak':>9}")
    for nodes in options.nodes or [10**3, 10**4, 10**5]:
        with tempfile.TemporaryDirectory() as folder:
            data, owner = make(Path(folder), nodes, options.sparse)
            words = ["--work", str(data), "--nodes", str(nodes)]
            words += ["--split", options.split or f"file:{owner}", "--batch", str(options.batch)]
            found = answer_of(__file__, *words, environment=ONE_THREAD | FIXED_HEAP)
        print(
            f"{nodes:>9}{found['most']:>9}{found['setup']:>9.2f}{found['round']:>9.1f}{found['data']:>9.1f}"
            f"{found['state']:>9.1f}{found['peak']:>9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
