"""The options that determine a run, each declared once: checks, command line, Python, files and help derive from this page.

A new option is a field of `Options`, and of `Choices`, which types the arguments of `cablese.run`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.records import record

from ..data.split_names import WRITTEN, read_split
from .byte_sizes import size_of
from .declared import Declared, Option, options_of
from .laws import read_bits, read_duration

if TYPE_CHECKING:
    from ..problems.objective import Objective
else:
    Objective = object  # hints are evaluated for signatures; problems need an array library

MOST_ROUNDS = 10**9

THINNED = ("loss", "grad_norm2", "residual2", "grad_map2", "natural2", "dist2", "average")
"""Metrics that `thin` takes: `f_gap` goes with the loss, and `average` is all metrics of an averaged output."""

SOLVED = ("f_gap", "dist2")
"""Metrics for which the problem is solved first."""

NAMED = (*SOLVED, "gap")
"""Metrics that are measured where they are asked for."""

_UNASKED = (*THINNED[:-1], "consensus", "outside2")
"""Metrics that every run has whose problem has them."""


def _on_metric(text: str) -> str:
    """A hint on a text that names no metric to ask for."""
    if text.strip() in _UNASKED:
        return f" `{text.strip()}` is measured without being asked for, where problem and method have it."
    return meant(text, NAMED)


def _on_split(text: str) -> str:
    return meant(text, WRITTEN)


def _on_period(text: str) -> str:
    return meant(text.partition("=")[0].strip(), THINNED)


_METRIC = re.compile(rf"{'|'.join(NAMED)}|.+:[A-Za-z_]\w*")
_PERIOD = re.compile(rf"\s*(?:{'|'.join(THINNED)})\s*=\s*0*[1-9]\d{{0,8}}\s*")
_SETTING = re.compile(r"\s*([A-Za-z_]\w*)(\.[A-Za-z_]\w*)?\s*=(?!=)\s*\S")


@record
class Options:
    """Checked options of one run; `make_options` checks."""

    nodes: Annotated[int, Declared("Number of nodes", "N", short="-n", least=1)] = 10
    rounds: Annotated[int, Declared("Number of rounds", "K", short="-k", least=0, most=MOST_ROUNDS)] = 1000
    problem: Annotated[
        str | None,
        Declared(
            "Such as 'logreg(data = \"a9a.bz2\", l2 = 1e-3)'",
            "EXPR",
            unset="logistic regression on breast_cancer, for a vi a bilinear saddle",
        ),
    ] = None
    settings: Annotated[
        tuple[str, ...],
        Declared(
            "A param or a compressor, of one method: marina.gamma=0.1; up and down: whatever nodes or server compress with",
            "NAME=EXPR",
            name="set",
            repeated=True,
            in_python="{'gamma': 0.1, 'Q': 'rand_k(k = 10)'} or ['gamma=0.1']",
            fits=_SETTING.match,
            takes="NAME=EXPR, such as gamma=0.1 or 'Q=rand_k(k = 10)'",
        ),
    ] = ()
    output: Annotated[
        str | None,
        Declared(
            "What methods return in the place of their spec's `output`, such as 'average(x)' or 'average(x, 1 + k)'",
            "OUTPUT",
            unset="the spec's",
        ),
    ] = None
    split: Annotated[
        str,
        Declared(
            "How samples are dealt: contiguous, shuffled, by_label, 'dirichlet(a)', 'shares(3, 1)', cluster, file:PATH, …",
            "HOW",
            fits=read_split,
            takes=f"one of {', '.join(WRITTEN)}; numbers above 0",
            hint=_on_split,
        ),
    ] = "contiguous"
    graph: Annotated[
        str | None,
        Declared(
            "Of a method on a graph: ring, torus, complete, star, 'erdos_renyi(p)', directed ones, or a file of edges",
            "GRAPH",
            unset="ring",
        ),
    ] = None
    groups: Annotated[
        int | None, Declared("Of a method with groups: how many there are", "G", unset="1", least=1)
    ] = None
    seed: Annotated[int, Declared("Seed of all draws", "S", least=0, bits=64)] = 0
    every: Annotated[
        int | None, Declared("Rounds between points", "E", unset="a 200th of all, at least 10", least=1)
    ] = None
    max_seconds: Annotated[
        float | None,
        Declared(
            "End after the round in which S seconds have passed, such as 90 or 5min",
            "S",
            above=0,
            reads=read_duration,
            takes="seconds, such as 90 or 5min",
        ),
    ] = None
    max_bits: Annotated[
        float | None,
        Declared(
            "End at the first point where B bits, such as 50kbit, have been sent, up and down in total",
            "B",
            above=0,
            reads=read_bits,
            takes="bits, such as 1e6 or 50kbit",
        ),
    ] = None
    stop: Annotated[
        str | None,
        Declared("End at the first point where this holds, such as 'grad_norm2 <= 1e-8'", "RULE"),
    ] = None
    max_memory: Annotated[
        str | None,
        Declared(
            "Refuse what takes more a process, such as 4GB",
            "SIZE",
            unset="what there is",
            fits=size_of,
            takes="a size such as 4GB or 500MB",
        ),
    ] = None
    metrics: Annotated[
        tuple[str, ...],
        Declared(
            "Measure as well: f_gap, dist2 (after solving the problem), gap, or a function of the point, FILE.py:NAME",
            "NAME,…",
            in_python="'f_gap,dist2' or ['mine.py:accuracy']",
            fits=_METRIC.fullmatch,
            takes="f_gap, dist2, gap, or a function of the point as mine.py:accuracy",
            hint=_on_metric,
        ),
    ] = ()
    thin: Annotated[
        tuple[str, ...],
        Declared(
            f"Measure a metric ({', '.join(THINNED)}) at every P-th point only",
            "NAME=P",
            repeated=True,
            in_python="{'loss': 5} or ['loss=5']",
            fits=_PERIOD.fullmatch,
            takes=f"NAME=P, such as loss=5, where P is a whole number from 1 and NAME one of {', '.join(THINNED)}",
            hint=_on_period,
        ),
    ] = ()
    device: Annotated[  # strict, which refuses hidden copies, is for tests
        Literal["cpu", "cuda", "strict"],
        Declared("Where arrays live", "cpu|cuda", in_python="'cpu' or 'cuda'"),
    ] = "cpu"
    dtype: Annotated[
        Literal["float64", "float32"] | None,
        Declared("Type of computations", unset="float64, for a network float32"),
    ] = None
    wire: Annotated[Literal["float32", "float64", "float16"], Declared("Type of floats in messages")] = (
        "float32"
    )
    wire_check: Annotated[
        Literal["sample", "all"], Declared("Messages that are really encoded and decoded")
    ] = "sample"
    threads: Annotated[
        int,
        Declared(
            "Threads of a process for sums, compressors and codecs of long vectors, whose bits do not depend on them; of "
            "linear algebra there is one",
            "T",
            least=1,
            most=1024,
        ),
    ] = 1
    server_rank: Annotated[
        Literal["shared", "dedicated"], Declared("Under mpirun: rank 0 has nodes too, or not")
    ] = "shared"
    reduce: Annotated[
        Literal["gather", "chain", "tree"],
        Declared(
            "Under mpirun, of dense messages that the server only adds up: gather all rows, add them from rank to rank "
            "(chain: the same bits), or in MPI's order (tree: other last bits)"
        ),
    ] = "gather"
    patience: Annotated[
        float,
        Declared("Under mpirun: how long a rank may be stopped before the run is ended", "S", above=0),
    ] = 60.0
    progress_wait: Annotated[
        Literal["auto", "yield", "spin"],
        Declared(
            "Under mpirun: ranks that wait give their cores up (yield) or not (spin); auto: where cores are too few"
        ),
    ] = "auto"
    alone: Annotated[
        bool,
        Declared(
            "A run of this process only, though a launcher started more: for tasks of `srun` or an array"
        ),
    ] = False

    @property
    def interval(self) -> int:
        """Rounds between two points: `every`, or a 200th of the rounds, but at least ten (or a tenth of few rounds), so that
        measuring costs little beside them."""
        return self.every or max(1, min(10, self.rounds // 10), self.rounds // 200)

    @property
    def periods(self) -> dict[str, int]:
        """The metrics that only every P-th point has, each with its P."""
        return {setting_name(text): int(text.partition("=")[2]) for text in self.thin}


class Choices(TypedDict, total=False):
    """Static types of options from Python, and of `strict`; at run time `Options` decides."""

    nodes: int
    rounds: int
    problem: str | Objective | None
    set: Mapping[str, object] | Sequence[str]
    output: str | None
    split: str
    graph: str | None
    groups: int | None
    seed: int
    every: int | None
    max_seconds: float | str | None
    max_bits: float | str | None
    stop: str | None
    max_memory: str | None
    metrics: str | Sequence[str]
    thin: Mapping[str, int] | Sequence[str]
    device: str
    dtype: Literal["float64", "float32"] | None
    wire: Literal["float32", "float64", "float16"]
    wire_check: Literal["sample", "all"]
    threads: int
    server_rank: Literal["shared", "dedicated"]
    reduce: Literal["gather", "chain", "tree"]
    patience: float
    progress_wait: Literal["auto", "yield", "spin"]
    alone: bool
    strict: bool


OPTIONS: Mapping[str, Option] = options_of(Options)
"""The options of `Options`, in its order."""


def setting_name(setting: str) -> str:
    """The NAME of `NAME=EXPR`."""
    return setting.partition("=")[0].strip()
