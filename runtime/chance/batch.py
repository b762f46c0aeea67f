"""Minibatches as drawn: numbers of samples of each row's node."""

from __future__ import annotations

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
