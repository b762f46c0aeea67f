"""Scales of features: samples of length 1, features of mean square 1, or centred ones of deviation 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

# a NumPy array, or a scipy.sparse.csr_array
Matrix: TypeAlias = Any

SCALES = ("none", "rows", "columns", "standard")


def scale_of(matrix: Matrix, scale: str) -> Callable[[Matrix], Matrix]:
    """The map of samples (m, features) that `scale` names, with the figures of the training samples `matrix`.

    `rows`: each sample divided by its Euclidean norm; `columns`: each feature by its root mean square; `standard`:
    centred, and divided by its standard deviation. Lengths of 0 divide nothing.
    """
    match scale:
        case "rows":
            return _rows
        case "columns":
            # powers of two, which round nothing, bring the largest near 1: no square overflows or vanishes
            powers = _powers(matrix, 0)
            near = _times(matrix, powers, 0)
            lengths = _lengths(np.asarray((near * near).mean(axis=0)).ravel())
            return lambda samples: _times(_times(samples, powers, 0), 1 / lengths, 0)
        case "standard":
            return _standard(matrix)
        case _:
            return lambda samples: samples


def _rows(matrix: Matrix) -> Matrix:
    near = _times(matrix, _powers(matrix, 1), 1)
    return _times(near, 1 / _lengths(np.asarray((near * near).sum(axis=1)).ravel()), 1)


def _standard(matrix: Matrix) -> Callable[[Matrix], Matrix]:
    """Figures of a sparse matrix are taken from its entries: only the result is dense, one copy of it."""
    powers = _powers(matrix, 0)
    near = _times(matrix, powers, 0)
    means = np.asarray(near.mean(axis=0)).ravel()
    deviations = np.sqrt(_square_deviations(near, means))
    # of a feature that is the same in all samples, up to rounding, nothing is left
    kept = deviations > np.abs(means) * 1e-12
    factors = np.where(kept, 1 / np.where(kept, deviations, 1), 0.0)

    def scaled(samples: Matrix) -> HostArray:
        result = samples.copy() if isinstance(samples, np.ndarray) else np.asarray(samples.toarray())
        result *= powers
        result -= means
        result *= factors
        return result

    return scaled


def _square_deviations(matrix: Matrix, means: HostArray) -> HostArray:
    """The mean of (x - mean)^2 of each feature; a feature's zeros that are not stored count as they do."""
    if isinstance(matrix, np.ndarray):
        return np.asarray(((matrix - means) ** 2).mean(axis=0))
    samples, features = matrix.shape
    squares = np.bincount(matrix.indices, (matrix.data - means[matrix.indices]) ** 2, features)
    stored = np.bincount(matrix.indices, minlength=features)
    return np.asarray((squares + (samples - stored) * means**2) / samples)


def _powers(matrix: Matrix, axis: int) -> HostArray:
    return np.asarray(np.ldexp(1.0, -np.frexp(_largest(matrix, axis))[1]))


def _lengths(squares: HostArray) -> HostArray:
    lengths = np.sqrt(squares)
    return np.where(lengths > 0, lengths, 1)


def _largest(matrix: Matrix, axis: int) -> HostArray:
    """The largest magnitude of each row (axis 1) or column (axis 0)."""
    found = abs(matrix).max(axis=axis)
    return np.asarray(found if isinstance(matrix, np.ndarray) else found.toarray()).ravel()


def _times(matrix: Matrix, factors: HostArray, axis: int) -> Matrix:
    """Rows (axis 1) or columns (axis 0) times factors."""
    if isinstance(matrix, np.ndarray):
        return matrix * (factors[:, None] if axis else factors)
    each = np.repeat(factors, np.diff(matrix.indptr)) if axis else factors[matrix.indices]
    return type(matrix)((matrix.data * each, matrix.indices, matrix.indptr), shape=matrix.shape)
