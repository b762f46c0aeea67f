"""Data sets by name or path, checked and scaled; what a format is like is known to a module for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from . import errors
from .bundled import BUNDLED, load_bundled
from .npz import load_npz
from .svmlight import load_svmlight

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

# a NumPy array, or a scipy.sparse.csr_array
Matrix: TypeAlias = Any

_SPARSE_PAYS = 0.2  # density below which products of CSR matrices beat dense ones, measured
_SMALL = 100_000  # entries below which the calls of scipy cost more than zeros in a cache, measured


@dataclass(frozen=True, slots=True)
class DataSet:
    """`matrix` (m, features), dense or CSR, and `targets` (m,), both float64; `name` is for messages."""

    name: str
    matrix: Matrix
    targets: HostArray


def load(name: str, features: int = 0, *, bias: bool = False, scale: str = "none") -> DataSet:
    """The set called `name`: one of scikit-learn's, a svmlight or an .npz file. Two labels become -1 and +1.

    `features` fixes the columns of a svmlight set (0: as many as it mentions). `scale` normalises rows to
    unit Euclidean norm or columns to mean square 1 (zero rows and columns stay), then `bias` adds a column of
    ones. `SetupError` names the file and, where it can, the line.
    """
    data = _checked(_read(name, features))
    if features not in (0, data.matrix.shape[1]):
        raise errors.features_differ(name, features, data.matrix.shape[1])
    matrix = _with_bias(_scaled(data.matrix, scale), bias)
    return replace(data, matrix=_stored(matrix), targets=_signed(data.targets))


def two_classes(data: DataSet, problem: str) -> HostArray:
    """The targets, all -1 or +1; `SetupError` that names the classes if they are not two."""
    classes = np.unique(data.targets)
    if len(classes) != 2:
        raise errors.not_two_classes(problem, data.name, classes.tolist())
    return data.targets


def _read(name: str, features: int) -> DataSet:
    if name in BUNDLED:
        return DataSet(name, *load_bundled(name))
    path = Path(name).expanduser()
    if path.is_dir():
        raise errors.data_is_folder(name)
    if not path.exists():
        raise errors.missing_data(name, BUNDLED)
    if path.suffix == ".npz":
        return DataSet(name, *load_npz(path, name))
    return DataSet(name, *load_svmlight(path, name, features))


def _checked(data: DataSet) -> DataSet:
    """The data if it has samples and features and every number in it is finite."""
    matrix, targets = data.matrix, data.targets
    if 0 in matrix.shape:
        raise errors.empty_data(data.name)
    if not np.isfinite(targets).all():
        row = int(np.argmin(np.isfinite(targets)))
        raise errors.label_not_finite(data.name, targets[row], row + 1)
    entries = matrix if isinstance(matrix, np.ndarray) else matrix.data
    if not np.isfinite(entries).all():
        place = int(np.argmin(np.isfinite(entries)))
        row, column = divmod(place, matrix.shape[1]) if entries is matrix else _csr_place(matrix, place)
        raise errors.not_finite(data.name, entries.ravel()[place], row + 1, column + 1)
    return data


def _csr_place(matrix: Matrix, place: int) -> tuple[int, int]:
    return int(np.searchsorted(matrix.indptr, place, side="right")) - 1, int(matrix.indices[place])


def _signed(targets: HostArray) -> HostArray:
    """Two values become -1 (the lower) and +1; others stay."""
    classes = np.unique(targets)
    return np.where(targets == classes[1], 1.0, -1.0) if len(classes) == 2 else targets


def _scaled(matrix: Matrix, scale: str) -> Matrix:
    if scale == "none":
        return matrix
    squares = matrix * matrix
    axis = 1 if scale == "rows" else 0
    lengths = np.sqrt(np.asarray(squares.sum(axis=axis) if axis else squares.mean(axis=0)).ravel())
    factors = 1 / np.where(lengths > 0, lengths, 1)
    return _times(matrix, factors, axis)


def _times(matrix: Matrix, factors: HostArray, axis: int) -> Matrix:
    """Rows (axis 1) or columns (axis 0) times factors."""
    if isinstance(matrix, np.ndarray):
        return matrix * (factors[:, None] if axis else factors)
    each = np.repeat(factors, np.diff(matrix.indptr)) if axis else factors[matrix.indices]
    return type(matrix)((matrix.data * each, matrix.indices, matrix.indptr), shape=matrix.shape)


def _with_bias(matrix: Matrix, bias: bool) -> Matrix:
    if not bias:
        return matrix
    ones = np.ones((matrix.shape[0], 1))
    if isinstance(matrix, np.ndarray):
        return np.hstack([matrix, ones])
    from scipy.sparse import csr_array, hstack

    return csr_array(hstack([matrix, csr_array(ones)], format="csr"))


def _stored(matrix: Matrix) -> Matrix:
    """Dense or CSR, whichever computes faster."""
    size = matrix.shape[0] * matrix.shape[1]
    dense = isinstance(matrix, np.ndarray)
    used = np.count_nonzero(matrix) if dense else matrix.nnz
    if size < _SMALL or used > _SPARSE_PAYS * size:
        return matrix if dense else matrix.toarray()
    if not dense:
        return matrix
    from scipy.sparse import csr_array

    return csr_array(matrix)
