"""Records that a run gives to its watcher: the header, the points, the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, fields
from typing import Protocol

from cablese.dsl.text.records import record, structure

ADDED_UP = ", added up"
"""Behind the route of a message, in a header, that can be added up on its way to the server."""


@record
class MessageRow:
    """The expected cost of one message item of a spec: `name` is the variable that it binds, `codec` its format.

    `bits` is the expected size of one message, `copies` the expected number that a round (or `init`) sends, over draws of
    sets and coins; `note` says how to read it where it is not exact.
    """

    line: int
    route: str  # "node -> server", …
    name: str
    codec: str  # "rand_k(k = 5)", "dense float32", "bool", …
    bits: float
    copies: float
    in_init: bool
    note: str = ""  # "at most", "for each pass of a loop"


@record
class Header:
    """Everything that determines a run, with values resolved."""

    algorithm: str
    source: str
    spec: str  # canonical text
    spec_hash: str
    params: dict[str, int | float]
    compressors: dict[str, str]
    problem: str
    kind: str  # "minimize" or "vi"
    n: int
    d: int
    samples: tuple[int, ...]
    rounds: int
    every: int
    seed: int
    split: str
    device: str
    dtype: str
    wire: str
    ranks: int
    versions: dict[str, str]  # cablese, python, numpy, …, cpu, blas threads
    constants: dict[str, float]
    graph: str = ""  # empty without a graph
    groups: int = 0  # number of groups of nodes, 0 without
    messages: tuple[str, ...] = ()  # "node -> server: m", …: those that points tell of
    settings: tuple[str, ...] = ()  # NAME=EXPR as given for params and compressors
    output: str = ""  # what is returned, `average(x)`: the spec's, or what was given in its place
    stop: str | None = None  # the rule that ends the run
    max_bits: float | None = None
    metrics: tuple[str, ...] = ()  # asked for beside the problem's own
    thin: tuple[str, ...] = ()
    reduce: str = (
        "gather"  # of dense messages that the server adds up: with "tree" their order follows the ranks
    )


@record
class Point:
    """Totals and metrics after `round` rounds (product.md, "A run's trace"); absent metrics are not in `metrics`.

    `bits_paper` and `bits_paper_down` are `bits_up` and `bits_down` as the papers of the compressors count them. `sent` has
    an entry for each of the header's messages: since the point before, how often it was sent (0 for one that always travels
    with the one before it) and its bits, which count a broadcast once per receiver; it is empty in older traces.
    """

    round: int
    bits_up: int
    bits_down: int
    bits_down_broadcast: int
    bits_paper: int
    bits_paper_down: int
    bits_shared: int
    oracle_calls: float
    metrics: dict[str, float]  # loss, grad_norm2, f_gap, dist2, residual2, loss_avg, …
    seconds: float
    sent: tuple[tuple[int, int], ...] = ()
    epochs: float = 0.0  # `oracle_calls` in numbers of a node's samples, the mean over nodes of both


def epochs_of(gradients: float, samples: Sequence[int]) -> float:
    """Passes over the samples of all nodes that so many gradients of single samples amount to."""
    return gradients / max(1, sum(samples))


COUNTS = tuple(field.name for field in fields(Point) if field.name not in ("metrics", "seconds", "sent"))
"""Names of the numbers of a point that depend on spec, problem and seed alone, beside its metrics."""

_LARGER_IS_BETTER = frozenset({"accuracy", "auc", "f1", "precision", "recall", "reward", "score"})


def larger_is_better(metric: str) -> bool:
    """True of accuracies, scores and their like, by a word of the metric's name, which `_` parts from others."""
    return not _LARGER_IS_BETTER.isdisjoint(metric.split("_"))


@record
class MessageTotal:
    """Totals of one message item over the whole run."""

    line: int
    route: str
    name: str
    codec: str
    messages: int  # number that was sent; a broadcast counts once per receiver
    bits: int


@record
class Summary:
    """The end of a run; `stopped` is the cause of an end before the last round, `failed` tells that it was a failure.

    A run that failed before round 0 was measured has no last point.
    """

    rounds: int
    last: Point | None
    messages: tuple[MessageTotal, ...]
    seconds: float
    stopped: str = ""
    failed: bool = False


@structure
class Recording:
    """A watcher that keeps everything; the simplest `Watcher`."""

    header: Header | None = None
    points: list[Point] = field(default_factory=list)
    summary: Summary | None = None

    def begin(self, header: Header) -> None:
        """Keep the header."""
        self.header = header

    def tick(self, rounds_done: int) -> None:
        """Nothing to keep."""

    def point(self, point: Point) -> None:
        """Keep a point."""
        self.points.append(point)

    def end(self, summary: Summary) -> None:
        """Keep the summary."""
        self.summary = summary


class Watcher(Protocol):
    """Called by the run on rank 0 only, in this order: begin, (tick | point)*, end."""

    def begin(self, header: Header) -> None:
        """Called before round 0 is measured."""

    def tick(self, rounds_done: int) -> None:
        """Called now and then between points (at most some ten times a second)."""

    def point(self, point: Point) -> None:
        """Called at round 0, every `every` rounds, and at the end."""

    def end(self, summary: Summary) -> None:
        """Called after the last round."""
