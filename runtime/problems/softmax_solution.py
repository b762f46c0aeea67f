"""The solution of softmax regression with a ridge, by Newton's method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..data.scales import Matrix
from .base import Solution
from .models import CrossEntropy
from .solve import TOLERANCE, mean_norm, stepped

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_MOST_STEPS = 100
_STALLED = 5  # steps without a smaller gradient after which rounding is taken to rule


@record
class _Softmax:
    """f(W) = sum_j w_j l(W a_j, y_j) + strength/2 ||W||^2 on the host; W (classes, features) as a vector."""

    matrix: Matrix
    targets: HostArray
    weights: HostArray
    strength: float

    def scores(self, x: HostArray) -> HostArray:
        return np.asarray(self.matrix @ self.folded(x).T)

    def folded(self, x: HostArray) -> HostArray:
        return x.reshape(self.targets.shape[1], -1)

    def value(self, x: HostArray) -> float:
        losses = CrossEntropy().values(np, self.scores(x), self.targets)
        return float(self.weights @ losses + 0.5 * self.strength * (x @ x))

    def slopes(self, x: HostArray) -> HostArray:
        """The derivatives by the scores, unweighted."""
        return np.asarray(CrossEntropy().slopes(np, self.scores(x), self.targets))

    def gradient(self, x: HostArray, slopes: HostArray) -> HostArray:
        return self._pulled(self.weights[:, None] * slopes) + self.strength * x

    def curved(self, probabilities: HostArray, v: HostArray) -> HostArray:
        """The Hessian times a vector."""
        moved = self.scores(v)
        centred = probabilities * (moved - (probabilities * moved).sum(axis=1, keepdims=True))
        return self._pulled(self.weights[:, None] * centred) + self.strength * v

    def _pulled(self, slopes: HostArray) -> HostArray:
        return np.asarray(self.matrix.T @ slopes).T.ravel()


def softmax_solution(
    matrix: Matrix, targets: HostArray, weights: HostArray, strength: float
) -> Solution | None:
    """The minimiser for samples (m, features), one-hot targets (m, classes), weights (m,) and a positive strength; None
    where rounding stops the iteration too early."""
    f = _Softmax(matrix, targets, weights, strength)
    x = best = np.zeros(targets.shape[1] * matrix.shape[1])
    least, stalled = np.inf, 0
    for _ in range(_MOST_STEPS):
        slopes = f.slopes(x)
        gradient = f.gradient(x, slopes)
        norm = float(np.linalg.norm(gradient))
        stalled = 0 if norm < least else stalled + 1
        if norm < least:
            least, best = norm, x
        if norm <= TOLERANCE / 10 or stalled >= _STALLED:
            break
        x = stepped(f, x, gradient, _direction(f, slopes + targets, gradient))
    if least > TOLERANCE * max(1.0, mean_norm(matrix, weights)):
        return None
    return Solution(best, f.value(best))


def _direction(f: _Softmax, probabilities: HostArray, gradient: HostArray) -> HostArray:
    """The Newton direction by conjugate gradients, more exactly as the gradient falls."""
    from scipy.sparse.linalg import LinearOperator, cg

    d = len(gradient)
    operator = LinearOperator((d, d), matvec=lambda v: f.curved(probabilities, v), dtype=np.float64)
    rtol = max(min(0.1, float(np.linalg.norm(gradient))), 1e-8)
    return np.asarray(cg(operator, -gradient, rtol=rtol, maxiter=2000)[0])
