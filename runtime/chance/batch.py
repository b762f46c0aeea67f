"""Minibatches as drawn: numbers of samples of each row's node."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@record
class Batch(ByIdentity):
    """A drawn minibatch of each row's node: `indices` (rows, b) of samples, ascending, on the host; rows whose node has
    fewer than b samples are padded with -1 at the end. `full` if every node's batch is all its samples."""

    indices: HostArray
    sizes: HostArray  # (rows,) numbers of indices that are not padding
    full: bool
    keys: HostArray | None = (
        None  # (rows,) uint64, of the noise that belongs to the draw, for oracles that draw
    )

    def rows(self, which: HostArray) -> Batch:
        """The batch of some rows only, by number."""
        keys = None if self.keys is None else self.keys[which]
        return Batch(self.indices[which], self.sizes[which], self.full, keys)

    def joined(self, other: Batch) -> Batch:
        """The batch of this one's rows and then the other's."""
        width = max(self.indices.shape[1], other.indices.shape[1])
        padded = [
            np.pad(each.indices, ((0, 0), (0, width - each.indices.shape[1])), constant_values=-1)
            for each in (self, other)
        ]
        sizes = np.concatenate((self.sizes, other.sizes))
        keys = None if self.keys is None or other.keys is None else np.concatenate((self.keys, other.keys))
        return Batch(np.concatenate(padded), sizes, self.full and other.full, keys)


class AllSamples(Batch):
    """The batch of all samples of each row's node, which are written out where somebody reads them: most never are."""

    _width: int

    def __init__(self, sizes: HostArray, width: int) -> None:
        """`sizes` (rows,) of the nodes, `width` the largest of all nodes."""
        for name, value in (("sizes", sizes), ("full", True), ("keys", None), ("_width", width)):
            object.__setattr__(self, name, value)

    @cached_property
    def indices(self) -> HostArray:
        """As `Batch` has it."""
        columns = np.arange(self._width)
        return np.where(columns < self.sizes[:, None], columns, -1)

    def rows(self, which: HostArray) -> AllSamples:
        """As `Batch` has it."""
        return AllSamples(self.sizes[which], self._width)
