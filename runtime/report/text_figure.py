"""A figure as text for terminals: the leading metric against the bits sent, or another choice, drawn by uniplot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from cablese.dsl.text.printable import printable

from ..errors import SetupError
from .axes import Axis, axis
from .labels import Curve, header_of
from .metrics import leading, words
from .plot import View, axes_of, linear_below, metrics_of, spans_decades
from .series import Series, series

TERMINAL = "-"
"""The file of a figure that is drawn on standard output."""

_HEIGHT = 18  # lines of a drawing
_BESIDE = 12  # columns beside it, for its edges and numbers
_WIDEST = 100


def check_draws_text() -> None:
    """Raise SetupError where uniplot is not installed."""
    from importlib.util import find_spec

    if find_spec("uniplot") is None:
        raise SetupError(
            "a drawing in the terminal is made by uniplot, which is not installed: pip install 'cablese[terminal]', or name "
            "a file."
        )


def text_figure(curves: Sequence[Curve], view: View, columns: int) -> str:
    """The drawing of a metric of curves along an axis, of those of a view the first, in a terminal of so many columns.

    Raises SetupError without uniplot, UsageError for an axis or metric that there is not.
    """
    check_draws_text()
    from .console import wants_colours

    coloured = wants_colours(sys.stdout)
    plain = not coloured or not (sys.stdout.encoding or "").lower().startswith("utf")
    metric, place = _metric(curves, view), _axis(curves, view)
    lines = [series(curve, metric, place, view.centre) for curve in curves]
    heights = [value for line in lines for value in line.values]
    rises = view.scale == "log" or (view.scale == "auto" and spans_decades(heights))
    runs = linear_below([line.places[-1] for line in lines if line.places]) is not None
    drawn = [_points(line, rises=rises, runs=runs) for line in lines]
    kept = [(curve, points) for curve, points in zip(curves, drawn, strict=True) if points]
    title = printable(f"{words(metric)} against {place.label}")
    if not kept:
        return f"{title}: no value can be drawn\n"
    text: str = _drawer()(
        xs=[[x for x, _ in points] for _, points in kept],
        ys=[[y for _, y in points] for _, points in kept],
        lines=True,
        x_as_log=runs,
        y_as_log=rises,
        x_gridlines=[],
        y_gridlines=[],
        width=max(20, min(columns - _BESIDE, _WIDEST)),
        height=_HEIGHT,
        line_length_hard_cap=columns,
        legend_labels=[printable(curve.label) for curve, _ in kept],
        title=title,
        color=coloured,
        character_set="ascii" if plain else "braille",
    )
    return text if text.endswith("\n") else f"{text}\n"


def _drawer() -> Callable[..., str]:
    """The function of uniplot, imported as where there is no numba, with which it would compile for seconds what takes
    milliseconds."""
    absent: Any = None  # in the table of modules: one that cannot be imported
    held = {"numba": sys.modules["numba"]} if "numba" in sys.modules else {}
    sys.modules["numba"] = absent
    try:
        from uniplot import plot_to_string
    finally:
        del sys.modules["numba"]
        sys.modules.update(held)
    drawer: Callable[..., str] = plot_to_string
    return drawer


def _metric(curves: Sequence[Curve], view: View) -> str:
    names = metrics_of(curves, view)
    return names[0] if view.y else leading(names) or names[0]


def _axis(curves: Sequence[Curve], view: View) -> Axis:
    if view.x:
        return next(iter(axes_of(curves, view).values()))
    ends = [(run.points[-1], header_of(run)) for curve in curves for run in curve.recordings]
    return axis("bits_up" if len(curves) > 1 else "rounds", ends, each=view.each)


def _points(line: Series, *, rises: bool, runs: bool) -> list[tuple[float, float]]:
    """The points of a line that have a place on its axes."""
    return [
        (x, y)
        for x, y in zip(line.places, line.values, strict=True)
        if isfinite(y) and (y > 0 or not rises) and (x > 0 or not runs)
    ]
