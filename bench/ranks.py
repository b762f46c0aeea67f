"""Time of a round on ranks: a run in one process, under `mpiexec -n 2`, and a raw loop that moves the same bytes, in turns.

python bench/ranks.py                                # all cases: medians, pairwise ratios, calls of Python a round
python bench/ranks.py --case rand_k-20 --repeats 9 --rounds 4000
python bench/ranks.py --data path/to/a9a --data path/to/mushrooms.bz2
python bench/ranks.py --case mnist_cnn --images path/to/train-images-idx3-ubyte.gz
python bench/ranks.py --ranks 8 --case rand_k-20     # more ranks than cores
python bench/ranks.py --fused --case rand_k-20 --case rand_k-100    # two ranks in fused rounds, against the program alone
python bench/ranks.py --numpy-alone --case rand_k-10000    # as if numba were not installed
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from math import ceil, lgamma, log
from pathlib import Path
from typing import Any

from measured import answer_of, processor, versions

NODES = 8
LONG = 1 << 17


@dataclass(frozen=True)
class Case:
    """A method with a compressor; `message` is the bytes of one uplink message, about."""

    name: str
    problem: str
    method: str
    settings: dict[str, str]
    rounds: int
    d: int
    message: int


def _quadratic(d: int, compressor: str, rounds: int, message: int) -> Case:
    problem = f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    name = compressor.split("(")[0]
    method, letter = ("ef21", "C") if name == "top_k" else ("diana", "Q")
    settings = {letter: compressor, "gamma": "1e-3"}
    return Case(f"{name}-{d}", problem, method, settings, rounds, d, message)


def _set(d: int, k: int) -> int:
    bits = (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2)
    return 4 * k + ceil(bits / 8)


CASES = (
    _quadratic(20, "rand_k(k = 2)", 3000, _set(20, 2)),
    _quadratic(100, "rand_k(k = 10)", 3000, _set(100, 10)),
    _quadratic(10_000, "rand_k(k = 1000)", 500, _set(10_000, 1000)),
    _quadratic(10_000, "top_k(k = 1000)", 300, _set(10_000, 1000)),
    _quadratic(10_000, "quantize(s = 1)", 500, 4 + 2000),
    _quadratic(1_000_000, "quantize(s = 1)", 20, 4 + 200_000),
    _quadratic(1_000_000, "natural()", 20, 1_125_000),
    _quadratic(1_000_000, "top_k(k = 100000)", 20, _set(1_000_000, 100_000)),
)


def on_data(path: str) -> Case:
    """Full gradients of logistic regression on a file: the arithmetic counts, messages are short."""
    settings = {"Q": "rand_k(k = 12)", "gamma": "1e-3"}
    return Case(Path(path).name, f'logreg(data = "{path}", l2 = 1e-3)', "diana", settings, 1000, 120, 60)


def on_images(path: str) -> Case:
    """MNIST's network of convolutions with minibatches: the gradients count."""
    problem, d, k = f'network(model = "mnist_cnn", data = "{path}")', 21_840, 219
    return Case("mnist_cnn", problem, "comp_ams", {"b": "32"}, 20, d, _set(d, k))


# --- in the processes that are measured ---------------------------------------------------------------------------


class Metered:
    """A communicator, with the processor's seconds that pass in its collectives: a rank that waits for another is busy."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.spent = inner, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def Gatherv(self, *given: Any, **named: Any) -> None:
        """As MPI has it."""
        self.meter(self._inner.Gatherv, *given, **named)

    def Bcast(self, *given: Any, **named: Any) -> None:
        """As MPI has it."""
        self.meter(self._inner.Bcast, *given, **named)

    def Igatherv(self, *given: Any, **named: Any) -> MeteredRequest:
        """As MPI has it."""
        return MeteredRequest(self, self.meter(self._inner.Igatherv, *given, **named))

    def Ibcast(self, *given: Any, **named: Any) -> MeteredRequest:
        """As MPI has it."""
        return MeteredRequest(self, self.meter(self._inner.Ibcast, *given, **named))

    def meter(self, call: Any, *given: Any, **named: Any) -> Any:
        """The call's result."""
        began = time.thread_time()
        result = call(*given, **named)
        self.spent += time.thread_time() - began
        return result


