"""The best setting of each method of a sweep, by a metric within a budget."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.records import record

from ..errors import UsageError
from ..execute.interface import Point
from ..execute.laws import Reading, read_bits, read_duration, read_plain
from ..execute.options import NAMED
from .axes import PREDICTED, QUANTITIES
from .fitted import FittedTable
from .labels import Curve
from .metrics import best_of, leading, words
from .units import metric_text, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType


@record
class Budget:
    """The most that a run may have spent of a quantity, summed over nodes; without a name whatever it spent."""

    name: str = ""
    most: float = 0.0

    def holds(self, curve: Curve, points: Sequence[Point]) -> bool:
        """True where the runs of a curve have spent no more in the mean."""
        if not self.name:
            return True
        quantity = QUANTITIES[self.name]
        return fmean(quantity.value(point, curve.header) for point in points) <= self.most

    @property
    def words(self) -> str:
        """The budget in a heading."""
        return f" within {self.most:g} {QUANTITIES[self.name].words}" if self.name else " at the end"


def read_budget(text: str) -> Budget:
    """The budget that `rounds = 100` or `bits_up = 1e6` states, none where the text is empty. Raises UsageError."""
    if not text:
        return Budget()
    name, equals, number = (part.strip() for part in text.partition("="))
    most = _reading_of(name)(number)
    if not equals or name not in QUANTITIES or most is None or not most >= 0:
        raise UsageError(
            f"--budget takes NAME = a number from 0, such as bits_up=1e6, where NAME is one of {', '.join(QUANTITIES)}, "
            f"not {text!r}.{meant(name, QUANTITIES)}"
        )
    return Budget(name, most)


def _reading_of(name: str) -> Reading:
    """The reading of a quantity's numbers: bits and seconds may have a unit."""
    if name in QUANTITIES and QUANTITIES[name].in_bits:
        return read_bits
    return read_duration if name in ("seconds", PREDICTED) else read_plain


@record
class Best:
    """A curve of a method, the median of a metric that its runs reached, and the round of that."""

    curve: Curve
    value: float
    round: int


def best_of_each(curves: Sequence[Curve], metric: str | None, budget: Budget) -> list[Best]:
    """The best setting of each method, in order, by a metric or the leading one; those of which a run failed, or that have
    no point within the budget, are not chosen. Raises UsageError for a metric that no run has."""
    by, found = metric_of(curves, metric), dict[str, Best]()
    for curve in curves:
        own = reached(curve, by, budget)
        method = f"{curve.header.algorithm} {curve.header.spec}"
        if own is not None and (method not in found or _is_better(by, own.value, found[method].value)):
            found[method] = own
    return list(found.values())


def _is_better(metric: str, value: float, other: float) -> bool:
    return value != other and best_of(metric, (other, value)) == value


def reached(curve: Curve, metric: str, budget: Budget) -> Best | None:
    """The median of a metric that a curve's runs reached within a budget; None where a run failed or none has a point."""
    inside = [points for points in curve.steps(metric) if budget.holds(curve, points)]
    if not inside or any(run.summary is None or run.summary.failed for run in curve.recordings):
        return None
    return Best(curve, median(point.metrics[metric] for point in inside[-1]), inside[-1][0].round)


def metric_of(curves: Sequence[Curve], metric: str | None) -> str:
    """The metric asked for, or the leading one. Raises UsageError for one that no run has."""
    present = [name for curve in curves for name in curve.recordings[0].points[-1].metrics]
    by = metric or leading(present) or ""
    check_metric(by, present)
    return by


def check_metric(metric: str, present: Sequence[str]) -> None:
    """Raise UsageError for a metric that is not among those that runs measure."""
    if metric not in present:
        names = list(dict.fromkeys(present))
        asked = f" Ask for it: --metrics {metric}." if metric in NAMED else meant(metric, names)
        raise UsageError(f"--best takes what the runs measure, {', '.join(names)}, not {metric}.{asked}")


def best_report(curves: Sequence[Curve], metric: str | None, budget: Budget) -> RenderableType:
    """The table of the best settings. Raises UsageError for a metric that no run has."""
    by = metric_of(curves, metric)
    table = FittedTable((f"best by {words(by)}{budget.words}", words(by), "at round", "set"), right=(1, 2))
    for best in best_of_each(curves, by, budget):
        given = ", ".join(best.curve.header.settings)
        table.add_row(best.curve.label, metric_text(best.value), value_text(best.round), given)
    return table
