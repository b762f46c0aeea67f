"""Slopes of losses from exponentials, which numba compiles: one pass where NumPy takes one an operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray


@fast
def logistic_slope(grown: float, weight: float) -> float:
    """The slope of log(1 + exp(-t)) times a weight, from exp(t)."""
    return -weight / (grown + type(grown)(1))


@fast
def sigmoid_slope(grown: float, weight: float) -> float:
    """The slope of (1 - 1/(1 + exp(-t)))^2 times a weight, from exp(t)."""
    one = type(grown)(1)
    q = one / (one + grown)
    return grown * q * q * q * weight * type(grown)(-2)


@fast
def _logistic_slopes(grown: HostArray, weights: HostArray) -> None:
    """Overwrite exponentials (m,) with slopes."""
    for place in range(grown.size):
        grown[place] = logistic_slope(grown[place], weights[place])


@fast
def _sigmoid_slopes(grown: HostArray, weights: HostArray) -> None:
    """Overwrite exponentials (m,) with slopes."""
    for place in range(grown.size):
        grown[place] = sigmoid_slope(grown[place], weights[place])


def logistic_slopes(grown: HostArray, weights: HostArray) -> HostArray | None:
    """As `losses` has it."""
    return _slopes(_logistic_slopes, grown, weights)


def sigmoid_slopes(grown: HostArray, weights: HostArray) -> HostArray | None:
    """As `losses` has it."""
    return _slopes(_sigmoid_slopes, grown, weights)


def _slopes(loop: Callable[..., None], grown: HostArray, weights: HostArray) -> HostArray | None:
    if not (isinstance(grown, np.ndarray) and isinstance(weights, np.ndarray)):
        return None
    contiguous = grown.flags.c_contiguous and weights.flags.c_contiguous
    if not contiguous or grown.dtype != weights.dtype or grown.shape != weights.shape:
        return None
    loop(grown.reshape(-1), weights.reshape(-1))
    return grown
