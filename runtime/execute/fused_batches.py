"""Draws of minibatches in fused rounds: the words of a node, and the function that makes indices of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.emit.fused_inputs import Drawing
from cablese.dsl.text.records import ByIdentity, record

from ..chance.distinct import Floyd, crowded
from ..chance.minibatch import RAGGED

if TYPE_CHECKING:
    from ..arrays.backend import Backend, HostArray


@record
class BatchDraw(ByIdentity):
    """The form of a minibatch of `count` samples, 0 for all; `words` are drawn for a node, of which `taken` (n,) are read;
    `units` (n, …) and `spare` (n,) are those of the function."""

    form: Drawing
    count: int
    words: int
    taken: HostArray
    units: HostArray
    spare: HostArray

    def part(self, part: str, nodes: tuple[int, int]) -> Any:
        """A part, of nodes from the first of these to before the last."""
        found = getattr(self, part)
        return found if isinstance(found, int) else np.ascontiguousarray(found[slice(*nodes)])


def batch_draw(host: Backend, samples: Sequence[int], b: int) -> BatchDraw | None:
    """The draw of b samples at each node, as `chance.minibatch` has it; None where some nodes have no more, but others have,
    or some far more than others."""
    sizes, least, most = np.asarray(samples, dtype=np.int64), min(samples), max(samples)
    none = np.zeros((len(samples), 0))
    if b >= most:
        return BatchDraw(Drawing(""), 0, 0, sizes, none, sizes)
    if b >= least:
        return None
    spare = sizes - b
    if not crowded(least, b):
        units = np.stack([np.asarray(Floyd(host, each, b).units) for each in spare.tolist()])
        return BatchDraw(Drawing("by_floyd"), b, b, np.full(len(samples), b), units, spare)
    return BatchDraw(Drawing("by_keys"), b, most, sizes, none, spare) if most <= RAGGED * least else None
