"""The choice of the shortest form of long rows from their symbols' counts, of which two forms' sizes follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array
from .forms import Shortest

if TYPE_CHECKING:
    from .entropy import EntropyForm
    from .forms import FixedForm, RiceForm
    from .messages import Host


class ShortestByCounts(Shortest):
    """The forms fixed, rice and entropy, of which rice is measured only where it may be the shortest."""

    def __init__(self, forms: tuple[FixedForm, RiceForm, EntropyForm], most: int) -> None:
        super().__init__(forms, most)
        self._fixed, self._rice, self._entropy = forms

    def _sizes(self, entries: Array) -> Array:
        if not isinstance(entries, np.ndarray):
            return super()._sizes(entries)
        return (
            np.stack([self._sizes_of(row) for row in entries], axis=1)
            if len(entries)
            else super()._sizes(entries)
        )

    def _sizes_of(self, row: Host) -> Host:
        """Sizes of one row, that of rice by its bound, unless that is the least."""
        counts = self._entropy.counts_of(self._entropy.numbers_of(row))
        fixed, coded = int(self._fixed.bits(row[None, :1])[0]), int(self._entropy.bits_of(counts)[0])
        rice = self._rice.least_of(row, counts[0])
        if rice < fixed and rice <= coded:
            rice = int(self._rice.bits(row[None, :])[0])
        return np.asarray([fixed, rice, coded])
