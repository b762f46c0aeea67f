"""The data sets that come with scikit-learn, by name, read from its files; it is never imported, which takes seconds."""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import errors

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")

_FILES = {"breast_cancer": "breast_cancer.csv", "iris": "iris.csv", "wine": "wine_data.csv"}


def load_bundled(name: str) -> tuple[HostArray, HostArray]:
    """(samples (m, features), targets (m,)), float64: the numbers of scikit-learn's own loader, to the bit."""
    match name:
        case "diabetes":
            raw, targets = _table("diabetes_data_raw.csv.gz", " "), _table("diabetes_target.csv.gz", " ")
            return _standardised(raw) / len(raw) ** 0.5, targets[:, 0]
        case "digits":
            table = _table("digits.csv.gz", ",")
        case _:
            table = _table(_FILES[name], ",", heading=1)
    return np.ascontiguousarray(table[:, :-1]), np.ascontiguousarray(table[:, -1])


def _table(file: str, mark: str, heading: int = 0) -> HostArray:
    """The numbers of a file of scikit-learn's, below `heading` lines."""
    path = _folder() / file
    try:
        packed = path.read_bytes()
    except OSError as reason:
        raise errors.no_bundled_file(path, reason.strerror or reason) from None
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    rows = text.decode("ascii").splitlines()[heading:]
    return np.array([row.split(mark) for row in rows], dtype=np.float64)


def _folder() -> Path:
    spec = find_spec("sklearn")  # finds without importing
    if spec is None or not spec.submodule_search_locations:
        raise errors.no_scikit_learn()
    return Path(spec.submodule_search_locations[0], "datasets", "data")


def _standardised(samples: HostArray) -> HostArray:
    """Columns with mean 0 and mean square 1."""
    return np.asarray((samples - samples.mean(axis=0)) / samples.std(axis=0))