@dataclass(frozen=True)
class MeteredRequest:
    """A request of a metered communicator."""

    communicator: Metered
    inner: Any

    def Wait(self) -> None:
        """As MPI has it."""
        self.communicator.meter(self.inner.Wait)


def work(case: Case, rounds: int, counted: bool, fused: bool) -> dict[str, float]:
    """One run in this process: microseconds a round by the clock, and of the processor's time outside of collectives; or
    calls of Python and C functions a round. Collectives of `fused` rounds are not told apart."""
    import cablese
    from cablese.runtime.arrays import numba_dispatch
    from cablese.runtime.execute import entry_loops
    from cablese.runtime.execute.loop import Loop

    spent = {"cpu": 0.0, "calls": 0.0}
    plain: Any = Loop._rounds

    def watched(loop: Any, *given: Any) -> Any:
        comm = None if fused else getattr(loop.transport, "comm", None)
        waited = 0.0 if comm is None else comm.spent
        if counted:
            sys.setprofile(lambda frame, event, what: _tally(spent, event))
        before = time.thread_time()
        try:
            return plain(loop, *given)
        finally:
            spent["cpu"] += time.thread_time() - before
            sys.setprofile(None)
            spent["cpu"] -= 0.0 if comm is None else comm.spent - waited

    Loop._rounds = watched  # type: ignore[method-assign]
    given: dict[str, Any] = {"problem": case.problem, "nodes": NODES, "set": case.settings}
    if fused:
        with numba_dispatch.kernels_always():
            cablese.run(
                case.method, rounds=4, every=4, **given
            )  # compiles, or finds what was compiled before
            result = cablese.run(case.method, rounds=rounds, every=rounds, **given)
    else:
        _metered()
        if case.d >= LONG or "data =" in case.problem:
            numba_dispatch.MANY = entry_loops.KEPT = entry_loops.NEW = 0  # what long runs come to load
            cablese.run(
                case.method, rounds=30, every=30, **given
            )  # loads what few long rounds would not make up for
        spent.update(cpu=0.0, calls=0.0)
        result = cablese.run(case.method, rounds=rounds, every=rounds, **given)
    seconds = result.trace["seconds"]  # rank 0 has them
    clock = float(seconds[-1]) if len(seconds) else 0.0
    return {"us": 1e6 * clock / rounds, "cpu": 1e6 * spent["cpu"] / rounds, "calls": spent["calls"] / rounds}


def _metered() -> None:
    """From now on runs have metered communicators; unless there is one process."""
    from cablese.runtime.transports.launchers import launched_size

    if launched_size(os.environ) <= 1:
        return
    from cablese.runtime.transports import mpi

    plain: Any = mpi.MpiTransport.__init__

    def metered(transport: Any, *given: Any) -> None:
        plain(transport, *given)
        transport.comm = Metered(transport.comm)

    mpi.MpiTransport.__init__ = metered  # type: ignore[method-assign]


def _tally(spent: dict[str, float], event: str) -> None:
    if event in ("call", "c_call"):
        spent["calls"] += 1


