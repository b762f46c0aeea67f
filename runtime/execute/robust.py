"""Aggregates that outliers do not carry away, over rows; and the rows that they need."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays.backend import Array, Backend
from ..errors import RunFailed

WEISZFELD, NEAR = 100, 1e-7
"""Steps towards a geometric median, and the share of the largest distance below which a vector counts as reached."""


def median(backend: Backend, value: Array) -> Array:
    """Median of the rows, entry by entry; the mean of the middle two for an even number."""
    rows = some_rows(value, "median").shape[0]
    ordered = backend.xp.sort(value, axis=0)
    last, middle = ordered[-1, ...], ordered[rows // 2, ...]
    if rows % 2 == 0:
        middle = (ordered[rows // 2 - 1, ...] + middle) / 2
    return backend.xp.where(last != last, last, middle)  # nan sorts last


def trimmed_mean(backend: Backend, value: Array, f: float) -> Array:
    """Mean without the f least and f greatest rows, entry by entry (arXiv:1803.01498, Definition 2)."""
    rows = _enough_rows(value, "trimmed_mean", f, 2 * f + 1)
    ordered = backend.xp.sort(value, axis=0)
    last = ordered[-1, ...]
    kept = backend.sum_rows(ordered[int(f) : rows - int(f), ...]) / (rows - 2 * int(f))
    return backend.xp.where(last != last, last, kept)  # nan sorts last


def krum(backend: Backend, value: Array, f: float) -> Array:
    """The row with the least sum of squared distances to its n - f - 2 nearest others (Blanchard et al. 2017); of several
    such the first."""
    rows, xp = _enough_rows(value, "krum", f, f + 3), backend.xp
    differences = [value - value[i, ...] for i in range(rows)]
    distances = xp.stack([xp.sum(difference * difference, axis=-1) for difference in differences])
    ordered = xp.sort(distances, axis=0)  # the least is the distance to itself
    scores = backend.sum_rows(ordered[1 : rows - int(f) - 1, ...])
    # a copy: programs write into vectors that were made for them
    return xp.asarray(value[int(xp.argmin(scores)), ...], copy=True)


def geometric_median(backend: Backend, value: Array) -> Array:
    """The geometric median: Weiszfeld's iteration from the mean, `WEISZFELD` steps, a row that is reached counting as nearly
    reached (arXiv:1912.13445, Algorithm 2)."""
    xp = backend.xp
    middle = backend.sum_rows(some_rows(value, "geometric_median")) / value.shape[0]
    for _ in range(WEISZFELD):
        difference = value - middle
        lengths = xp.sqrt(xp.sum(difference * difference, axis=-1))
        floor = NEAR * xp.max(lengths)
        if not float(floor) > 0:
            return middle
        weights = 1 / xp.where(lengths > floor, lengths, floor)
        middle = backend.sum_rows(weights[:, None] * value) / xp.sum(weights)
    return middle


def grouped(backend: Backend, value: Array, numbers: Sequence[float]) -> Array:
    """Means of the rows (rows, d) or (rows,) whose numbers are equal, in ascending order of the numbers."""
    groups: dict[float, list[int]] = {}
    for row, number in enumerate(numbers):
        groups.setdefault(number, []).append(row)
    if not groups:
        return value
    xp = backend.xp
    members = [backend.to_device(np.asarray(groups[number])) for number in sorted(groups)]
    taken = [xp.take(value, rows, axis=0) for rows in members]
    return xp.stack([backend.sum_rows(rows) / rows.shape[0] for rows in taken])


def _enough_rows(value: Array, operator: str, f: float, least: float) -> int:
    """The number of rows; raises RunFailed where the setting leaves none."""
    rows = int(some_rows(value, operator).shape[0])
    if not (f >= 0 and rows >= least):
        raise RunFailed(
            f"`{operator}` with f = {f:g} needs f >= 0 and at least {least:g} vectors, and has {rows}: take a smaller f, "
            "or more nodes."
        )
    return rows


def some_rows(value: Array, operator: str) -> Array:
    """The rows; raises RunFailed without any."""
    if value.shape[0] == 0:
        raise RunFailed(
            f"`{operator}` over no one has no value (`mean` and `sum` are 0 there): see to it that someone takes part."
        )
    return value
