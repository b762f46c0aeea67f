"""The training and the test part of data: a file's own, a second file, or a share of the samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from . import errors
from .formats import read_stored
from .stored import Inputs, Reading, Samples

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_KEY = 0x7E57
"""The key of the draw of test samples. They are the same under every seed of a run, so that a problem is."""


@record
class Parts:
    """The two parts of data, the names of the files that they come from, and the places (m,) of the training samples among
    the `total` that the file has for training."""

    samples: tuple[Samples, ...]
    names: tuple[str, ...]
    places: HostArray
    total: int


def read_parts(name: str, how: Reading, test: str) -> Parts:
    """The training part of the data called `name`, and its test part if there is one.

    `test` names another file, of the same format and choices, or a share ("0.2"); empty: the file's own part, or none.
    """
    stored = read_stored(name, how)
    everyone = np.arange(len(stored.training.targets))
    share = _share(test) if test else None
    if share is None:
        own = stored.test if not test else read_stored(test, _as_wide(stored.training.inputs, how)).training
        if own is not None and (other := sorted((set(stored.training.words) ^ set(own.words)) - {""})):
            raise errors.other_words(test or name, name, other)
        parts = (stored.training,) if own is None else (stored.training, own)
        return Parts(parts, (name, test or name)[: len(parts)], everyone, len(everyone))
    held_out = round(share * len(everyone))
    if not 0 < held_out < len(everyone):
        raise errors.no_samples_left(name, len(everyone), share)
    order = np.random.Generator(np.random.Philox(key=_KEY)).permutation(len(everyone))
    kept, out = np.sort(order[held_out:]), np.sort(order[:held_out])
    parts = (_chosen(stored.training, kept), _chosen(stored.training, out))
    return Parts(parts, (name, name), kept, len(everyone))


def _share(test: str) -> float | None:
    """The share that a text names, None for a file. SetupError for what is neither."""
    try:
        share = float(test)
    except ValueError:
        return None
    if 0 < share < 1:
        return share
    if Path(test).expanduser().exists():
        return None
    raise errors.no_test_part(test)


def _as_wide(inputs: Inputs, how: Reading) -> Reading:
    """The choices for a test file: a svmlight file may lack the last columns."""
    sparse = not isinstance(inputs, np.ndarray | list)
    return replace(how, features=inputs.shape[1]) if sparse else how


def _chosen(samples: Samples, places: HostArray) -> Samples:
    inputs = samples.inputs
    taken = [inputs[place] for place in places] if isinstance(inputs, list) else inputs[places]
    columns = {name: values[places] for name, values in samples.columns.items()}
    return Samples(taken, samples.targets[places], columns)
