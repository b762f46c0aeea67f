"""The best setting of each method of a sweep, by a metric within a budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.records import record

from ..errors import UsageError
from ..execute.interface import Point
from ..execute.laws import Reading, read_bits, read_duration, read_plain
from ..execute.options import NAMED
from .axes import PREDICTED, QUANTITIES
from .divergence import flaw
from .fitted import FittedTable
from .labels import Curve
from .metrics import LOSS, best_of, is_slope, leading, words
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


@record
class Choice:
    """The best setting of a method and those that are as good; in `notes` the reason where there is none, and what a reader
    should know of the others."""

    best: Best | None
    equals: tuple[Curve, ...] = ()
    notes: tuple[str, ...] = ()


@record
class Criterion:
    """The metric that settings are compared by; where nobody asked for it, a loss beside it may decide."""

    metric: str
    is_asked: bool


def criterion_of(curves: Sequence[Curve], metric: str | None) -> Criterion:
    """The criterion of a metric, or of the leading one. Raises UsageError for one that no run has."""
    return Criterion(metric_of(curves, metric), metric is not None)


def best_of_each(curves: Sequence[Curve], metric: str | None, budget: Budget) -> list[Best]:
    """The best setting of each method that has one, in order, as `choose` has it. Raises UsageError for a metric that no run
    has."""
    criterion = criterion_of(curves, metric)
    chosen = (choose(group, criterion, budget) for group in _by_method(curves))
    return [choice.best for choice in chosen if choice.best is not None]


def _by_method(curves: Sequence[Curve]) -> list[Sequence[Curve]]:
    found: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        found.setdefault((curve.header.algorithm, curve.header.spec), []).append(curve)
    return list(found.values())


def choose(curves: Sequence[Curve], criterion: Criterion, budget: Budget) -> Choice:
    """The best of settings, but for those of which a run failed or diverges, or that have no point within the budget.

    A gradient vanishes where a loss is flat, far from its minimum, too: by a slope that nobody asked for, those settings
    alone are compared that reached the least loss but for `NEAR` of its fall.
    """
    by = criterion.metric
    reached = [found for curve in curves if (found := reached_by(curve, by, budget)) is not None]
    if not reached:
        return Choice(None, notes=(_none(curves, by, budget),))
    level = _level(reached, budget) if is_slope(by) else None
    fit = reached
    if level is not None and not criterion.is_asked:
        fit = [one for one in reached if level.holds(one.curve)]
    best = fit[0]
    for one in fit[1:]:
        best = one if _is_better(by, one.value, best.value) else best
    equals = tuple(one.curve for one in fit if one.value == best.value)
    return Choice(best, equals, () if level is None else tuple(_contradictions(best, reached, by, level)))


def _is_better(metric: str, value: float, other: float) -> bool:
    return value != other and best_of(metric, (other, value)) == value


NEAR = 0.01
"""The part of a loss's fall from the start by which two losses may differ and count as the same."""
_ROUNDING = 1e-12


@record
class _Level:
    """Losses of settings, the curve with the least one, and the most that counts as this."""

    losses: Mapping[str, float]
    least: Curve
    most: float

    def of(self, curve: Curve) -> float:
        """The loss of a curve."""
        return self.losses[curve.label]

    def holds(self, curve: Curve) -> bool:
        """True where a curve's loss counts as the least."""
        return self.of(curve) <= self.most


def _level(reached: Sequence[Best], budget: Budget) -> _Level | None:
    """The level of the losses of settings within a budget; None where not all have losses."""
    found = [reached_by(one.curve, LOSS, budget) for one in reached]
    ends = [one for one in found if one is not None]
    if len(ends) < len(reached):
        return None
    least = min(ends, key=lambda one: one.value)
    start = median(point.metrics[LOSS] for point in next(least.curve.steps(LOSS)))
    most = least.value + max(NEAR * (start - least.value), _ROUNDING * abs(least.value))
    return _Level({one.curve.label: one.value for one in ends}, least.curve, most)


def _contradictions(best: Best, reached: Sequence[Best], by: str, level: _Level) -> Iterator[str]:
    """Lines on settings that the loss and its slope judge unlike."""
    loss = words(LOSS)
    if not level.holds(best.curve):
        low, high = (metric_text(level.of(curve)) for curve in (level.least, best.curve))
        yield f"{level.least.label} has a smaller {loss} than {best.curve.label}: {low}, not {high}"
    for one in reached:
        if _is_better(by, one.value, best.value):
            high, low = (metric_text(level.of(curve)) for curve in (one.curve, best.curve))
            yield (
                f"{one.curve.label} has a smaller {words(by)}, {metric_text(one.value)}, at a larger {loss}, {high} and not "
                f"{low}: it is not the best (--best {by} asks for that alone)"
            )


def _none(curves: Sequence[Curve], by: str, budget: Budget) -> str:
    """The line on a method without a best setting."""
    reasons = Counter(why_not(curve, by, budget) for curve in curves)
    told = ", ".join(f"{reason}: {number}" for reason, number in reasons.items())
    return f"{curves[0].header.algorithm}: no setting is the best ({told})"


def why_not(curve: Curve, metric: str, budget: Budget) -> str:
    """The reason for which a curve cannot be the best, in a word or two; empty where it can."""
    if found := flaw(curve):
        return found
    if any(run.summary is None for run in curve.recordings):
        return "unfinished"
    inside = any(budget.holds(curve, points) for points in curve.steps(metric))
    return "" if inside else "over budget"


def reached_by(curve: Curve, metric: str, budget: Budget) -> Best | None:
    """The median of a metric that a curve's runs reached within a budget; None where the curve cannot be the best."""
    if why_not(curve, metric, budget):
        return None
    inside = [points for points in curve.steps(metric) if budget.holds(curve, points)]
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


def best_report(curves: Sequence[Curve], metric: str | None, budget: Budget) -> Iterator[RenderableType]:
    """The table of the best settings, and lines on those that are not what they seem. Raises UsageError for a metric that no
    run has."""
    criterion = criterion_of(curves, metric)
    by, choices = criterion.metric, [choose(group, criterion, budget) for group in _by_method(curves)]
    table = FittedTable((f"best by {words(by)}{budget.words}", words(by), "at round", "set"), right=(1, 2))
    for best in (choice.best for choice in choices if choice.best is not None):
        given = ", ".join(best.curve.header.settings)
        table.add_row(best.curve.label, metric_text(best.value), value_text(best.round), given)
    if table.rows:
        yield table
    for choice in choices:
        yield from choice.notes
