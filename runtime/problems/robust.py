"""Robust regression and classification: a model against noise on its data, as saddle point problems."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from ..regularisers.base import Regulariser
from ..regularisers.parts import Parts
from ..regularisers.sets import Ball, Balls, ConvexSet
from .base import SMOOTHNESS, Oracle, Setting, Solution
from .linear import LinearProblem
from .losses import Logistic, Square
from .proximal_solver import composite_solution
from .registry import register
from .robust_oracles import NoisyLabels, NoisySamples, NoisyTargets
from .sampled import DATA, SHAPE
from .smooth_terms import Ridge
from .solve import squares_solution
from .spectra import largest, one_thread, smallest

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

L2 = Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(x)", least=0)


class RobustProblem(LinearProblem):
    """A linear model x against noise: min over x, max over the noise."""

    kind = "vi"
    constants = SMOOTHNESS | {"mu"}

    def __init__(self, setting: Setting, l2: float, **data: Any) -> None:
        super().__init__(setting, Ridge(l2), **data)
        self._features, self._l2 = self.d, l2

    def _tested(self, point: HostArray) -> tuple[HostArray, HostArray]:
        """As `LinearProblem` has it, of the model without noise."""
        return super()._tested(point[: self._features])

    @cached_property
    def _places(self) -> list[HostArray]:
        """Places in the noise of each node's samples: nodes one after another."""
        ends = np.cumsum((0, *self.samples))
        return [np.arange(first, last) for first, last in pairwise(ends)]


