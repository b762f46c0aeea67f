"""Metrics of a point: over all nodes, summed in node order at rank 0, through the side channel that is not counted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Averaging
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..arrays.finite import NonFinite
from ..arrays.generic import ordered_sum
from ..arrays.namespace import NUMPY
from ..arrays.pairwise import in_pieces
from ..chance.events import SingleEvent
from ..chance.streams import Stream
from ..problems.base import (
    ColumnOracle,
    JointOracle,
    Oracle,
    PiecewiseOracle,
    Problem,
    SerialOracle,
    Solution,
)
from ..transports.base import Transport
from .handover import Handover
from .optimality import Optimality, distance2, slope_metric
from .own_metrics import OwnMetrics

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.numpy_backend import NumpyBackend
    from .context import RunContext


COLUMNS = 1 << 16
"""Columns of gradients that become double precision at once, for their mean."""

MUCH = 1 << 16
"""Entries of all nodes' gradients from which on some are made at a time."""


@record
class Thinning:
    """The metrics of points: all, but for those that only every P-th point has, P by name in `periods`."""

    every: int
    periods: dict[str, int]

    def left_out(self, round: int) -> frozenset[str]:
        """The metrics that the point after `round` lacks, if it is one of the regular points."""
        if not self.periods:
            return NOTHING
        place, beside = divmod(round, self.every)
        if beside:
            return NOTHING
        return frozenset(name for name, period in self.periods.items() if place % period)


NOTHING: frozenset[str] = frozenset()
"""The metrics left out of a complete point: none."""


