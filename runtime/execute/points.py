"""Points of a run: totals of all ranks, and metrics of the output's value and of its average, by the side channel."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Averaging
from cablese.dsl.plan.instructions import Role, roles_of

from ..arrays.generic import ordered_sum
from ..arrays.namespace import NUMPY
from .interface import Point
from .ledger import COLUMNS, Ledger, Row
from .machine import Machine
from .metrics import Averager, Meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..arrays.backend import HostArray
    from .context import RunContext

_BESIDE = 2
"""Totals beside those of the ledger: oracle calls, and bits of draws that neighbours share."""


class Points:
    """Measures the points of one run; all ranks call its methods alike."""

    def __init__(self, run: RunContext, machine: Machine, ledger: Ledger, meter: Meter) -> None:
        self.meter, self._machine, self._ledger, self._transport = meter, machine, ledger, run.transport
        self._of_averages = replace(meter, handover=None)  # no round asks there
        self._slot, self._output = run.plan.output, run.program.output
        self._in_init = run.plan.output_in_init
        self._oracle, self._samples = machine.counted_oracle, max(1, sum(run.problem.samples))
        self._consensus: dict[str, float] = {}
        self.count = 0  # measured so far, at rank 0
        self.seconds = 0.0  # that measuring took since this process began
        self._before: Sequence[int] = ()  # totals before the run went on, at rank 0

    def names(self) -> list[str]:
        """Names of the metrics that points have, at rank 0: x0 is measured, at every rank."""
        metrics = self.meter.measure(self.meter.problem.start)
        averages = [] if self._output.averaging is Averaging.LAST else [f"{name}_avg" for name in metrics]
        return [*metrics, *averages, *(["consensus"] if self._slot.family else [])]

    def measure(
        self, round: int, seconds: float, value: Any, averager: Averager | None, without: frozenset[str]
    ) -> Point | None:
        """The point after so many rounds, at rank 0: the output's value, and its average so far, which exists from round 1
        on."""
        here = self.at(value)
        metrics, consensus = self.meter.measure(here, without), self._consensus
        if consensus:
            metrics |= consensus
        if averager is not None and round > 0 and "average" not in without:
            average = self.at(averager.mean())
            for name, found in self._of_averages.measure(average, without).items():
                metrics[f"{name}_avg"] = found
        counted = self._counted()
        if counted is None:
            return None
        self.count += 1
        return self._record(round, seconds, counted, metrics)

    def at(self, value: Any) -> HostArray:
        """An output value as one host point (d,) at every rank: shared from the server, averaged over nodes in double
        precision; perhaps the value's own memory."""
        backend, transport = self._machine.backend, self._transport
        self._consensus = {}
        if value is None and not (self._exists() and transport.ranks > 1):
            return self.meter.problem.start
        if not self._slot.family:
            return transport.share(None if value is None else backend.to_host(value))
        rows = np.zeros((0, self.meter.problem.d)) if value is None else backend.to_host(value)
        if Role.NODE in roles_of(self._slot.placement):
            first, last = transport.nodes(self._machine.n)
            if rows.shape[0] > last - first:  # a server without nodes has all rows of a `link`
                rows = rows[first:last]
            gathered = transport.collect(np.asarray(rows, dtype=np.float64), self._machine.n)
        else:
            gathered = np.asarray(rows, dtype=np.float64)
        return self._mean(gathered)

    def _exists(self) -> bool:
        return self._in_init or self._oracle.round >= 0

    def _mean(self, rows: HostArray | None) -> HostArray:
        if rows is None or rows.shape[0] == 0:
            return self._transport.share(None)
        mean = ordered_sum(NUMPY, rows) / rows.shape[0]
        self._consensus = {"consensus": float(np.mean(np.sum((rows - mean) ** 2, axis=1)))}
        return self._transport.share(mean)

    # --- totals ----------------------------------------------------------------------------------------------

    def totals(self) -> list[int] | None:
        """At rank 0 the totals of all ranks: those of the ledger, oracle calls, and bits of draws that neighbours share; all
        other shared draws every rank counts alike."""
        mine = [*chain.from_iterable(self._ledger.rows()), self._oracle.calls, self._machine.bits_between]
        if self._transport.ranks > 1:
            found = self._transport.add_up(np.array(mine, dtype=np.int64))
            if found is None:
                return None
            mine = found.tolist()
        return [a + b for a, b in zip(mine, self._before, strict=True)] if self._before else mine

    def rows(self, totals: Sequence[int]) -> list[Row]:
        """The ledger's rows of totals."""
        return [tuple(totals[i : i + COLUMNS]) for i in range(0, len(totals) - _BESIDE, COLUMNS)]

    def go_on(self, count: int, totals: Sequence[int]) -> None:
        """Count on from what a checkpoint holds, at rank 0; `init` has run, and what it counted is in there."""
        self.count = count
        mine = self.totals()
        if mine is not None:
            self._before = [a - b for a, b in zip(totals, mine, strict=True)]

    def _counted(self) -> tuple[Sequence[Row], int, int] | None:
        """The totals, as rows of the ledger, oracle calls and bits of draws."""
        if self._transport.ranks == 1 and not self._before:
            return self._ledger.rows(), self._oracle.calls, self._machine.bits_between
        totals = self.totals()
        return None if totals is None else (self.rows(totals), totals[-2], totals[-1])

    def _record(
        self, round: int, seconds: float, counted: tuple[Sequence[Row], int, int], metrics: dict[str, float]
    ) -> Point:
        rows, calls, between = counted
        up, down, broadcast, paper, paper_down = self._ledger.totals(rows)
        return Point(
            round=round,
            bits_up=up,
            bits_down=down,
            bits_down_broadcast=broadcast,
            bits_paper=paper,
            bits_paper_down=paper_down,
            bits_shared=self._machine.bits_shared + between,
            oracle_calls=calls / self._machine.n,
            epochs=calls / self._samples,
            metrics=metrics,
            seconds=seconds,
            sent=self._ledger.sent(rows),
        )
