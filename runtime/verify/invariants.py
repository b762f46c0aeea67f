"""Invariants, looked at after every round of runs in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Spread
from cablese.dsl.check.watching import reads_of_claim
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..execute.problems import Problems
from .findings import Finding, Verdict
from .observed import ROUNDING, ClaimReader, readable
from .problems import Trial
from .trials import REFUSED, Bench, options_of, reason


@record
class Break:
    """A round after which the sides of an invariant differ: where, and both values there."""

    trial: Trial
    seed: int
    round: int
    place: str  # "", "node 3", "coordinate 2", "node 3, coordinate 2"
    left: float
    right: float

    def __str__(self) -> str:
        """The break in words."""
        where = f" at {self.place}" if self.place else ""
        return (
            f"after round {self.round - 1}{where} the sides are {self.left:.6g} and {self.right:.6g} "
            f"({self.trial} --seed {self.seed})"
        )


def check_invariant(
    source: Source,
    invariant: core.Invariant,
    trials: Sequence[Trial],
    seeds: Sequence[int],
    rounds: int,
    problems: Problems,
) -> Finding:
    """The verdict on an invariant: held in so many rounds, or broken in one."""
    text, line = invariant.span.text, invariant.span.line
    if unread := readable(invariant):
        return Finding("invariant", text, line, Verdict.NOT_TRIED, unread)
    watch = frozenset(read.symbol.name for read in reads_of_claim(invariant))
    looked, runs, refused = 0, 0, ""
    for trial in trials:
        try:
            bench = Bench.make(source, options_of(trial, rounds), problems, watch)
        except REFUSED as error:
            refused = reason(error)
            continue
        for seed in seeds:
            count, broken = _looked_at(bench, invariant, trial, seed)
            if broken is not None:
                return Finding("invariant", text, line, Verdict.REFUTED, str(broken))
            looked, runs = looked + count, runs + (count > 0)
    if not looked:
        return Finding("invariant", text, line, Verdict.NOT_TRIED, refused or "no round could be run")
    return Finding("invariant", text, line, Verdict.HELD, f"in {looked} rounds of {runs} runs")


def _looked_at(bench: Bench, invariant: core.Invariant, trial: Trial, seed: int) -> tuple[int, Break | None]:
    """The number of rounds at whose end the invariant was looked at, and the first where it is broken."""
    reader = ClaimReader(bench.prepared.context)
    seen: list[int] = []
    broken: list[Break] = []
    scale = 0.0

    def look(done: int, values: Any) -> None:
        nonlocal scale
        scale = max([scale, *map(_size, values.values())])
        if done == 0 or broken:
            return
        seen.append(done)
        reader.at(done, values)
        for place, left, right in _sides(reader, invariant):
            gap = abs(left - right)
            if not gap <= ROUNDING * scale:
                broken.append(Break(trial, seed, done, place, left, right))
                return

    bench.course(seed, look)
    return len(seen), broken[0] if broken else None


def _size(value: Any) -> float:
    """The largest magnitude of a value's entries."""
    try:
        entries = np.abs(np.asarray(getattr(value, "values", value), dtype=np.float64))
    except (TypeError, ValueError):
        return 0.0
    return float(np.max(entries, initial=0.0, where=np.isfinite(entries)))


def _sides(reader: ClaimReader, invariant: core.Invariant) -> Iterator[tuple[str, float, float]]:
    """For each node the entry in which the sides differ most: its place, and both values."""
    spread = {invariant.left.where.spread, invariant.right.where.spread} - {Spread.ONE}
    left, right = reader.of_nodes(invariant.left), reader.of_nodes(invariant.right)
    rows = max(len(left), len(right))
    for row in range(rows):
        one, other = left[row % len(left)], right[row % len(right)]
        a, b = np.broadcast_arrays(np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64))
        if not a.size:
            continue
        gaps = np.abs(a - b)
        worst = int(np.argmax(np.where(np.isnan(gaps), np.inf, gaps)))
        name = "group" if Spread.GROUPS in spread else "node"
        places = [f"{name} {row}"] if spread else []
        places += [f"coordinate {worst}"] if a.ndim else []
        yield ", ".join(places), float(a.reshape(-1)[worst]), float(b.reshape(-1)[worst])