@dataclass(frozen=True)
class Meter:
    """Measures points (d,) of a problem. `gap`: the duality gap too. `handover`: what rounds leave to points, and these to
    them."""

    problem: Problem
    oracle: Oracle
    backend: Backend
    transport: Transport
    solution: Solution | None
    own: OwnMetrics
    gap: bool = False
    handover: Handover | None = None

    @cached_property
    def _slope(self) -> str:
        return slope_metric(self.problem)

    @cached_property
    def _joint(self) -> JointOracle | None:
        """The oracle, if it has losses and gradients together. (To look takes as long as a small point.)"""
        return self.oracle if isinstance(self.oracle, JointOracle) else None

    @cached_property
    def _under_psi(self) -> Optimality | None:
        psi = self.problem.regulariser
        return None if psi is None else Optimality(self.problem, psi)

    def measure(self, point: HostArray, without: frozenset[str] = NOTHING) -> dict[str, float]:
        """Metrics at rank 0: `loss` = f + psi, `grad_norm2` = ||grad f||^2 (`residual2` = ||F||^2 for a vi) or under a
        regulariser `grad_map2` (`natural2`) and `outside2`, `f_gap` and `dist2` where the solution is known, a gap, own
        ones. Every rank must call it, with the same point; others than 0 get nothing."""
        here = self.backend.to_device(point)
        by_columns = point.size > COLUMNS and self._by_columns
        loss, mean = self._means(here, without | {self._slope} if by_columns else without)
        if self.transport.rank != 0:
            return {}
        metrics: dict[str, float] = {} if loss is None else {"loss": float(loss)}
        under = self._under_psi
        if under is not None:
            point = np.asarray(point, dtype=np.float64)
            if loss is not None:
                metrics["loss"] += under.value(point)
            if mean is not None:
                metrics[self._slope] = under.slope(point, mean)
        elif by_columns and self._slope not in without:
            metrics[self._slope] = self._squared_by_columns(here)
        elif mean is not None:
            metrics[self._slope] = _squared(mean)
        if self._has_others:
            del mean  # before the point's copy
            self._add_others(metrics, point, without)
        return metrics

    @cached_property
    def _is_alone(self) -> bool:
        return self.transport.ranks == 1

    @cached_property
    def _has_value(self) -> bool:
        return self.problem.kind != "vi"

    @cached_property
    def _has_others(self) -> bool:
        """True where points have metrics beside loss and slope."""
        asked = self.gap or bool(self.own.functions)
        return asked or self.solution is not None or self._under_psi is not None

    def _add_others(self, metrics: dict[str, float], point: HostArray, without: frozenset[str]) -> None:
        """Add the metrics beside loss and slope."""
        under, solution = self._under_psi, self.solution
        if self.gap or self.own.functions:
            point = np.asarray(point, dtype=np.float64)
        if solution is not None and "loss" in metrics:
            metrics["f_gap"] = metrics["loss"] - solution.value
        if solution is not None and solution.unique and "dist2" not in without:
            metrics["dist2"] = distance2(point, solution.point)
        if under is not None:
            metrics |= under.outside(point)
        if self.gap:
            metrics |= self._duality_gap(point)
        metrics |= self.own.measure(point)

    def _means(self, here: Array, without: frozenset[str]) -> tuple[Any, Any]:
        """Means of losses and gradients at rank 0, each None unless a metric needs it."""
        value = self._has_value and "loss" not in without
        slope = self._slope not in without
        left = None if self.handover is None else self.handover.take(here)
        if left is not None:
            return self._mean(left[0]) if value else None, self._mean(left[1]) if slope else None
        if value and slope and self._joint is not None:
            began = time.perf_counter()
            losses, gradients = self._joint.losses_and_gradients(here)
            if self.handover is not None:
                self.handover.offer(here, gradients, time.perf_counter() - began)
            return self._mean(losses), self._mean(gradients)
        loss = self._mean(self.oracle.losses(here)) if value else None
        return loss, self._mean_gradient(here) if slope else None

    @cached_property
    def _by_columns(self) -> bool:
        """True where the mean gradient's squares are added up without an array of it, at long points."""
        if self.backend.name != "numpy" or self.transport.ranks > 1:
            return False
        return self._under_psi is None and isinstance(self.oracle, ColumnOracle)

    def _squared_by_columns(self, here: Array) -> float:
        """The squared norm of the mean gradient, in the bits of `_squared`."""
        oracle: Any = self.oracle

        def sum_of(columns: slice) -> Any:
            mean = _mean_in_turn(iter((oracle.of_columns(columns).gradients(here[columns]),)))
            mean *= mean
            return np.sum(mean)

        return float(in_pieces(here.size, sum_of))

    def _mean_gradient(self, here: Array) -> Any:
        """The mean gradient at rank 0, of many or long ones that come in turn without an array of all."""
        oracle, to_host, d = self.oracle, self.backend.to_host, here.shape[-1]
        if self.transport.ranks == 1:
            if self.problem.n * d > MUCH and isinstance(oracle, PiecewiseOracle):
                return _mean_in_turn(map(to_host, oracle.pieces(here)))
            if d > COLUMNS and isinstance(oracle, SerialOracle):

                def piece_of(row: Array) -> HostArray:
                    return to_host(row)[None, :]

                # by `map`: a generator's loop would hold a row while the next one is made
                return _mean_in_turn(map(piece_of, oracle.serial_gradients(here)))
        return self._mean(self.oracle.gradients(here))

    def _mean(self, rows: Array) -> Any:
        """Mean over all nodes at rank 0, in double precision."""
        host = self.backend.to_host(rows)
        if self._is_alone:
            return _mean_of(host)
        if host.ndim == 2 and host.shape[1] > COLUMNS:
            total = self.transport.sum_rows(host, self.problem.n)
            return None if total is None else total / self.problem.n
        gathered = self.transport.collect(host, self.problem.n)
        return None if gathered is None else _mean_of(gathered)

    def _duality_gap(self, point: HostArray) -> dict[str, float]:
        found = gap_of(self.problem, point)
        return {} if found is None else dict([found])


def _mean_of(rows: HostArray) -> Any:
    """The mean of numbers (n,) or rows (n, d) in double precision, in the order of nodes."""
    if rows.ndim == 1:
        return np.add.accumulate(rows, dtype=np.float64)[-1] / rows.shape[0]
    if 1 < rows.shape[1] <= COLUMNS:
        return np.add.reduce(rows.astype(np.float64, copy=False)) / rows.shape[0]
    return _mean_by_columns(rows)


def _squared(mean: HostArray) -> float:
    """The squared norm of an array that is given up: squares are written into it."""
    mean *= mean
    return float(np.add.reduce(mean))


def _mean_by_columns(rows: HostArray) -> HostArray:
    """The mean (d,) of rows (n, d) in double precision, without a copy of all of them; row by row, so that bits are those of
    the sum of such a copy."""
    mean = np.empty(rows.shape[1])
    for first in range(0, rows.shape[1], COLUMNS):
        here = np.asarray(rows[:, first : first + COLUMNS], dtype=np.float64)
        mean[first : first + COLUMNS] = ordered_sum(NUMPY, here) / rows.shape[0]
    return mean