@register
class RobustLeastSquares(RobustProblem):
    """Least squares with adversarial noise on the targets, which it pays for.

    f_i = 1/m_i sum_j [1/2 (a_j.x - y_j - u_j)^2 - lam/2 u_j^2] + l2/2 ||x||^2; the noise u has an entry for each sample
    of all nodes, in their order. Monotone if lam >= 1; `+ ball(r = …, on = noise)` bounds the noise.
    """

    name = "robust_least_squares"
    doc = "f_i = 1/m_i sum_j [1/2 (a_j.x - y_j - u_j)^2 - lam/2 u_j^2] + l2/2 norm2(x), max over u; not monotone if lam < 1"
    arguments = (
        DATA,
        Argument("lam", ArgumentKind.REAL, 2.0, doc="price of noise; from 1 on f is concave in it", above=0),
        L2,
        *SHAPE,
    )
    loss = Square()

    def __init__(self, setting: Setting, *, lam: float, l2: float, **data: Any) -> None:
        super().__init__(setting, l2, **data)
        self._lam, noise = lam, sum(self.samples)
        self.d = self._features + noise
        self.blocks = (("x", (self._features,)), ("noise", (noise,)))

    @property
    def not_monotone(self) -> str:
        """As `Problem` has it."""
        return f"lam = {self._lam:g} is below 1" if self._lam < 1 else ""

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it."""
        inner, places = self._linear_oracle(backend, first, last), self._places[first:last]
        return NoisyTargets(
            backend, inner, places, (self._features, sum(self.samples)), (self._lam, self._l2)
        )

    def _smoothness(self, matrix: Any, weights: HostArray) -> float:
        """The norm of [[A'WA + l2, -A'W], [WA, (lam - 1) W]]."""
        from scipy.sparse.linalg import LinearOperator, eigsh

        samples, k = matrix.shape
        if np.ptp(weights) <= 1e-15 * weights.max():  # parts into 2 x 2 blocks by the singular values of A
            squares = _squared_singular_values(matrix, weights)
            free = [self._l2] * (k > samples) + [abs(self._lam - 1) * float(weights[0])] * (samples > k)
            return max(self._block_norm(squares, float(weights[0])), *free, 0.0)

        def product(z: HostArray) -> HostArray:
            x, u = z[:k], z[k:]
            t = weights * (matrix @ x - u)
            return np.concatenate([matrix.T @ t + self._l2 * x, t + self._lam * weights * u])

        def transposed(z: HostArray) -> HostArray:
            x, u = z[:k], weights * z[k:]
            t = weights * (matrix @ x) + u
            return np.concatenate([matrix.T @ t + self._l2 * x, (self._lam - 1) * u - weights * (matrix @ x)])

        order, start = k + samples, np.concatenate([np.linspace(1, 2, k), np.linspace(2, 1, samples)])
        operator = LinearOperator((order, order), matvec=lambda z: transposed(product(z)), dtype=np.float64)
        top = eigsh(operator, k=1, which="LA", v0=start, tol=1e-13, return_eigenvectors=False)[0]
        return float(np.sqrt(max(top, 0.0)))

    def _block_norm(self, squares: HostArray, weight: float) -> float:
        """The largest norm of [[s^2 + l2, -s sqrt(w)], [s sqrt(w), (lam - 1) w]] over squares s^2."""
        roots = np.sqrt(squares * weight)
        blocks = np.empty((len(squares), 2, 2))
        blocks[:, 0, 0], blocks[:, 1, 1] = squares + self._l2, (self._lam - 1) * weight
        blocks[:, 0, 1], blocks[:, 1, 0] = -roots, roots
        return float(np.linalg.norm(blocks, 2, axis=(1, 2)).max())

    def _sample_smoothness(self, part: HostArray) -> float:
        """max_j of a node's operators [[a a' + l2, -a], [a', lam - 1]]."""
        return max(self._block_norm(self._square_norms[part], 1.0), self._l2)

    def _convexity(self) -> float | None:
        """The least eigenvalue of blockdiag(A'WA + l2, (lam - 1) W), exact; with very many features l2 for the first."""
        if self._lam < 1:
            return None
        least = smallest(self._matrix, self.weights) or 0.0
        return min(least + self._l2, (self._lam - 1) * float(self.weights.min()))

    @cached_property
    def _solution(self) -> Solution | None:
        """Least squares in x, once the noise -(a_j.x - y_j)/(lam - 1) is put in."""
        if self._lam <= 1:
            return None
        strength = self._l2 * (self._lam - 1) / self._lam
        with one_thread():
            found = squares_solution(self._matrix, self._targets, self.weights, strength)
        if found is None:
            return None
        noise = -(self._matrix @ found.point - self._targets) / (self._lam - 1)
        ordered = np.concatenate([noise[part] for part in self.parts])
        unique = strength > 0 or (smallest(self._matrix, self.weights) or 0.0) > 0
        return Solution(np.concatenate([found.point, ordered]), float("nan"), unique)


@register
class RobustLogisticRegression(RobustProblem):
    """Logistic regression with adversarial shifts of the features, after Beznosikov, Samokhin, Gasnikov (2020).

    f_i = 1/m_i sum_j log(1 + exp(-y_j x.(a_j + v))) + l2/2 ||x||^2 - beta/2 ||v||^2 over ||x|| <= radius, ||v|| <= noise,
    one shift v of all samples; with `per_sample` the shift is v_j, each sample's own, with ||v_j|| <= noise, and its price
    stands within the sum. Monotone if beta >= radius^2/4; below that it may not be, and has no `mu`.
    """

    name = "robust_logreg"
    doc = (
        "f_i = 1/m_i sum_j log(1 + exp(-y_j x.(a_j + v))) + l2/2 norm2(x) - beta/2 norm2(v), max over norm(v) <= noise, "
        "norm(x) <= radius; v_j of each sample's own if per_sample; not known to be monotone if beta < radius^2/4"
    )
    arguments = (
        DATA,
        L2,
        Argument("beta", ArgumentKind.REAL, 1.0, doc="price of the shift v", least=0),
        Argument("noise", ArgumentKind.REAL, 0.1, doc="the most that norm(v) may be", above=0),
        Argument("radius", ArgumentKind.REAL, 2.0, doc="the most that norm(x) may be", above=0),
        Argument(
            "per_sample", ArgumentKind.BOOL, False, doc="a shift for every sample instead of one for all"
        ),
        *SHAPE,
    )
    loss = Logistic()

    def __init__(
        self,
        setting: Setting,
        *,
        l2: float,
        beta: float,
        noise: float,
        radius: float,
        per_sample: bool = False,
        **data: Any,
    ) -> None:
        super().__init__(setting, l2, **data)
        k, self._shifts = self._features, sum(self.samples) if per_sample else 0
        shift: ConvexSet = Balls(self._shifts, k, r=noise) if per_sample else Ball((k,), r=noise)
        self.d = k + sum(shift.lengths)
        self.blocks = (("x", (k,)), ("v", (self._shifts, k) if per_sample else (k,)))
        self._beta, self._noise, self._radius = beta, noise, radius
        self._balls = Parts((k, self.d - k), [(0, k, Ball((k,), r=radius)), (k, self.d, shift)])

    @property
    def not_monotone(self) -> str:
        """As `Problem` has it."""
        least = self._radius**2 / 4
        return f"beta = {self._beta:g} is below radius^2/4 = {least:g}" if self._beta < least else ""

    @property
    def regulariser(self) -> Regulariser | None:
        """As `Problem` has it: both balls."""
        return self._balls

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it."""
        inner = self._linear_oracle(backend, first, last)
        if self._shifts:
            places, labels = self._places[first:last], self._targets[np.concatenate(self.parts)]
            return NoisySamples(backend, inner, places, labels, (self._beta, self._l2))
        labels = [self._targets[part] for part in self.parts[first:last]]
        return NoisyLabels(backend, inner, labels, max(self.samples), (self._beta, self._l2))

    def _smoothness(self, matrix: Any, weights: HostArray) -> float:
        """An upper bound of the Jacobian's norm over the balls: its blocks are bounded one by one."""
        root = float(np.sqrt(largest(matrix, weights)))
        if self._shifts:
            return self._sample_bound(root, float(weights.max()), float(np.linalg.norm(weights)))
        return self._bound(root)

    def _sample_smoothness(self, part: HostArray) -> float:
        """The same bound for the longest sample of a node."""
        root = float(np.sqrt(self._square_norms[part].max()))
        return self._sample_bound(root, 1.0, 1.0) if self._shifts else self._bound(root)

    def _sample_bound(self, root: float, most: float, length: float) -> float:
        """The bound with a shift for each sample, `most` the largest of the weights w and `length` their norm.

        With V the shifts: ||W^(1/2) (A + V)|| <= root + noise, so the block of x is at most (root + noise)^2/4 + l2; that
        of v has eigenvalues from w (beta - radius^2/4) to w beta; between them stand w_j l'' (a_j + v_j) x' and w_j l' I.
        """
        long = root + self._noise
        own = max(long**2 / 4 + self._l2, most * self._beta, most * (self._radius**2 / 4 - self._beta))
        return own + float(np.sqrt(most)) * self._radius * long / 4 + length

    def _bound(self, root: float) -> float:
        """The bound from the root of the largest eigenvalue of A'WA: |l'| <= 1, l'' <= 1/4."""
        long = root + self._noise
        own = max(long**2 / 4 + self._l2, self._beta, self._radius**2 / 4 - self._beta)
        return own + self._radius * long / 4 + 1

    def _convexity(self) -> float | None:
        """A lower bound of mu over the balls, where f is known to be concave in v."""
        if self.not_monotone:
            return None
        price = float(self.weights.min()) if self._shifts else 1.0
        return min(self._l2, price * (self._beta - self._radius**2 / 4))

    @cached_property
    def _solution(self) -> Solution | None:
        return composite_solution(self, self._balls)


def _squared_singular_values(matrix: Any, weights: HostArray) -> HostArray:
    """The squares of those of W^(1/2) A, no fewer than min(samples, features)."""
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return np.asarray(np.linalg.svd(dense * np.sqrt(weights)[:, None], compute_uv=False) ** 2)
