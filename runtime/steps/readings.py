"""Values of a running program -> readings: norms and non-zero entries of vectors, numbers, members of sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import record

from ..arrays.sparse import Sparse
from ..chance.batch import Batch
from ..chance.nodes import Nodes

if TYPE_CHECKING:
    from ..arrays.backend import Backend, HostArray

SHOWN = frozenset({Kind.VECTOR, Kind.REAL, Kind.INT, Kind.BOOL, Kind.MASK, Kind.NODES, Kind.BATCH})
"""Kinds of values that have a reading."""


@record
class Reading:
    """A value that a line gave to a name, by the rows of a family or as one.

    `numbers`: Euclidean norms of vectors, numbers of entries of masks, sizes of minibatches, other values as they are; of a
    set of nodes its members. `nonzeros`: those of vectors. `nodes`: to whom the rows belong, None of one value that all
    know, and of a set; they are groups if `groups`.
    """

    name: str
    kind: Kind
    numbers: tuple[float, ...]
    nonzeros: tuple[int, ...] = ()
    nodes: tuple[int, ...] | None = None
    groups: bool = False


def reading_of(
    name: str, slot: ir.Slot, value: Any, members: tuple[int, ...] | None, backend: Backend
) -> Reading | None:
    """The reading of a slot's value; None of kinds that have none. `members`: of whom a family's rows are, if not of all in
    their order."""
    if slot.kind not in SHOWN:
        return None
    if isinstance(value, Nodes):
        return Reading(name, Kind.NODES, tuple(map(float, value.nodes.tolist())))
    if isinstance(value, Batch):
        sizes = tuple(map(float, value.sizes.tolist()))
        return Reading(name, Kind.BATCH, sizes, nodes=_rows(len(sizes), members))
    array = _host(value, backend)
    if slot.kind in (Kind.VECTOR, Kind.MASK):
        rows = np.atleast_2d(array)
        nodes = _rows(len(rows), members) if array.ndim == 2 else None
        counts = tuple(np.count_nonzero(rows, axis=1).tolist())
        if slot.kind is Kind.MASK:
            return Reading(name, slot.kind, tuple(map(float, counts)), nodes=nodes)
        norms = tuple(np.linalg.norm(rows, axis=1).tolist())
        return Reading(name, slot.kind, norms, counts, nodes, slot.groups)
    nodes = _rows(array.size, members) if array.ndim else None
    numbers = tuple(map(float, array.reshape(-1).tolist()))
    return Reading(name, slot.kind, numbers, nodes=nodes, groups=slot.groups)


def _rows(count: int, members: tuple[int, ...] | None) -> tuple[int, ...]:
    return tuple(range(count)) if members is None else members


def _host(value: Any, backend: Backend) -> HostArray:
    if isinstance(value, Sparse):
        dense = np.zeros(value.shape)
        dense.reshape(-1)[backend.to_host(value.flat)] = backend.to_host(value.values)
        return dense
    if hasattr(value, "ndim") and value.ndim:
        return np.asarray(backend.to_host(value))
    return np.asarray(float(value))
