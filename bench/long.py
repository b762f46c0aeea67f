"""Vectors of 10 to 10^8 entries in float32: seconds a round, and the peak of a run beside the states that its spec declares.

python bench/long.py                                         # d = 10 to 10^7, every case, a process each
python bench/long.py --entries 100000000 --case diana-rand_k # needs some 20 GB
python bench/long.py --entries 10000000 --threads 2          # a round with 1 thread and with 2, in turns

As `bench/memory.py` has it, the problem (on a quadratic two vectors a node) is made before the run; `problem` is what it
leaves, `peak` the most beyond it from `init` to the last point, both in vectors of d floats of 32 bits. `output` are the
vectors that the spec's output asks a run to keep beside its states: the sum of an average, which points measure, and the
iterate that `uniform` returns. Kernels are loaded and compiled before. Seconds are those of another process, whose arrays
are not given back to the system when they are freed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
from pathlib import Path

from cablese.dsl.check.program import Averaging
from cablese.runtime.arrays.numba_dispatch import kernels_always
from cablese.runtime.execute import entry_loops
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.problems import Problems
from cablese.runtime.execute.session import Prepared, prepare
from cablese.runtime.library import find_spec
from measured import ONE_THREAD, answer_of, processor, processor_seconds, versions
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


KEPT = {Averaging.LAST: 0, Averaging.AVERAGE: 1, Averaging.UNIFORM: 2}
"""Vectors that an output asks for beside the states."""


def prepared(
    case: str, d: int, nodes: int, rounds: int, threads: int = 1, problems: Problems | None = None
) -> Prepared:
    """A run on a quadratic, all of it in float32."""
    method, settings = CASES[case]
    problem = f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    given = {"problem": problem, "nodes": nodes, "rounds": rounds, "every": rounds, "dtype": "float32"}
    given |= {"threads": threads, "settings": ("gamma=1e-3", *settings)}
    return prepare(find_spec(method), make_options(given), problems)


def warm_up(case: str, d: int, nodes: int) -> None:
    """A short run, which loads and compiles what is loaded and compiled once."""
    with kernels_always():
        prepared(case, min(d, WARM), nodes, 3).run(Recording())


def in_turns(case: str, d: int, nodes: int, rounds: int, threads: int, repeats: int) -> dict[str, float]:
    """Seconds of a round with one thread and with several, medians by the clock, and the medians of ratios of neighbouring
    runs, by the clock and of the processor's time."""
    warm_up(case, d, nodes)
    entry_loops.KEPT = entry_loops.NEW = 0  # what long runs come to load
    problems, seconds, busy = Problems(), ([], []), ([], [])
    for repeat in range(repeats + 1):  # the first finds its memory
        for place, count in enumerate((1, threads)):
            run, seen = prepared(case, d, nodes, rounds, count, problems), Recording()
            taken = processor_seconds(lambda run=run, seen=seen: run.run(seen))
            if repeat:
                busy[place].append(taken)
                seconds[place].append(seen.points[-1].seconds / rounds)
    ratios, work = (
        statistics.median(many / one for one, many in zip(*found, strict=True)) for found in (seconds, busy)
    )
    one, many = map(statistics.median, seconds)
    return {"one": one, "many": many, "ratio": ratios, "work": work}


def work(case: str, d: int, nodes: int, rounds: int) -> dict[str, float]:
    """One run in this process."""
    warm_up(case, d, nodes)
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
        "output": KEPT[run.context.program.output.averaging],
        "problem": (ready - before) / (4 * d),
        "peak": peak / (4 * d),
    }


def measured(case: str, d: int, rounds: int, given: argparse.Namespace) -> dict[str, float]:
    """`work`, or `in_turns`, in processes of their own."""
    line = [
        "--child",
        "--case",
        case,
        "--entries",
        str(d),
        "--nodes",
        str(given.nodes),
        "--rounds",
        str(rounds),
    ]
    line += ["--threads", str(given.threads), "--repeats", str(given.repeats)]
    found: dict[str, float] = answer_of(__file__, *line)
    if given.threads > 1:
        return found
    return answer_of(__file__, *line, environment=FIXED_HEAP | ONE_THREAD) | {"seconds": found["seconds"]}


def show_memory(found: dict[str, float]) -> dict[str, str]:
    """The columns of a run: ratios of the peak to the states, and to these and what the output keeps."""
    peak, states, output = found["peak"], found["states"], found["output"]
    return {
        "s a round": f"{found['seconds']:.3g}",
        "problem": f"{found['problem']:.1f}",
        "states": f"{states:g}",
        "output": f"{output:g}",
        "  peak": f"{peak:.2f}",
        "peak / states": f"{peak / states:.2f}",
        "with output": f"{peak / (states + output):.2f}",
    }


def show_threads(found: dict[str, float]) -> dict[str, str]:
    """The columns of runs with one thread and with several."""
    return {
        "1 thread, s": f"{found['one']:.3g}",
        "threads, s": f"{found['many']:.3g}",
        "ratio": f"{found['ratio']:.2f}",
        "processor's": f"{found['work']:.2f}",
    }


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--case", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--entries", nargs="+", type=int, default=[10**e for e in range(1, 8)])
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--rounds", type=int, help="default: by d, at least 5")
    parser.add_argument("--threads", type=int, default=1, help="compare one thread with so many")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of runs that --threads compares")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        asked = given.case[0], given.entries[0], given.nodes, given.rounds
        several = given.threads > 1
        print(json.dumps(in_turns(*asked, given.threads, given.repeats) if several else work(*asked)))
        return
    print(
        processor(),
        versions("numpy", "numba"),
        f"n = {given.nodes}",
        f"load {os.getloadavg()[0]:.1f}",
        sep=", ",
    )
    show = show_threads if given.threads > 1 else show_memory
    for number, (case, d) in enumerate((case, d) for case in given.case for d in given.entries):
        found = measured(case, d, given.rounds or max(5, min(2000, 10**7 // d)), given)
        columns = show(found)
        if not number:
            print(f"{'case':<16}{'d':>11}" + "".join(f"{name:>{len(name) + 3}}" for name in columns))
        cells = (f"{text:>{len(name) + 3}}" for name, text in columns.items())
        print(f"{case:<16}{d:>11}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
