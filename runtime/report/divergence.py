"""Divergence: growth over a run, short of infinity, that tells that it went away from where it was to go."""

from __future__ import annotations

from collections.abc import Sequence

from ..execute.interface import Point
from .labels import Curve
from .metrics import words
from .units import metric_text

DIVERGENT = frozenset({"grad_norm2", "residual2"})
"""Metrics whose growth tells that a run diverges."""
GROWN = 10.0
"""The least growth of these or of the loss over a run, up to its last point, that is called divergence."""

FAILED, DIVERGES = "failed", "diverges"


def flaw(curve: Curve) -> str:
    """The reason for which a curve is best in nothing, in a word: one of its runs failed, or diverges; empty without one."""
    if any(run.summary is not None and run.summary.failed for run in curve.recordings):
        return FAILED
    return DIVERGES if any(growth(run.points) for run in curve.recordings) else ""


def growth(points: Sequence[Point]) -> str:
    """The growth by which a run diverges, in words; empty where it does not."""
    return _grown_loss(points) or _grown_slope(points)


def _grown_loss(points: Sequence[Point]) -> str:
    """The growth of a loss that ends tenfold; its gradient need not tell: that of a logistic loss is bounded."""
    losses = _values(points, "loss")
    return _growth("loss", losses) if losses and losses[-1] >= GROWN * abs(losses[0]) > 0 else ""


def _grown_slope(points: Sequence[Point]) -> str:
    """The growth of a gradient, or operator, that has grown tenfold and is at its largest at the end, while the loss, if
    there is one, did not fall: at the start of a network's training gradients grow."""
    losses = _values(points, "loss")
    if losses and losses[-1] < losses[0]:
        return ""
    for name in sorted(DIVERGENT):
        values = _values(points, name)
        if values and values[-1] == max(values) and values[-1] >= GROWN * values[0] > 0:
            return _growth(name, values)
    return ""


def _values(points: Sequence[Point], name: str) -> list[float]:
    return [point.metrics[name] for point in points if name in point.metrics]


def _growth(name: str, values: Sequence[float]) -> str:
    return f"{words(name)} has grown from {metric_text(values[0])} to {metric_text(values[-1])}"
