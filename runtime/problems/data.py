"""Data sets by name or path, checked and scaled; each format has a module of its own."""

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
_LARGEST = 1e75  # of a feature or label: its fourth power is finite
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
    scaled = _bounded(replace(data, matrix=_scaled(data.matrix, scale), targets=_signed(data.targets)))
    return replace(scaled, matrix=_stored(_with_bias(scaled.matrix, bias)))


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
    wrong = _first(matrix, ~np.isfinite(_entries(matrix)))
    if wrong:
        raise errors.not_finite(data.name, *wrong)
    return data


def _bounded(data: DataSet) -> DataSet:
    """The data if squares of squares of its numbers, which constants are made of, can be had."""
    large = _first(data.matrix, np.abs(_entries(data.matrix)) > _LARGEST)
    if large:
        raise errors.too_large_a_value(data.name, *large, _LARGEST)
    wrong = np.abs(data.targets) > _LARGEST
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.too_large_a_label(data.name, data.targets[row], row + 1, _LARGEST)
    return data


def _entries(matrix: Matrix) -> HostArray:
    return matrix.ravel() if isinstance(matrix, np.ndarray) else np.asarray(matrix.data)


def _first(matrix: Matrix, wrong: HostArray) -> tuple[float, int, int] | None:
    """The first of the entries that are wrong, with its row and column from 1."""
    if not wrong.any():
        return None
    place = int(np.argmax(wrong))
    if isinstance(matrix, np.ndarray):
        row, column = divmod(place, matrix.shape[1])
    else:
        row, column = int(np.searchsorted(matrix.indptr, place, side="right")) - 1, int(matrix.indices[place])
    return float(_entries(matrix)[place]), row + 1, column + 1


def _signed(targets: HostArray) -> HostArray:
    """Two values become -1 (the lower) and +1; others stay."""
    classes = np.unique(targets)
    return np.where(targets == classes[1], 1.0, -1.0) if len(classes) == 2 else targets


def _scaled(matrix: Matrix, scale: str) -> Matrix:
    if scale == "none":
        return matrix
    axis = 1 if scale == "rows" else 0
    # powers of two, which round nothing, bring the largest near 1: no square overflows or vanishes
    matrix = _times(matrix, np.ldexp(1.0, -np.frexp(_largest(matrix, axis))[1]), axis)
    squares = matrix * matrix
    lengths = np.sqrt(np.asarray(squares.sum(axis=axis) if axis else squares.mean(axis=0)).ravel())
    return _times(matrix, 1 / np.where(lengths > 0, lengths, 1), axis)


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
