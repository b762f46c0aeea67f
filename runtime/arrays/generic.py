"""Primitives that several backends share: in array-API operations, and by the methods that NumPy's and CuPy's arrays
have alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import bit_planes
from .lazy_words import drawn
from .rounding import levels_at_once

if TYPE_CHECKING:
    from .backend import Array, Counter, HostArray, HostCounters
    from .lazy_words import PendingWords
    from .rounding import Grid


class GenericPrimitives(ABC):
    """Methods of `Backend` in array-API operations, from the abstract ones that a library must bring itself."""

    xp: Any
    device: Any
    real: Any

    @abstractmethod
    def scatter_add(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it."""

    @abstractmethod
    def to_host(self, values: Array) -> HostArray:
        """As `Backend` has it."""

    @abstractmethod
    def to_device(self, values: HostArray) -> Array:
        """As `Backend` has it."""

    @abstractmethod
    def octets(self, values: Array) -> Array:
        """The bytes (rows, m * size), least first, of numbers (rows, m) of `size` bytes; a view at times: read only."""

    @abstractmethod
    def from_octets(self, octets: Array, dtype: str) -> Array:
        """The inverse of `octets`."""

    @abstractmethod
    def random_words(self, key: tuple[int, int], counters: HostCounters, blocks: int) -> Array:
        """As `Backend` has it."""

    def sum_at(self, indices: Array, values: Array, size: int) -> Array:
        """As `Backend` has it."""
        total = self.xp.zeros((size,), dtype=self.real, device=self.device)
        self.scatter_add(total, indices, values)
        return total

    def sum_rows(self, values: Array) -> Array:
        """As `Backend` has it."""
        return ordered_sum(self.xp, values)

    def top_k(self, magnitudes: Array, k: int) -> Array:
        """As `Backend` has it."""
        return top_k_by_sorting(self.xp, magnitudes, k)

    def largest(self, vectors: Array, k: int) -> Array:
        """As `Backend` has it."""
        return self.top_k(self.xp.abs(vectors), k)

    def top_keys(self, keys: Array, k: int) -> Array:
        """As `Backend` has it."""
        return top_k_by_sorting(self.xp, keys, k)

    def consecutive_words(self, key: tuple[int, int], counter: Counter, rows: int, blocks: int) -> Array:
        """As `Backend` has it."""
        words = self.random_words(key, np.asarray([counter], dtype=np.uint64), rows * blocks)
        return self.xp.reshape(words, (rows, 4 * blocks))

    def words_of_each(
        self, key: tuple[int, int], counters: Sequence[Counter], rows: int, blocks: int
    ) -> Array:
        """As `Backend` has it."""
        if len(counters) == 1:
            return self.consecutive_words(key, counters[0], rows, blocks)[None, ...]
        return self.xp.stack([self.consecutive_words(key, counter, rows, blocks) for counter in counters])

    def halves(self, words: Array, count: int) -> Array:
        """As `Backend` has it."""
        split = self.xp.stack((words & 0xFFFFFFFF, words >> 32), axis=-1)
        halves = self.xp.reshape(split, (words.shape[0], 2 * words.shape[1]))
        return self.xp.astype(halves[:, :count], self.xp.uint32)

    def pack_fields(self, fields: Array, width: int) -> Array:
        """(rows, m) unsigned fields below 2^width -> (rows, ceil(m * width / 8)) bytes, as in `codecs.bitfields`."""
        return bit_planes.pack_fields(self.xp, fields, width)

    def unpack_fields(self, packed: Array, count: int, width: int, dtype: str) -> Array:
        """Inverse of `pack_fields`: `count` fields per row, of an unsigned type that holds `width` bits."""
        fields = bit_planes.unpack_fields(self.xp, packed, count, width)
        return self.xp.astype(fields, getattr(self.xp, dtype))

    def levels(self, vectors: Array, norms: Array, words: Array | PendingWords, grid: Grid) -> Array:
        """As `Backend` has it."""
        halves = self.halves(drawn(self, words), vectors.shape[1])
        return levels_at_once(self.xp, vectors, norms, halves, grid)

    def signed(self, magnitudes: Array, negative: Array) -> Array:
        """As `Backend` has it."""
        return self.xp.where(negative, -magnitudes, magnitudes)

    def all_finite(self, values: Array) -> bool:
        """As `Backend` has it."""
        return all_finite(self.xp, values)


class ArrayMethods:
    """Methods of `Backend` by methods of the arrays themselves, which NumPy's and CuPy's have alike."""

    real: Any
    wire: Any

    def to_wire(self, values: Array) -> Array:
        """As `Backend` has it; no copy where the types agree."""
        return values.astype(self.wire, copy=False)

    def from_wire(self, values: Array) -> Array:
        """As `Backend` has it; no copy where the types agree."""
        return values.astype(self.real, copy=False)

    def bit_patterns(self, values: Array) -> Array:
        """As `Backend` has it; a view."""
        return values.view(f"u{values.dtype.itemsize}")

    def take(self, values: Array, indices: Array) -> Array:
        """As `Backend` has it."""
        return values.take(indices)

    def put(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it."""
        target.reshape(-1)[indices] = values

    def put_rows(self, target: Array, rows: Array, values: Array) -> None:
        """As `Backend` has it."""
        target[rows] = values


def ordered_sum(xp: Any, values: Array) -> Any:
    """Sum over the first axis, row by row. A single column is accumulated: a reduction would sum it pairwise."""
    if values.shape[0] == 0:
        return xp.sum(values, axis=0)
    if values.ndim == 1 or values.shape[1] == 1:
        return xp.cumulative_sum(values, axis=0)[-1, ...]
    return xp.sum(values, axis=0)


def top_k_by_sorting(xp: Any, magnitudes: Array, k: int) -> Array:
    """`Backend.top_k` by a stable sort, so that ties go to the lowest index."""
    if xp.isdtype(magnitudes.dtype, "real floating"):
        magnitudes = xp.where(xp.isnan(magnitudes), xp.full_like(magnitudes, float("inf")), magnitudes)
    order = xp.argsort(magnitudes, axis=-1, descending=True, stable=True)
    return xp.sort(xp.astype(order[:, :k], xp.int64), axis=-1)


def all_finite(xp: Any, values: Array) -> bool:
    """`Backend.all_finite` in array-API operations."""
    if not xp.isdtype(values.dtype, "real floating"):
        return True
    return bool(xp.all(xp.isfinite(values)))
