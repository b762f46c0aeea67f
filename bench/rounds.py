"""Time of a round: cablese against the programs of `hand.py`, in one process and in turns; median ratios.

python bench/rounds.py                                  # all cases, both methods
python bench/rounds.py --case c --rounds 5000 --repeats 9
python bench/rounds.py --case a --data path/to/mushrooms.bz2
python bench/rounds.py --case a --fused                 # rounds that are compiled from the first on
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import hand
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class Case:
    """One setting: what cablese is told, and the same for the hand programs."""

    name: str
    title: str
    problem: str
    nodes: int
    k: int
    rounds: int
    make: Callable[[], hand.Problem]


@dataclass(frozen=True)
class Line:
    """Medians over the repeats; `ratio` is of cablese to the hand program, pair by pair."""

    case: str
    method: str
    rival: str
    ours: float  # microseconds a round
    theirs: float
    ratio: float


def ours(case: Case, method: str, rounds: int) -> float:
    """Seconds that cablese spends in `rounds` rounds, set-up and metrics left out."""
    import cablese

    result = cablese.run(
        method,
        problem=case.problem,
        nodes=case.nodes,
        rounds=rounds,
        every=rounds,
        set={"Q": f"rand_k(k = {case.k})"},
    )
    return float(result.trace["seconds"][-1])


def measure(case: Case, method: str, rounds: int, repeats: int) -> Iterator[Line]:
    """Runs in turns: the hand program, with dense messages for the large case, and cablese, once not counted: it loads what
    it compiled."""
    rivals = {"sparse messages": hand.METHODS[method], "dense messages": hand.DENSE_METHODS[method]}
    if case.name != "b":
        del rivals["dense messages"]
    problem = case.make()
    mine: list[float] = []
    theirs: dict[str, list[float]] = {rival: [] for rival in rivals}
    ours(case, method, 4)
    for _ in range(repeats):
        for rival, program in rivals.items():
            theirs[rival].append(program(problem, case.k, rounds).seconds)
        mine.append(ours(case, method, rounds))
    scale = 1e6 / rounds
    for rival, seconds in theirs.items():
        ratio = statistics.median(m / s for m, s in zip(mine, seconds, strict=True))
        ours_median, theirs_median = statistics.median(mine), statistics.median(seconds)
        yield Line(case.name, method, rival, scale * ours_median, scale * theirs_median, ratio)


@contextmanager
def cases(data: Path | None) -> Iterator[dict[str, Case]]:
    """The three settings; without a data path the first gets made rows of the same shape and density."""
    with tempfile.TemporaryDirectory() as folder:
        path = data or _write_rows(Path(folder) / "made.svm")
        yield {case.name: case for case in (_mushrooms(path), _large(), _small())}


def _mushrooms(path: Path) -> Case:
    problem = f'sigmoid_classification(data = "{path}")'
    return Case("a", "8124 x 112", problem, 5, 5, 2000, lambda: hand.Sigmoid(*hand.read_rows(path), 5))


def _large() -> Case:
    problem = "quadratic(d = 1000000, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    return Case("b", "quadratic d = 1e6", problem, 8, 1000, 30, lambda: hand.Quadratic(8, 1_000_000))


def _small() -> Case:
    problem = "quadratic(d = 20, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    return Case("c", "quadratic d = 20", problem, 5, 5, 5000, lambda: hand.Quadratic(5, 20))


def _write_rows(path: Path) -> Path:
    from sklearn.datasets import dump_svmlight_file

    rows, signs = hand.make_rows()
    rows.indices, rows.indptr = rows.indices.astype("int32"), rows.indptr.astype("int32")  # all that it takes
    dump_svmlight_file(rows, signs, str(path), zero_based=False)
    return path


def show(lines: list[Line], titles: dict[str, str]) -> None:
    """The table: microseconds a round, their difference, the median of the pairwise ratios."""
    print(f"{'case':<22}{'method':<9}{'against':<18}{'cablese':>12}{'hand':>12}{'above':>12}{'ratio':>8}")
    for line in lines:
        case = f"({line.case}) {titles[line.case]}"
        above = line.ours - line.theirs
        numbers = f"{line.ours:>9.1f} us{line.theirs:>9.1f} us{above:>9.1f} us{line.ratio:>8.3f}"
        print(f"{case:<22}{line.method:<9}{line.rival:<18}{numbers}")


def main() -> None:
    from cablese.runtime.arrays import numba_dispatch

    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--case", choices=["a", "b", "c"], action="append", help="may be repeated")
    parser.add_argument("--method", choices=sorted(hand.METHODS), action="append", help="default: both")
    parser.add_argument("--rounds", type=int, help="rounds of a run; default: 2000 (a), 30 (b), 5000 (c)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--fused", action="store_true", help="rounds in compiled code from the first on")
    parser.add_argument("--data", type=Path, help="svmlight file of (a); default: made rows of its shape")
    options = parser.parse_args()
    lines: list[Line] = []
    numba_dispatch.MANY = 0  # kernels that long runs come to load
    way = numba_dispatch.kernels_always() if options.fused else nullcontext()
    with way, threadpool_limits(1), cases(options.data) as settings:
        for name in options.case or settings:
            case = settings[name]
            for method in options.method or hand.METHODS:
                lines += measure(case, method, options.rounds or case.rounds, options.repeats)
        show(lines, {case.name: case.title for case in settings.values()})


if __name__ == "__main__":
    main()