def raw(case: Case, rounds: int) -> dict[str, float]:
    """The bytes of a round through the same collectives, and nothing else: microseconds a round."""
    import numpy as np
    from cablese.runtime.transports.progress import yield_if_crowded

    yield_if_crowded(os.environ, len(os.sched_getaffinity(0)))
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    rank, ranks = comm.Get_rank(), comm.Get_size()
    counts = [((r + 1) * NODES // ranks - r * NODES // ranks) * case.message for r in range(ranks)]
    counts[0] = 0  # the server's own rank hands nothing over
    sent, received = np.ones(counts[rank], np.uint8), np.empty(sum(counts), np.uint8)
    down = np.ones(4 * case.d, np.uint8)
    comm.Barrier()
    began = time.perf_counter()
    for _ in range(rounds):
        comm.Gatherv(sent, (received, counts) if rank == 0 else None, root=0)
        comm.Bcast(down, root=0)
    return {"us": 1e6 * (time.perf_counter() - began) / rounds}


# --- in the process that compares ------------------------------------------------------------------------------


def start(case: Case, mode: str, rounds: int, ranks: int, fused: bool = False) -> dict[str, float]:
    """A program of its own, which measures itself; rank 0's answer."""
    words = ["--mode", mode, "--case", case.name, "--rounds", str(rounds), *(["--fused"] if fused else [])]
    if "data =" in case.problem:
        words += ["--images" if case.name == "mnist_cnn" else "--data", case.problem.split('"')[-2]]
    answer: dict[str, float] = answer_of(__file__, *words, ranks=ranks)
    return answer


def compare(case: Case, rounds: int, repeats: int, ranks: int, fused: bool) -> None:
    """One line of the table."""
    one: list[float] = []
    several: list[float] = []
    bare: list[float] = []
    busy: list[tuple[float, ...]] = []
    for _ in range(repeats):
        alone, together = start(case, "work", rounds, 1), start(case, "work", rounds, ranks, fused)
        one.append(alone["us"])
        several.append(together["us"])
        busy.append((alone["cpu"], together["cpu"]))
        bare.append(start(case, "raw", rounds, ranks)["us"])
    calls = [start(case, "calls", min(rounds, 300), number)["calls"] for number in (1, ranks)]
    ratio = statistics.median(m / (a + b) for m, a, b in zip(several, one, bare, strict=True))
    middle = [statistics.median(each) for each in (bare, one, several)]
    least = [min(each) for each in zip(*busy, strict=True)]
    numbers = "".join(f"{number:>10.1f}" for number in (*middle, *least))
    print(f"{case.name:<16}{numbers}{ratio:>8.2f}{calls[0]:>9.0f}{calls[1]:>9.0f}", flush=True)


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--case", action="append", help="may be repeated")
    parser.add_argument("--data", action="append", default=[], help="svmlight file for full gradients")
    parser.add_argument(
        "--images", action="append", default=[], help="MNIST's images, for its network (PyTorch)"
    )
    parser.add_argument("--rounds", type=int, help="rounds of a run; default: by case")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--fused", action="store_true", help="the ranks' rounds, not those of one process")
    parser.add_argument("--numpy-alone", action="store_true", help="no compiled kernels, in all processes")
    parser.add_argument("--mode", choices=["compare", "work", "calls", "raw"], default="compare")
    options = parser.parse_args()
    if options.numpy_alone:
        os.environ["NUMBA_DISABLE_JIT"] = (
            "1"  # before anything imports numba; programs started from here inherit it
        )
    cases = {
        case.name: case for case in (*CASES, *map(on_data, options.data), *map(on_images, options.images))
    }
    chosen = [cases[name] for name in options.case or cases]
    if options.mode != "compare":
        (case,) = chosen
        rounds = options.rounds or case.rounds
        found = (
            raw(case, rounds)
            if options.mode == "raw"
            else work(case, rounds, options.mode == "calls", options.fused)
        )
        if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "0":
            print(json.dumps(found))
        return
    print(f"{processor()}; {versions('numpy', 'mpi4py', 'mpich', 'numba')}; load {os.getloadavg()[0]:.1f}")
    print(
        "us a round by the clock; of the processor outside of collectives, one process and rank 0; clock ratio"
    )
    heads = "".join(f"{head:>10}" for head in ("raw", "one", f"{options.ranks} ranks", "busy one", "rank 0"))
    print(f"{'case':<16}{heads}{'ratio':>8}{'calls 1':>9}{f'calls {options.ranks}':>9}")
    for case in chosen:
        compare(case, options.rounds or case.rounds, options.repeats, options.ranks, options.fused)


if __name__ == "__main__":
    main()
