"""Data sets by name or path: read, parted, made numbers of, checked and scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..files.reading import DATA_LIMIT
from . import errors
from .parts import read_parts
from .scales import Matrix, scale_of
from .stored import Inputs, Reading
from .vocabulary import Tokens, Vocabulary

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_SPARSE_PAYS = 0.2  # density below which products of CSR matrices beat dense ones, measured
_LARGEST = 1e75  # of a feature or label: its fourth power is finite
_SMALL = 100_000  # entries below which the calls of scipy cost more than zeros in a cache, measured

WORDS = 10_000
"""Words of a vocabulary, unless said otherwise."""


@record
class Part:
    """Samples `matrix` (m, features), dense or CSR, and `targets` (m,), both float64."""

    matrix: Matrix
    targets: HostArray


@record
class DataSet:
    """The training part, as `Part` has it, and the test part if there is one; `name` is for messages.

    `columns` (m,) are those that splits may go by; `places` (m,) those of the samples among all that the file has.
    """

    name: str
    matrix: Matrix
    targets: HostArray
    test: Part | None = None
    columns: Mapping[str, HostArray] = field(default_factory=dict)
    places: HostArray | None = None
    samples_in_file: int = 0


def load(
    name: str,
    features: int = 0,
    *,
    bias: bool = False,
    scale: str = "none",
    target: str = "",
    without: str = "",
    categories: str = "",
    test: str = "",
    vocabulary: int = WORDS,
) -> DataSet:
    """The set called `name`: one of scikit-learn's, or a file of a format that `formats` knows. Two labels become -1 and +1.

    `features` fixes the columns of a svmlight set (0: as many as it mentions). `target`, `without` and `categories`
    (names separated by commas) are columns of a CSV file. `test` is a file or a share, see `read_parts`. Texts become counts
    of the training part's `vocabulary` most frequent words. `scale` is as `scale_of` has it, by the training part; then
    `bias` adds a column of ones. `SetupError` names the file and, where it can, the line.
    """
    how = Reading(features, target, _listed(without), _listed(categories))
    found = read_parts(name, how, test)
    matrices = _numbers([part.inputs for part in found.samples], found.names, vocabulary)
    targets = _labels([part.targets for part in found.samples], found.names)
    parts = [_checked(Part(*pair), of) for *pair, of in zip(matrices, targets, found.names, strict=True)]
    _check_widths(parts, found.names, features)
    if scale == "standard":
        _check_dense(parts, found.names)
    scaled = scale_of(parts[0].matrix, scale)
    made = []
    for part, of in zip(parts, found.names, strict=True):
        bounded = _bounded(replace(part, matrix=scaled(part.matrix)), of)
        made.append(replace(bounded, matrix=_stored(_with_bias(bounded.matrix, bias))))
    training, *tests = made
    return DataSet(
        name,
        training.matrix,
        training.targets,
        tests[0] if tests else None,
        found.samples[0].columns,
        found.places,
        found.total,
    )


def _listed(names: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in names.split(",") if each.strip())


def two_classes(data: DataSet, problem: str) -> HostArray:
    """The targets, all -1 or +1; `SetupError` that names the classes if they are not two."""
    classes = np.unique(data.targets)
    if len(classes) != 2:
        raise errors.not_two_classes(problem, data.name, classes.tolist())
    return data.targets


def _numbers(inputs: Sequence[Inputs], names: Sequence[str], vocabulary: int) -> list[Matrix]:
    """The inputs of the parts as matrices (m, features), float64: texts as counts of words, images in one row each."""
    texts = [isinstance(part, list) for part in inputs]
    if any(texts) and not all(texts):
        raise errors.texts_and_numbers(names[1], names[0])
    if not all(texts):
        return [_flat(part) for part in inputs]
    tokens = [Tokens.of(part) for part in inputs]
    words = Vocabulary.of(tokens[0], vocabulary)
    if not words.words:
        raise errors.no_words(names[0])
    return [words.counts(part) for part in tokens]


def _flat(inputs: Inputs) -> Matrix:
    if not isinstance(inputs, np.ndarray):
        return inputs
    return np.ascontiguousarray(inputs.reshape(len(inputs), -1), dtype=np.float64)


def _labels(targets: Sequence[HostArray], names: Sequence[str]) -> list[HostArray]:
    """The targets of the parts as numbers: the training part's texts count from 0 in alphabetical order, and two values of
    it become -1 (the lower) and +1."""
    for part, name in zip(targets, names, strict=True):
        _check_labels(part, name)
    classes = np.unique(targets[0])
    texts = classes.dtype.kind == "U"
    if len(classes) != 2 and not texts:
        if any(part.dtype.kind == "U" for part in targets):
            raise errors.texts_and_numbers(names[1], names[0])
        return list(targets)
    for part in targets[1:]:
        unknown = np.setdiff1d(part, classes)
        if unknown.size:
            raise errors.unknown_labels(names[1], unknown.tolist(), names[0])
    if len(classes) == 2:
        return [np.where(part == classes[1], 1.0, -1.0) for part in targets]
    return [np.searchsorted(classes, part).astype(np.float64) for part in targets]


def _check_labels(targets: HostArray, name: str) -> None:
    """Raise SetupError where a label that is a number is not finite."""
    if targets.dtype.kind == "f" and not np.isfinite(targets).all():
        row = int(np.argmin(np.isfinite(targets)))
        raise errors.label_not_finite(name, targets[row], row + 1)


def _check_widths(parts: Sequence[Part], names: Sequence[str], features: int) -> None:
    """Raise SetupError where `features` is another number of columns than the data have, or the parts differ in it."""
    width = parts[0].matrix.shape[1]
    if features not in (0, width):
        raise errors.features_differ(names[0], features, width)
    if parts[-1].matrix.shape[1] != width:
        raise errors.other_width(names[1], parts[-1].matrix.shape[1], names[0], width)


def _checked(part: Part, name: str) -> Part:
    """The part if it has samples and features, all finite."""
    matrix = part.matrix
    if 0 in matrix.shape:
        raise errors.empty_data(name)
    wrong = _first(matrix, ~np.isfinite(_entries(matrix)))
    if wrong:
        raise errors.not_finite(name, *wrong)
    return part


def _bounded(part: Part, name: str) -> Part:
    """The part if squares of squares of its numbers, which constants are made of, can be had."""
    large = _first(part.matrix, np.abs(_entries(part.matrix)) > _LARGEST)
    if large:
        raise errors.too_large_a_value(name, *large, _LARGEST)
    wrong = np.abs(part.targets) > _LARGEST
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.too_large_a_label(name, part.targets[row], row + 1, _LARGEST)
    return part


def _check_dense(parts: Sequence[Part], names: Sequence[str]) -> None:
    """Raise SetupError where a sparse part would not fit into memory once it is dense."""
    for part, name in zip(parts, names, strict=True):
        samples, features = part.matrix.shape
        if not isinstance(part.matrix, np.ndarray) and (size := 8 * samples * features) > DATA_LIMIT:
            raise errors.too_dense(name, (samples, features), size, DATA_LIMIT)


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
