"""Oracles of many nodes with unlike numbers of samples: in groups of about as many, none padded to the largest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.backend import Array, Backend
from .batched_oracle import BatchedOracle
from .linear_oracle import LinearOracle

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MANY_NODES = 256  # from which on groups are much fewer than nodes
_RAGGED = 2  # times the samples, from which on padding is worth avoiding
_MUCH = 1 << 21  # entries that padded arrays may have before it is
_ENTRIES = 1 << 20  # of a group's arrays, which then stay in cache
_LEAF = 128  # terms that NumPy adds without cutting them into halves
_LANES = 8  # sums that it keeps at a time


@record
class Group(ByIdentity):
    """Local nodes `members`, ascending, and their oracle, which numbers them from 0."""

    members: HostArray
    oracle: LinearOracle


class RaggedOracle(BatchedOracle):
    """Losses and gradients of f_i, group by group: an `Oracle`, with the bits of nodes padded to the largest of all."""

    def __init__(self, backend: Backend, counts: HostArray, groups: list[Group]) -> None:
        """`counts` (rows,): the number of samples m_i of each local node, on the host."""
        super().__init__(backend, counts)
        self._groups = groups
        self._group, self._place = (np.empty(len(counts), dtype=np.int64) for _ in range(2))
        for number, group in enumerate(groups):
            self._group[group.members] = number
            self._place[group.members] = np.arange(len(group.members))

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """The gradients of f_i at the point, (rows, d): see `Oracle`."""
        result = self._room(self._rows(members), point.shape[-1])
        for group, rows, own in self._parts(members):
            result[rows] = group.oracle.gradients(self._points(point, rows), own)
        return result

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """The losses f_i at the point, (rows,): see `Oracle`."""
        result = self._room(self._rows(members))
        for group, rows, own in self._parts(members):
            result[rows] = group.oracle.losses(self._points(point, rows), own)
        return result

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """As `JointOracle` has it."""
        losses, gradients = self._room(self._rows(None)), self._room(self._rows(None), point.shape[-1])
        for group, rows, _ in self._parts(None):
            losses[rows], gradients[rows] = group.oracle.losses_and_gradients(self._points(point, rows))
        return losses, gradients

    def compiled(self) -> None:
        """As `CompiledOracle` has it: groups have no form, while the samples of other ranks may be in none."""

    def minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """As `BatchedOracle` has it."""
        result = self._room(len(nodes), point.shape[-1])
        for group, rows, own in self._parts(nodes):
            places = np.arange(len(group.members)) if own is None else own
            found = group.oracle.minibatch_gradients(
                self._points(point, rows), indices[rows], sizes[rows], places
            )
            result[rows] = found
        return result

    def _parts(self, members: HostArray | None) -> Iterator[tuple[Group, HostArray, HostArray | None]]:
        """Each group with its rows among those asked for, and their nodes by its numbers, None for all in order."""
        if members is None:
            yield from ((group, group.members, None) for group in self._groups)
            return
        groups = self._group[members]
        order = np.argsort(groups, kind="stable")
        present, starts = np.unique(groups[order], return_index=True)
        for number, rows in zip(present.tolist(), np.split(order, starts)[1:], strict=True):
            group, own = self._groups[number], self._place[members[rows]]
            whole = len(own) == len(group.members) and np.array_equal(own, np.arange(len(own)))
            yield group, rows, None if whole else own

    def _rows(self, members: HostArray | None) -> int:
        return len(self.counts) if members is None else len(members)

    def _room(self, *shape: int) -> Array:
        backend = self._backend
        return backend.xp.empty(shape, dtype=backend.real, device=backend.device)


def is_ragged(counts: HostArray, m: int, width: int) -> bool:
    """True where nodes padded to m samples would take much more than their samples; `width` entries each in a product."""
    padded = len(counts) * m
    return (
        len(counts) >= MANY_NODES
        and padded > _RAGGED * counts.sum()
        and max(padded, len(counts) * width) > _MUCH
    )


def alike(counts: HostArray, m: int, width: int) -> Iterator[tuple[HostArray, int]]:
    """Nodes of about as many samples, ascending, and the number m' to which they are padded; `width` entries a row beside
    samples, by which groups are cut."""
    sizes, of = np.unique(counts, return_inverse=True)
    lengths = np.array([summed_alike(size, m) for size in sizes.tolist()], dtype=np.int64)[of]
    for length in np.unique(lengths).tolist():
        members = np.flatnonzero(lengths == length)
        step = max(1, _ENTRIES // max(length, width))
        yield from ((members[first : first + step], length) for first in range(0, len(members), step))


def summed_alike(size: int, m: int) -> int:
    """The least m' such that NumPy adds `size` numbers, padded with zeros to m', in the order of those padded to m.

    It cuts long rows into halves, and what is shorter goes into eight sums in turn; the sum of a half that is all zeros
    changes nothing.
    """
    while m > _LEAF:
        half = m // 2 - m // 2 % _LANES
        if size > half:
            return m
        m = half
    whole = m - m % _LANES
    return -(-size // _LANES) * _LANES if size <= whole else m
