"""Extreme eigenvalues of weighted Gram matrices sum_j w_j a_j a_j', which make L and mu."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..data.scales import Matrix

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MOST_DENSE = 1500  # order up to which symmetric matrices are built and decomposed
_SMALL = 1 << 16  # entries of sparse samples up to which products of dense ones cost less, measured
_COLUMNS = 500  # of a Gram matrix that are made at a time where only its norm is wanted
_FEW = 128  # order up to which all eigenvalues cost less than loading what finds one alone
_MOST_FOR_TOP = 500  # the same where only the largest eigenvalue is wanted, which Lanczos finds soon


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS in one thread, so that constants and solutions do not depend on how many there are."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def largest(matrix: Matrix, weights: HostArray) -> float:
    """The largest eigenvalue of sum_j w_j a_j a_j' for samples (m, d) and weights (m,) >= 0."""
    samples, d = matrix.shape
    order = min(samples, d)
    if order > _MOST_FOR_TOP:
        return _largest_by_lanczos(matrix, weights)
    if not isinstance(matrix, np.ndarray) and samples * d <= _SMALL:
        matrix = matrix.toarray()
    products = gram(matrix, weights) if d <= samples else _kernel(matrix, weights)
    return max(_top(products), 0.0)


def are_few(samples: int, matrix: Matrix) -> bool:
    """True of so few samples that `largest` of some equals `largest_of_each` of stacks of them."""
    d = matrix.shape[1]
    return min(samples, d) <= _FEW and (isinstance(matrix, np.ndarray) or samples * d <= _SMALL)


def largest_of_each(stack: HostArray) -> HostArray:
    """(nodes,): `largest` of each node's samples (nodes, m, d), few of them, with weights 1/m, to the bit."""
    _, m, d = stack.shape
    if d <= m:
        products = stack.transpose(0, 2, 1) @ (stack * (1 / m))
    else:
        rooted = stack * np.sqrt(1 / m)
        products = rooted @ rooted.transpose(0, 2, 1)
    return np.maximum(np.linalg.eigvalsh(products)[:, -1], 0.0)


def _top(symmetric: HostArray) -> float:
    """The largest eigenvalue of a dense symmetric matrix."""
    order = len(symmetric)
    if order <= _FEW:
        return float(np.linalg.eigvalsh(symmetric)[-1])
    from scipy.linalg import eigh

    return float(eigh(symmetric, eigvals_only=True, subset_by_index=[order - 1, order - 1])[0])


def norm_of(name: str) -> Callable[[Matrix, HostArray], float]:
    """`largest` (spectral) or `frobenius`, by name."""
    return frobenius if name == "frobenius" else largest


def frobenius(matrix: Matrix, weights: HostArray) -> float:
    """The Frobenius norm of sum_j w_j a_j a_j' for samples (m, d) and weights (m,) >= 0, at least its largest eigenvalue."""
    rooted = scaled(matrix, np.sqrt(weights))
    narrow = rooted if matrix.shape[1] <= matrix.shape[0] else rooted.T
    total, width = 0.0, narrow.shape[1]
    for first in range(0, width, _COLUMNS):
        part = narrow.T @ narrow[:, first : first + _COLUMNS]
        total += float((part * part).sum())
    return float(np.sqrt(total))


def smallest(matrix: Matrix, weights: HostArray) -> float | None:
    """The smallest eigenvalue, 0 if the samples do not span R^d to rounding; None if d is too large.

    From the singular values of the weighted samples, which keep digits that the Gram matrix loses.
    """
    samples, d = matrix.shape
    if samples < d:
        return 0.0
    if d > MOST_DENSE:
        return None
    values = np.linalg.svd(triangle(matrix, weights), compute_uv=False)
    cut = values[0] * max(samples, d) * np.finfo(float).eps
    return float(values[-1] ** 2) if values[-1] > cut else 0.0


def triangle(matrix: Matrix, weights: HostArray) -> HostArray:
    """R (d, d) of the QR decomposition of the samples scaled by sqrt(w)."""
    dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return np.asarray(np.linalg.qr(dense * np.sqrt(weights)[:, None], mode="r"))


def gram(matrix: Matrix, weights: HostArray) -> HostArray:
    """sum_j w_j a_j a_j', (d, d), for samples (m, d) and weights (m,)."""
    product = matrix.T @ scaled(matrix, weights)
    return product if isinstance(product, np.ndarray) else np.asarray(product.toarray())


def _kernel(matrix: Matrix, weights: HostArray) -> HostArray:
    """(m, m): the same eigenvalues but for zeros."""
    rooted = scaled(matrix, np.sqrt(weights))
    product = rooted @ rooted.T
    return product if isinstance(product, np.ndarray) else np.asarray(product.toarray())


def scaled(matrix: Matrix, factors: HostArray) -> Matrix:
    """Samples times factors (m,)."""
    if isinstance(matrix, np.ndarray):
        return matrix * factors[:, None]
    each = np.repeat(factors, np.diff(matrix.indptr))
    return type(matrix)((matrix.data * each, matrix.indices, matrix.indptr), shape=matrix.shape)


def _largest_by_lanczos(matrix: Matrix, weights: HostArray) -> float:
    from scipy.sparse.linalg import LinearOperator, eigsh

    d = matrix.shape[1]
    transpose = matrix.T if isinstance(matrix, np.ndarray) else matrix.T.tocsr()
    operator = LinearOperator((d, d), matvec=lambda x: transpose @ (weights * (matrix @ x)), dtype=np.float64)
    start = transpose @ weights + np.linspace(1, 2, d) / d  # fixed, and with a share in every direction
    return float(eigsh(operator, k=1, which="LA", v0=start, tol=1e-12, return_eigenvectors=False)[0])
