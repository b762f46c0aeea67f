"""Samples for networks, with the axes of images or as words of texts, and their test part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import record

from ..data import errors as data_errors
from ..data.load import DataSet
from ..data.parts import Parts, read_parts
from ..data.stored import Reading
from ..data.vocabulary import FIRST, Tokens, Vocabulary
from ..networks import errors

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_MOST_CLASSES = 10_000


@record
class Part:
    """Samples: inputs (m, …), float32, or int64 for words of texts, and labels (m,), int64, or float32 for squares."""

    inputs: Any
    labels: Any


@record
class NetworkData:
    """A training part, a test part if there is one, the number of classes, and that of words (0: no texts)."""

    name: str
    train: Part
    test: Part | None
    classes: int
    words: int
    dealt: DataSet  # what splits go by

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.train.inputs.shape[1:])


def load_samples(
    data: str, test: str = "", *, target: str = "", whole_labels: bool = True, vocabulary: int, length: int
) -> NetworkData:
    """The samples that `data` names, ready for a network, and the test part, as `read_parts` has them.

    Numbers are normalised by mean and deviation of the training part, of each channel or feature; of texts the first
    `length` words count, in places of the vocabulary. Labels are whole numbers from 0, two signs, or texts, unless they
    are numbers for squares. SetupError for what does not serve.
    """
    found = read_parts(data, Reading(target=target), test)
    inputs, size = _inputs(found, vocabulary, length)
    labels, classes = _classes(found) if whole_labels else (_numbers(found), 0)
    train, *tests = [Part(*pair) for pair in zip(inputs, labels, strict=True)]
    columns = found.samples[0].columns
    rows = train.inputs.reshape(len(train.labels), -1)
    dealt = DataSet(data, rows, train.labels, None, columns, found.places, found.total)
    return NetworkData(data, train, tests[0] if tests else None, classes, size, dealt)


# --- inputs ------------------------------------------------------------------------------------------------------


def _inputs(found: Parts, vocabulary: int, length: int) -> tuple[list[HostArray], int]:
    """The inputs of the parts, and the number of words, 0 where they are no texts."""
    held = [part.inputs for part in found.samples]
    texts = [isinstance(part, list) for part in held]
    if any(texts) and not all(texts):
        raise data_errors.texts_and_numbers(found.names[1], found.names[0])
    if all(texts):
        words = Vocabulary.of(Tokens.of(held[0]), vocabulary)
        if not words.words:
            raise data_errors.no_words(found.names[0])
        return [words.places(part, length) for part in held], len(words.words) + FIRST
    arrays = [_axes(part) for part in held]
    for part in arrays[1:]:
        if part.shape[1:] != arrays[0].shape[1:]:
            raise errors.other_samples(found.names[1], part.shape[1:], arrays[0].shape[1:])
    return list(map(_normaliser(arrays[0], found.names[0]), arrays)), 0


def _axes(inputs: Any) -> Any:
    """Images as (m, channels, height, width); rows as they are, dense."""
    if not isinstance(inputs, np.ndarray):
        return inputs.toarray()
    if inputs.ndim == 3:
        return inputs[:, None]
    if inputs.ndim == 4 and inputs.shape[3] in (1, 3, 4) and inputs.shape[1] not in (1, 3, 4):
        return np.moveaxis(inputs, 3, 1)
    return inputs


def _normaliser(inputs: Any, name: str) -> Callable[[Any], HostArray]:
    """A function that takes away the mean and divides by the deviation of these inputs, of each channel or feature."""
    over = (0, *range(2, inputs.ndim))
    mean = inputs.mean(axis=over, keepdims=True, dtype=np.float64)
    deviation = inputs.std(axis=over, keepdims=True, dtype=np.float64)
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all()):
        raise errors.inputs_not_finite(name)
    divisor = np.where(deviation > 0, deviation, 1.0).astype(np.float32)

    def normalised(others: Any) -> HostArray:
        found = np.subtract(others, mean, dtype=np.float32, casting="unsafe")
        found /= divisor
        return np.ascontiguousarray(found)

    return normalised


# --- labels ------------------------------------------------------------------------------------------------------


def _classes(found: Parts) -> tuple[list[HostArray], int]:
    """The labels of the parts as int64, and the number of classes: 0 to the largest label, two signs, or texts."""
    first, *others = [part.targets for part in found.samples]
    known = np.unique(first)
    if known.dtype.kind == "U" or np.array_equal(known, [-1, 1]):
        for part in others:
            if (unknown := np.setdiff1d(part, known)).size:
                raise data_errors.unknown_labels(found.names[1], unknown.tolist(), found.names[0])
        return [np.searchsorted(known, part) for part in (first, *others)], len(known)
    for part, name in zip((first, *others), found.names, strict=True):
        if (wrong := part[part != np.floor(part)]).size:
            raise errors.labels_not_whole(name, float(wrong[0]))
    classes = int(first.max()) + 1
    for part, name in zip((first, *others), found.names, strict=True):
        if part.min() < 0:
            raise errors.labels_below_0(name, int(part.min()))
        if part.max() >= min(classes, _MOST_CLASSES):
            raise errors.labels_out_of_range(name, int(part.min()), int(part.max()), min(classes, len(known)))
    return [part.astype(np.int64) for part in (first, *others)], classes


def _numbers(found: Parts) -> list[HostArray]:
    """The labels of the parts as float32."""
    for part, name in zip(found.samples, found.names, strict=True):
        if part.targets.dtype.kind == "U" or not np.isfinite(part.targets).all():
            raise errors.labels_no_numbers(name)
    return [part.targets.astype(np.float32) for part in found.samples]
