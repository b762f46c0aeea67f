"""Trials of a compressor's traits: how far it is, on a vector, from what its family states of all vectors and draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from cablese.dsl.check.contracts import Trait

from ..arrays.backend import Array
from .samples import Bench, batches

FACTORS = (2.0, 3.0)
"""Factors of trials of scaling: one that keeps the digits of floats, one that does not."""
_OTHER_TURN = 1
_LAW_TURN = 1 << 21  # the first turn of draws on -x


def gaps(bench: Bench, traits: frozenset[Trait], x: Array) -> Iterator[tuple[Trait, float]]:
    """Each trait that draws can be matched for, and how far C is from it on x: 0 where it holds, but for rounding.

    `bench` has wire floats as wide as the computations'.
    """
    for trait, measured in _TRIALS.items():
        if trait in traits:
            yield trait, measured(bench, x)


def of_zero(bench: Bench) -> float:
    """The largest entry of |C(0)|."""
    return float(np.abs(_result(bench, np.zeros(bench.d))).max())


def law_differences(bench: Bench, x: Array, draws: int) -> Iterator[Array]:
    """Samples (draws,), within -1 to 1, that have mean 0 where C(-x) has the law of -C(x): shares of entries above x's,
    of entries below it, and of zeros, in draws of C(x) less those in others of -C(-x)."""
    here = np.concatenate([errors + x for errors, _ in batches(bench, x, draws, 0)])
    there = -np.concatenate([errors - x for errors, _ in batches(bench, -x, draws, _LAW_TURN)])
    for one, other in ((here > x, there > x), (here < x, there < x), (here == 0, there == 0)):
        yield one.mean(axis=1) - other.mean(axis=1)


def _result(bench: Bench, x: Array, turn: int = 0) -> Array:
    """C(x) (d,) under the draws of a turn."""
    return bench.dense(bench.sender, bench.packet(x[None, :], turn))[0]


def _relative(off: Array, whole: Array) -> float:
    return float(np.linalg.norm(off) / (np.linalg.norm(whole) or 1.0))


def _drawn(bench: Bench, x: Array) -> float:
    return _relative(_result(bench, x) - _result(bench, x, _OTHER_TURN), x)


def _scaling(bench: Bench, x: Array) -> float:
    here = _result(bench, x)
    return max(_relative(_result(bench, t * x) - t * here, t * x) for t in FACTORS)


def _scale(bench: Bench, x: Array) -> float:
    here = _result(bench, x)
    return max(_relative(_result(bench, t * x) - here, here) for t in FACTORS)


def _asymmetry(bench: Bench, x: Array) -> float:
    return _relative(_result(bench, x) + _result(bench, -x), x)


def _altered(bench: Bench, x: Array) -> float:
    found = _result(bench, x)
    return _relative(np.where(found != 0, found - x, 0.0), x)


_Trial: TypeAlias = Callable[[Bench, Array], float]

_TRIALS: Mapping[Trait, _Trial] = {
    Trait.DETERMINISTIC: _drawn,
    Trait.HOMOGENEOUS: _scaling,
    Trait.SCALE_FREE: _scale,
    Trait.ODD: _asymmetry,
    Trait.SELECTING: _altered,
}
