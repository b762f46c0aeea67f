"""The data sets that come with scikit-learn, by name; it is imported only when one of them is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def load_bundled(name: str) -> tuple[HostArray, HostArray]:
    """(samples (m, features), targets (m,)), float64."""
    from sklearn import datasets

    samples, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    return np.asarray(samples, dtype=np.float64), np.asarray(targets, dtype=np.float64)
