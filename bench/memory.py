"""Memory of a run beside the states that its spec declares: the peak from `init` to the last point, in vectors of length d.

python bench/memory.py                                  # every problem and method, a process each
python bench/memory.py --problem quadratic --method sgd comp_ams --nodes 16

The problem, its data and the network are made before; what is measured is the method, its messages and the metrics.
`traced` are the arrays of NumPy (tracemalloc), `resident` all that the process touched, tensors of PyTorch and batches too.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.session import Prepared, prepare
from cablese.runtime.execute.state_size import lengths_of
from cablese.runtime.library import find_spec
from measured import processor, versions

ROUNDS = 4
METHODS = ("gd", "sgd", "diana", "ef21", "marina", "comp_ams", "mcm", "vr_marina", "choco_sgd")
PROBLEMS = {
    "quadratic": "quadratic(d = 1000000, mu = 0.01, L = 1, spread = 0.1, seed = 0)",
    "logreg": 'logreg(data = "{data}", l2 = 1e-3)',
    "mlp": 'network(model = "mlp(1000, 900)", data = "digits")',
}
FIXED_HEAP = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
"""Arrays are given back to the system when they are freed, so that what is resident is what is held."""


def sparse_data(path: Path, d: int = 1000000, rows: int = 200, entries: int = 50) -> None:
    """Write samples (rows, d) in LIBSVM's form, with a few entries each and the last feature in one."""
    draws = np.random.default_rng(0)
    with path.open("w", encoding="ascii") as out:
        for row in range(rows):
            columns = np.unique(np.append(draws.integers(1, d, entries), d))
            pairs = (f"{column}:{draws.standard_normal():.4f}" for column in columns)
            print(1 if row % 2 else -1, *pairs, file=out)


def prepared(method: str, problem: str, nodes: int) -> Prepared:
    """A run, with a step of its own where it has one: theory's would need constants that networks lack."""
    settings = tuple(
        f"{name}=1e-3" for name in ("gamma", "eta") if f"param {name} " in find_spec(method).text
    )
    given = {"problem": problem, "nodes": nodes, "rounds": ROUNDS, "every": ROUNDS, "settings": settings}
    return prepare(find_spec(method), make_options(given))


def declared(run: Prepared, nodes: int) -> int:
    """Vectors that the spec's states are, a node's once for each node."""
    plan, lengths = run.context.plan, lengths_of(run.context.plan, run.context.resolver)
    vectors = (slot for slot in plan.states if slot.kind in (Kind.VECTOR, Kind.VECTORS))
    return sum(lengths.get(slot.name, 1) * (nodes if slot.family else 1) for slot in vectors)


def resident(field: str) -> int:
    """Bytes of this process in memory: `VmRSS` now, `VmHWM` at most."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(rf"^{field}:\s+(\d+)", status, re.MULTILINE)[1])  # type: ignore[index]


def in_vectors(method: str, problem: str, nodes: int, *, traced: bool) -> dict[str, float]:
    """The states declared and the peak of a run, which follows one that loads what is loaded once."""
    prepared(method, problem, nodes).run(Recording())
    run = prepared(method, problem, nodes)
    vector = run.header.d * (8 if run.header.dtype == "float64" else 4)
    gc.collect()
    if traced:
        tracemalloc.start()
        run.run(Recording())
        return {"peak": tracemalloc.get_traced_memory()[1] / vector}
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    run.run(Recording())
    return {"declared": declared(run, nodes), "peak": (resident("VmHWM") - before) / vector}


def measured(method: str, problem: str, nodes: int, *, traced: bool) -> dict[str, float]:
    """`in_vectors` in a process of its own."""
    line = [sys.executable, __file__, "--child", method, problem, "--nodes", str(nodes)]
    line += ["--traced"] if traced else []
    done = subprocess.run(line, env={**os.environ, **FIXED_HEAP}, stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problem", nargs="+", default=list(PROBLEMS), choices=list(PROBLEMS))
    parser.add_argument("--method", nargs="+", default=list(METHODS))
    parser.add_argument("--nodes", type=int, default=4)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--traced", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(in_vectors(*given.child, given.nodes, traced=given.traced)))
        return
    print(processor(), versions("numpy", "torch"), f"n = {given.nodes}", sep=", ")
    print(f"{'problem':<10} {'method':<10} {'states':>6} {'resident':>9} {'ratio':>6} {'traced':>7}")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "sparse.svm"
        sparse_data(data)
        for name in given.problem:
            problem = PROBLEMS[name].format(data=data)
            for method in given.method:
                found = measured(method, problem, given.nodes, traced=False)
                traced = measured(method, problem, given.nodes, traced=True)["peak"]
                states, peak = found["declared"], found["peak"]
                print(
                    f"{name:<10} {method:<10} {states:>6g} {peak:>9.1f} {peak / states:>6.2f} {traced:>7.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
