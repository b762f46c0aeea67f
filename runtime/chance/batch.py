"""What a minibatch draw gives: samples of each row's node, by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Batch:
    """A drawn minibatch of each row's node: `indices` (rows, b) of samples, ascending, on the host; rows whose node has
    fewer than b samples are padded with -1 at the end. `full` if every node's batch is all its samples."""

    indices: HostArray
    sizes: HostArray  # (rows,) how many of the indices count
    full: bool
