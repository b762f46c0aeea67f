"""Solutions of convex problems with data, to 1e-12 in the gradient norm; the caller keeps BLAS to one thread.

Gradients of large samples round at more than 1e-12: the demand is then 1e-12 of the samples' mean norm.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from cablese.dsl.text.records import record

from ..data.scales import Matrix
from .base import Solution
from .losses import Logistic
from .spectra import MOST_DENSE, scaled

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

TOLERANCE = 1e-12
_MOST_STEPS = 200
_FLAT = 1e-10  # of the largest curvature, below which one is next to none
_STALLED = 5  # steps without a smaller gradient after which rounding is taken to rule


def squares_solution(
    matrix: Matrix, targets: HostArray, weights: HostArray, strength: float
) -> Solution | None:
    """The shortest minimiser of 1/2 sum_j w_j (a_j.x - y_j)^2 + strength/2 ||x||^2, from a QR and an SVD.

    None where d is so large that only an iteration would serve and it falls short.
    """
    roots = np.sqrt(weights)

    def gradient(x: HostArray) -> HostArray:
        slopes: HostArray = matrix.T @ (weights * (matrix @ x - targets)) + strength * x
        return slopes

    d = matrix.shape[1]
    if d > MOST_DENSE:
        x = _by_iteration(scaled(matrix, roots), targets * roots, strength)
        rank = d if strength else min(matrix.shape)
    else:
        x, rank = _by_factors(scaled(matrix, roots), targets * roots, strength, gradient)
    scale = mean_norm(matrix, weights) * (np.linalg.norm(targets * roots) + 1)
    if np.linalg.norm(gradient(x)) > TOLERANCE * max(1.0, float(scale)):
        return None
    residuals = matrix @ x - targets
    value = float(0.5 * weights @ (residuals * residuals) + 0.5 * strength * (x @ x))
    return Solution(x, value, flat=rank < d)


def _by_factors(
    rooted: Matrix, targets: HostArray, strength: float, gradient: Callable[[HostArray], HostArray]
) -> tuple[HostArray, int]:
    """The minimiser and the rank: singular directions below rounding stay 0; two refinements with the same factors."""
    dense = rooted if isinstance(rooted, np.ndarray) else rooted.toarray()
    ridge = np.sqrt(strength) * np.eye(dense.shape[1]) if strength else np.empty((0, dense.shape[1]))
    q, r = np.linalg.qr(np.vstack([dense, ridge]))
    left, values, right = np.linalg.svd(r, full_matrices=False)
    keep = values > values[0] * max(dense.shape) * np.finfo(float).eps
    left, values, right = left[:, keep], values[keep], right[keep]
    padded = np.concatenate([targets, np.zeros(len(ridge))])
    x = right.T @ ((left.T @ (q.T @ padded)) / values)
    for _ in range(2):
        x = x - right.T @ ((right @ gradient(x)) / values**2)
    return np.asarray(x), len(values)


def _by_iteration(rooted: Matrix, targets: HostArray, strength: float) -> HostArray:
    from scipy.sparse.linalg import lsmr

    found = lsmr(rooted, targets, damp=np.sqrt(strength), atol=1e-15, btol=1e-15, conlim=0, maxiter=20_000)
    return np.asarray(found[0])


@record
class _Logistic:
    """f(x) = sum_j w_j log(1 + exp(-s_j.x)) + strength/2 ||x||^2 on the host, for signed samples s_j."""

    matrix: Matrix
    weights: HostArray
    strength: float

    def value(self, x: HostArray) -> float:
        return float(self.weights @ Logistic().values(np, self.matrix @ x) + 0.5 * self.strength * (x @ x))

    def gradient(self, x: HostArray, products: HostArray) -> HostArray:
        slopes: HostArray = self.matrix.T @ Logistic().slopes(np, products.copy(), self.weights)
        return slopes + self.strength * x

    def curvatures(self, products: HostArray) -> HostArray:
        """w_j l''(t_j)."""
        falling = -Logistic().slopes(np, products.copy(), np.ones(len(products)))
        return np.asarray(self.weights * falling * (1 - falling))

    def hessian(self, curvatures: HostArray) -> HostArray:
        """The Hessian of the losses, dense."""
        found = self.matrix.T @ scaled(self.matrix, curvatures)
        return found if isinstance(found, np.ndarray) else np.asarray(found.toarray())


def logistic_solution(matrix: Matrix, weights: HostArray, strength: float) -> Solution | None:
    """The minimiser, by Newton's method, exact Hessian and line search; `matrix` is the samples times their labels.

    None if the classes can be separated strictly and nothing regularises (f then has no minimiser), or if
    rounding stops the iteration too early.
    """
    f = _Logistic(matrix, weights, strength)
    x = best = np.zeros(matrix.shape[1])
    least, stalled = np.inf, 0
    for _ in range(_MOST_STEPS):
        products = matrix @ x
        if not strength and products.min() > 0:
            return None
        gradient = f.gradient(x, products)
        norm = float(np.linalg.norm(gradient))
        stalled = 0 if norm < least else stalled + 1
        if norm < least:
            least, best = norm, x
        if norm <= TOLERANCE / 10 or stalled >= _STALLED:
            break
        x = stepped(f, x, gradient, _direction(f, products, gradient))
    if least > TOLERANCE * max(1.0, mean_norm(matrix, weights)):
        return None
    return Solution(best, f.value(best), flat=not strength and _is_flat(f, best))


def _is_flat(f: _Logistic, x: HostArray) -> bool:
    """True where the Hessian at x has directions of next to no curvature, or is too large to tell."""
    if len(x) > MOST_DENSE:
        return True
    values = np.linalg.eigvalsh(f.hessian(f.curvatures(f.matrix @ x)))
    return bool(values[0] <= _FLAT * values[-1])


def _direction(f: _Logistic, products: HostArray, gradient: HostArray) -> HostArray:
    """-H^-1 g, by Cholesky where the ridge keeps H definite, else on the directions with curvature."""
    curvatures, d = f.curvatures(products), len(gradient)
    if d > MOST_DENSE:
        return _direction_by_iteration(f, curvatures, gradient)
    hessian = f.hessian(curvatures)
    if f.strength:
        hessian = hessian + f.strength * np.eye(d)
        found = _definite_solution(hessian, gradient)
        if found is not None:
            return -found
    values, vectors = np.linalg.eigh(hessian)
    keep = values > values[-1] * d * np.finfo(float).eps
    along = vectors[:, keep]
    return -np.asarray(along @ ((along.T @ gradient) / values[keep]))


def _definite_solution(hessian: HostArray, gradient: HostArray) -> HostArray | None:
    """H^-1 g by Cholesky, None where H is not definite to rounding."""
    from scipy.linalg import LinAlgError, LinAlgWarning, solve

    with warnings.catch_warnings():
        warnings.simplefilter("error", LinAlgWarning)
        try:
            return np.asarray(solve(hessian, gradient, assume_a="pos"))
        except (LinAlgError, LinAlgWarning):
            return None


def _direction_by_iteration(f: _Logistic, curvatures: HostArray, gradient: HostArray) -> HostArray:
    """The Newton direction by conjugate gradients, more exactly as the gradient falls."""
    from scipy.sparse.linalg import LinearOperator, cg

    def product(v: HostArray) -> HostArray:
        along: HostArray = f.matrix.T @ (curvatures * (f.matrix @ v)) + f.strength * v
        return along

    operator = LinearOperator((len(gradient), len(gradient)), matvec=product, dtype=np.float64)
    rtol = min(0.1, float(np.linalg.norm(gradient)))
    return np.asarray(cg(operator, -gradient, rtol=max(rtol, 1e-10), maxiter=2000)[0])


class Valued(Protocol):
    """A function with values."""

    def value(self, x: HostArray) -> float:
        """The value at x."""


def stepped(f: Valued, x: HostArray, gradient: HostArray, direction: HostArray) -> HostArray:
    """x plus the direction, halved until f falls enough; near the solution rounding of f is allowed for."""
    here, slope, step = f.value(x), float(gradient @ direction), 1.0
    rounding = 1e-14 * max(abs(here), 1e-300)
    while step > 1e-10 and f.value(x + step * direction) > here + 1e-4 * step * slope + rounding:
        step /= 2
    return x + step * direction


def mean_norm(matrix: Matrix, weights: HostArray) -> float:
    """sum_j w_j ||a_j||."""
    return float(weights @ np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel()))
