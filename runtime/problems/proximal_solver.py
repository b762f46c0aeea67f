"""Solutions of problems with a regulariser or set: proximal steps, then Newton's method on the proximal residual."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.generic import ordered_sum
from ..arrays.namespace import NUMPY
from ..arrays.numpy_backend import NumpyBackend
from .base import Solution
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..regularisers.base import Regulariser
    from .base import Oracle, Problem

TOLERANCE = 1e-10
"""The farthest from the solution that an answer may be, relative to its length where that is above 1."""

_BLOCKS, _STEPS = 40, 300  # proximal steps between two tries of Newton's method
_MOST_NEWTON = 600  # entries up to which residuals are differentiated, entry by entry
_NEWTON = 12
_SINGULAR = 1e-8  # a slope of the residual below this, relative to the largest, may be one of 0


@record
class _Residual:
    """R(x) = x - prox(x - s F(x), s), 0 at solutions alone, for the mean gradient or operator F and a step s."""

    n: int
    oracle: Oracle
    psi: Regulariser
    step: float

    def field(self, x: HostArray) -> HostArray:
        """F(x)."""
        return np.asarray(ordered_sum(np, self.oracle.gradients(x)) / self.n)

    def stepped(self, x: HostArray, slope: HostArray) -> HostArray:
        """prox(x - s slope, s)."""
        steps = np.full((1, 1), self.step)
        return np.asarray(self.psi.prox(NUMPY, (x - self.step * slope)[None], steps)[0])

    def at(self, x: HostArray) -> HostArray:
        """R(x)."""
        return x - self.stepped(x, self.field(x))

    def slopes(self, x: HostArray, here: HostArray) -> HostArray:
        """The Jacobian (d, d) by forward differences; central ones would straddle kinks."""
        step = 1e-7 * max(1.0, float(np.abs(x).max()))
        columns = [(self.at(x + step * unit) - here) / step for unit in np.eye(len(x))]
        return np.stack(columns, axis=-1)


def composite_solution(problem: Problem, psi: Regulariser) -> Solution | None:
    """The minimiser of f + psi, or the solution of the variational inequality of F and psi, to 1e-10.

    None unless the problem states `mu` and a finite `L`, which it does where f is convex or F monotone; where the
    iteration falls short; for a variational inequality also where the solution may not be the only one.
    """
    mu, largest = problem.constant("mu"), problem.constant("L")
    if mu is None or largest is None or not 0 < float(largest) < np.inf:
        return None
    host = NumpyBackend("float64", "float64")
    game = problem.kind == "vi"
    step = (0.7 if game else 1.0) / float(largest)
    residual = _Residual(problem.n, problem.oracle(host, 0, problem.n), psi, step)
    with one_thread(), np.errstate(all="ignore"):
        found = _solved(residual, problem.start, _by_extragradient if game else _by_accelerated, float(mu))
        if found is None:
            return None
        point, unique = found
        if game:
            return Solution(point, float("nan")) if unique else None
        losses = float(ordered_sum(np, residual.oracle.losses(point)) / problem.n)
        return Solution(point, losses + float(psi.values(NUMPY, point[None])[0]), unique)


def _solved(
    residual: _Residual, x: HostArray, advance: Callable[[_Residual, HostArray], HostArray], mu: float
) -> tuple[HostArray, bool] | None:
    """A solution, and True if it is known to be the only one."""
    for _ in range(_BLOCKS):
        x = advance(residual, x)
        if len(x) <= _MOST_NEWTON:
            found = _by_newton(residual, x)
            if found is not None:
                return found[0], found[1] or mu > 0
        elif _is_near(residual, x, mu):
            return x, mu > 0
    return None


def _is_near(residual: _Residual, x: HostArray, mu: float) -> bool:
    """True if the residual bounds the distance to the solution (Facchinei and Pang 2003, prop. 6.3.1), or, without strong
    monotonicity, is itself as small as rounding leaves it."""
    length = float(np.linalg.norm(residual.at(x)))
    bound = 2 * length / (residual.step * mu) if mu > 0 else 1e4 * length
    return bound <= TOLERANCE * max(1.0, float(np.linalg.norm(x)))


def _by_accelerated(residual: _Residual, x: HostArray) -> HostArray:
    """Accelerated proximal gradient steps (Beck and Teboulle 2009), restarted where momentum points uphill."""
    ahead, weight = x, 1.0
    for _ in range(_STEPS):
        new = residual.stepped(ahead, residual.field(ahead))
        uphill = float((ahead - new) @ (new - x)) > 0
        following = 1.0 if uphill else (1 + (1 + 4 * weight * weight) ** 0.5) / 2
        ahead = new if uphill else new + (weight - 1) / following * (new - x)
        x, weight = new, following
    return x


def _by_extragradient(residual: _Residual, x: HostArray) -> HostArray:
    """Extragradient steps (Korpelevich 1976)."""
    for _ in range(_STEPS):
        half = residual.stepped(x, residual.field(x))
        x = residual.stepped(x, residual.field(half))
    return x


def _by_newton(residual: _Residual, x: HostArray) -> tuple[HostArray, bool] | None:
    """The solution near x and True if no slope of the residual is 0 there, by a few Newton steps; None without one."""
    here = residual.at(x)
    for _ in range(_NEWTON):
        slopes = residual.slopes(x, here)
        if not np.isfinite(slopes).all():
            return None
        left, values, right = np.linalg.svd(slopes)
        keep = values > _SINGULAR * values[0]
        step = right[keep].T @ ((left[:, keep].T @ here) / values[keep])
        near = x - step
        there, small = residual.at(near), 0.01 * TOLERANCE * max(1.0, float(np.linalg.norm(x)))
        if max(np.linalg.norm(step), np.linalg.norm(there)) <= small:
            return residual.stepped(near, residual.field(near)), bool(keep.all())
        if not np.linalg.norm(there) <= 0.5 * np.linalg.norm(here):
            return None
        x, here = near, there
    return None
