"""Constraint sets, by their projections: a ball, a box, the simplex."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from . import errors
from .base import Regulariser
from .lengths import lengths_of_rows
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray


class ConvexSet(Regulariser):
    """A set as a regulariser: its indicator, whose `prox` is the projection."""

    is_set: ClassVar[bool] = True

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it: 0."""
        return xp.zeros_like(vectors[:, 0])


@register
class Ball(ConvexSet):
    """{x: ||x|| <= r}."""

    name = "ball"
    doc = "the set norm(x) <= r"
    arguments = (Argument("r", ArgumentKind.REAL, doc="radius", above=0, example="1"),)

    def __init__(self, lengths: tuple[int, ...], *, r: float) -> None:
        super().__init__(lengths)
        self._radius = r

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: longer vectors shortened to r."""
        long = lengths_of_rows(xp, vectors)
        least = xp.full_like(long, self._radius)
        return vectors * (least / xp.maximum(long, least))

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As `Regulariser` has it: r in the direction."""
        length = float(lengths_of_rows(np, direction[None])[0, 0])
        return direction * (self._radius / length) if length else np.zeros_like(direction)


class Balls(ConvexSet):
    """{V: ||v_j|| <= r for every row v_j} of a matrix of vectors: a ball for each."""

    name, doc = "balls", "the set norm(v_j) <= r, for every row v_j"

    def __init__(self, rows: int, width: int, *, r: float) -> None:
        super().__init__((rows * width,))
        self._rows, self._ball = rows, Ball((width,), r=r)

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: every row by itself."""
        each = xp.reshape(vectors, (vectors.shape[0] * self._rows, -1))
        return xp.reshape(self._ball.prox(xp, each, steps), vectors.shape)

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As `Regulariser` has it: r in the direction of every row."""
        each = [self._ball.farthest(row) for row in direction.reshape(self._rows, -1)]
        return np.concatenate([row for row in each if row is not None])


@register
class Box(ConvexSet):
    """{x: a <= x_c <= b for every c}; a side that is not given is open."""

    name = "box"
    doc = "the set a <= x_c <= b, for every entry c"
    arguments = (
        Argument("a", ArgumentKind.REAL, -inf, doc="the least that an entry may be", example="0"),
        Argument("b", ArgumentKind.REAL, inf, doc="the most that an entry may be", example="1"),
    )

    def __init__(self, lengths: tuple[int, ...], *, a: float, b: float) -> None:
        super().__init__(lengths)
        if not (a <= b and a < inf and b > -inf):
            raise errors.empty_box(a, b)
        self._least, self._most = a, b
        self._near_zero = min(max(0.0, a), b)

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: each entry to the nearest that is allowed."""
        least, most = (xp.full_like(vectors[:, :1], bound) for bound in (self._least, self._most))
        return xp.minimum(xp.maximum(vectors, least), most)

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As `Regulariser` has it: a corner."""
        corner = np.where(direction > 0, self._most, np.where(direction < 0, self._least, self._near_zero))
        return corner if np.isfinite(corner).all() else None


@register
class Simplex(ConvexSet):
    """{x: x >= 0, sum_c x_c = 1}."""

    name = "simplex"
    doc = "the set of probability vectors: entries not negative, with sum 1"

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: by sorting; Held, Wolfe and Crowder (1974), Duchi et al. (2008), fig. 1.

        Entries are counted from their largest, which moves no projection; one that is 1 below it or more becomes 0.
        """
        near = vectors - xp.max(vectors, axis=-1, keepdims=True)
        near = xp.maximum(near, xp.full_like(near[:, :1], -1.0))
        falling = xp.sort(near, axis=-1, descending=True)
        excess = xp.cumulative_sum(falling, axis=1) - 1.0
        counts = xp.ones_like(falling[:1, :])
        shares = excess / xp.cumulative_sum(counts, axis=1)
        used = xp.sum(xp.astype(falling > shares, xp.int64), axis=-1, keepdims=True)
        places = xp.cumulative_sum(xp.astype(counts, xp.int64), axis=1)
        level = xp.max(xp.where(places == used, shares, xp.full_like(shares, -2.0)), axis=-1, keepdims=True)
        return xp.maximum(near - level, xp.zeros_like(level))

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As `Regulariser` has it: a vertex."""
        vertex = np.zeros(len(direction))
        vertex[direction.argmax()] = 1.0
        return vertex
