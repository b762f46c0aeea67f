"""The choice of the shortest form of long rows from their symbols' counts, of which two forms' sizes follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array
from ..arrays.threads import each
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
        found = np.empty((len(self._forms), len(entries)), np.int64)

        def work(row: int) -> None:
            found[:, row] = self._sizes_of(entries[row])

        each(work, range(len(entries)))
        return found

    def _sizes_of(self, row: Host) -> tuple[int, int, int]:
        """Sizes of one row, that of rice by its bound, unless that is the least."""
        counts = self._entropy.counts_of(self._entropy.numbers_of(row))
        fixed, coded = int(self._fixed.bits(row[None, :1])[0]), int(self._entropy.bits_of(counts)[0])
        rice = self._rice.least_of(row, counts[0])
        if rice < fixed and rice <= coded:
            rice = int(self._rice.bits(row[None, :])[0])
        return fixed, rice, coded
