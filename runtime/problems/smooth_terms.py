"""Smooth terms that every node's f_i has beside its loss, on any array library."""

from __future__ import annotations

from typing import Any, Protocol

from ..arrays.backend import Array


class SmoothTerm(Protocol):
    """r(x), added to every sample's loss."""

    name: str  # of its slopes in `arrays.numba_linear`
    strength: float  # 0: r = 0
    curvature: float  # max of r''
    least_curvature: float  # min of r''

    def slopes(self, x: Array) -> Array:
        """r'(x), elementwise, new."""

    def value(self, xp: Any, x: Array) -> Array:
        """r(x) of x (d,) or of each row of x (rows, d)."""


class Ridge:
    """strength/2 ||x||^2."""

    name = "ridge"

    def __init__(self, strength: float) -> None:
        self.strength = self.curvature = self.least_curvature = strength

    def slopes(self, x: Array) -> Array:
        """As `SmoothTerm` has it."""
        return self.strength * x

    def value(self, xp: Any, x: Array) -> Array:
        """As `SmoothTerm` has it."""
        return 0.5 * self.strength * xp.sum(x * x, axis=-1)


class Bounded:
    """strength * sum_c x_c^2/(1 + x_c^2)."""

    name = "bounded"

    def __init__(self, strength: float) -> None:
        self.strength = strength
        self.curvature = 2 * strength  # of r'' = strength (2 - 6 x^2)/(1 + x^2)^3, at 0
        self.least_curvature = -strength / 2  # at x^2 = 1

    def slopes(self, x: Array) -> Array:
        """As `SmoothTerm` has it."""
        widened = x * x
        widened += 1.0
        return (2 * self.strength) * x / (widened * widened)

    def value(self, xp: Any, x: Array) -> Array:
        """As `SmoothTerm` has it."""
        squares = x * x
        return self.strength * xp.sum(squares / (1.0 + squares), axis=-1)