def _mean_in_turn(pieces: Iterator[HostArray]) -> HostArray:
    """The same of rows that come some at a time, (k, d)."""
    total, count = None, 0
    for piece in pieces:
        count += piece.shape[0]
        total = _added(total, piece)
        del piece  # before the next one is made
    assert total is not None
    total /= count
    return total


def _added(total: HostArray | None, piece: HostArray) -> HostArray:
    """The sum so far with more rows, in their order; a single row is added in place."""
    if piece.shape[0] == 1:
        if total is None:
            return np.array(piece[0], dtype=np.float64)
        total += piece[0]
        return total
    if total is not None:
        piece = np.concatenate((total[None, :], piece))
    found: HostArray = ordered_sum(NUMPY, np.asarray(piece, dtype=np.float64))
    return found


def gap_of(problem: Problem, point: HostArray) -> tuple[str, float] | None:
    """The duality gap at a point, or over a ball where it is infinite, by the metric's name; None without a closed form."""
    whole = problem.gap(point)
    if whole is not None and whole < math.inf:
        return "gap", whole
    restricted = problem.restricted_gap(point)
    return None if restricted is None else ("gap_ball", restricted)


class NoWeight(NonFinite):
    """A weight of an average, or the sum of its weights, is negative or not finite."""

    fault = "is not finite, or negative"
    remedy = "A weight is a finite number, 0 or more; `prev` is 0 in round 0."


def chosen_round(run: RunContext, host: NumpyBackend, rounds: int) -> int:
    """The number, 0 .. rounds - 1, of the value that `uniform` returns; -1 without one."""
    output = run.program.output
    if output.averaging is not Averaging.UNIFORM or rounds == 0:
        return -1
    stream = Stream(run.seed, "output", output.value.symbol.name, 0, "none")
    return int(SingleEvent(stream, host).choice(-1, (), 0, rounds - 1))


class Averager:
    """The running average of an output over points 0 .. K-1 (a state) or the ends of rounds 0 .. K-1 (others).

    Values whose weights are all 0 count alike.
    """

    def __init__(self, backend: Backend, mark: str) -> None:
        """`mark` is that of the output, to be blamed for its weights."""
        self.backend, self._mark = backend, mark
        self._sum: Array | None = None
        self._is_closed = False
        self._weight = 0.0
        self._alike = True  # no weight above 0 yet

    def add(self, value: Array, weight: Any = 1.0) -> None:
        """Add a value; raises NoWeight if its weight is negative or not finite."""
        assert not self._is_closed
        self._check(weight)
        if self._alike and weight > 0:
            self._sum, self._weight, self._alike = None, 0.0, False
        self._count(value, 1.0 if self._alike else weight)

    def add_rows(self, values: Array) -> None:
        """Add values (rows, …) without weights, in their order."""
        before = values[:0] if self._sum is None else self._sum[None, ...]
        running = self.backend.xp.cumulative_sum(self.backend.xp.concat((before, values)), axis=0)
        self._sum, self._weight = (
            self.backend.xp.asarray(running[-1, ...], copy=True),
            self._weight + values.shape[0],
        )

    def _check(self, weight: Any) -> None:
        number = float(weight)
        if not 0 <= number < math.inf:
            raise NoWeight(f"a weight of {number:g}", None, self._mark)
        if not self._weight + number < math.inf:
            raise NoWeight("the sum of the weights", None, self._mark)

    def _count(self, value: Array, weight: Any) -> None:
        term = value if weight == 1.0 else weight * value
        if self._sum is None:
            self._sum = self.backend.xp.asarray(term, copy=True)
        else:
            self._sum += term
        self._weight += weight

    @property
    def state(self) -> tuple[Array | None, float, bool]:
        """The sum, None before the first value, the weight, and whether no weight was above 0 yet."""
        return self._sum, self._weight, self._alike

    def go_on(self, total: Array | None, weight: float, alike: bool) -> None:
        """Go on from a state."""
        self._sum, self._weight, self._alike = total, weight, alike

    def mean(self) -> Array | None:
        """The average so far, None before the first value."""
        return self._sum if self._sum is None or self._is_closed else self._sum / self._weight

    def close(self) -> None:
        """Make the sum the average, in its array: no value follows."""
        if self._sum is not None and not self._is_closed:
            self._sum /= self._weight
        self._is_closed = True
