"""Losses of one sample as functions of its product with the model, on any array library; without data."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Protocol

import numpy as np

from ..arrays.backend import Array
from ..arrays.numba_dispatch import dispatched


class Loss(Protocol):
    """A loss l(t) of t = y_j a_j.x if `signed`, of t = a_j.x - y_j otherwise; elementwise on arrays."""

    name: str  # of its slopes in `arrays.numba_linear`
    signed: bool
    curvature: float  # max |l''|
    convex: bool

    def slopes(self, xp: Any, t: Array, weights: Array) -> Array:
        """weights * l'(t); may overwrite `t`."""

    def values(self, xp: Any, t: Array) -> Array:
        """l(t)."""


class Square:
    """l(t) = t^2 / 2."""

    name = "square"
    signed = False
    curvature = 1.0
    convex = True

    def slopes(self, xp: Any, t: Array, weights: Array) -> Array:
        """As `Loss` has it."""
        t *= weights
        return t

    def values(self, xp: Any, t: Array) -> Array:
        """As `Loss` has it."""
        return 0.5 * t * t


class Logistic:
    """l(t) = log(1 + exp(-t))."""

    name = "logistic"
    signed = True
    curvature = 0.25
    convex = True

    def slopes(self, xp: Any, t: Array, weights: Array) -> Array:
        """As `Loss` has it: l'(t) = -1 / (1 + exp(t))."""
        return logistic_slopes(exp_capped(xp, t), weights)

    def values(self, xp: Any, t: Array) -> Array:
        """As `Loss` has it; neither end overflows or cancels."""
        return xp.log1p(xp.exp(-xp.abs(t))) - xp.minimum(t, 0.0)


# l'' = 2 q^2 (1 - q)(2 - 3 q) with q = 1/(1 + exp(t)) is largest where 12 q^2 - 15 q + 4 = 0
_STEEPEST = (15 - math.sqrt(33)) / 24


class Sigmoid:
    """l(t) = (1 - 1/(1 + exp(-t)))^2, as in MARINA's experiments (arXiv:2102.07845, sec. 5)."""

    name = "sigmoid"
    signed = True
    curvature = 2 * _STEEPEST**2 * (1 - _STEEPEST) * (2 - 3 * _STEEPEST)  # 0.1540583…
    convex = False

    def slopes(self, xp: Any, t: Array, weights: Array) -> Array:
        """As `Loss` has it: l'(t) = -2 q^2 (1 - q), where 1 - q = exp(t) q does not cancel."""
        return sigmoid_slopes(exp_capped(xp, t), weights)

    def values(self, xp: Any, t: Array) -> Array:
        """As `Loss` has it."""
        q = 1.0 / (1.0 + exp_capped(xp, t))
        return q * q


@dispatched(lambda grown, weights: grown.size, short=True, saved=1 / 64)
def logistic_slopes(grown: Array, weights: Array) -> Array:
    """weights * l'(t) of the logistic loss from exp(t), which is given up."""
    grown += 1.0
    return -weights / grown


@dispatched(lambda grown, weights: grown.size, short=True, saved=1 / 64)
def sigmoid_slopes(grown: Array, weights: Array) -> Array:
    """weights * l'(t) of the sigmoid's loss from exp(t), which is given up."""
    q = 1.0 / (1.0 + grown)
    grown *= q
    grown *= q
    grown *= q
    grown *= weights
    grown *= -2.0
    return grown


def exp_capped(xp: Any, t: Array) -> Array:
    """exp(t), new, with t cut where exp would leave the type's range: 1/(1 + exp(t)) is right for every t."""
    most = largest_exponent(xp, t.dtype)
    # to find the largest takes a fifth of what a comparison with a number takes; nan is the largest, and not below
    if isinstance(t, np.ndarray) and t.size and t.item(t.argmax()) <= most:
        return np.exp(t)
    return xp.exp(xp.minimum(t, most))


@cache
def largest_exponent(xp: Any, dtype: Any) -> float:
    """Just below log of the type's largest number; to ask anew costs as much as a small array's exp."""
    return math.log(float(xp.finfo(dtype).max)) - 1.0
