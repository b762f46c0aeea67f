"""The backend protocol: primitives that the runtime needs beyond the array API standard; each library has its module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .lazy_words import PendingWords
    from .rounding import Grid

    HostArray: TypeAlias = npt.NDArray[Any]

# One Philox counter, least significant word first
Counter: TypeAlias = tuple[int, int, int, int]

# An array of the library in use; the standard has no type for it.
Array: TypeAlias = Any


class Backend(Protocol):
    """One array library on one device, computing in one real type.

    `real` is the library's dtype of computations (`--dtype`), `wire` that of floats in messages (`--wire`).
    Nothing but `to_host` moves data from the device to the host, nothing but `to_device` the other way.
    """

    name: str
    xp: Any
    device: Any
    real: Any
    wire: Any

    def to_device(self, values: HostArray) -> Array:
        """A host array on the device; floats become `real`, integers and booleans keep their type."""

    def to_host(self, values: Array) -> HostArray:
        """A device array as a NumPy array, dtype kept."""

    def to_wire(self, values: Array) -> Array:
        """Floats rounded to the wire's type, in which they travel."""

    def from_wire(self, values: Array) -> Array:
        """Wire floats in the computations' type."""

    def bit_patterns(self, values: Array) -> Array:
        """The IEEE 754 patterns of floats as unsigned integers of that width; a view at times: read only."""

    def take(self, values: Array, indices: Array) -> Array:
        """Entries of the raveled array, in the shape of `indices`."""

    def scatter_add(self, target: Array, indices: Array, values: Array) -> None:
        """target[indices[j]] += values[j] for j = 0, 1, … in row order; `target` (d,), in place."""

    def sum_at(self, indices: Array, values: Array, size: int) -> Array:
        """(size,) reals: zeros after `scatter_add` of the values."""

    def sum_rows(self, values: Array) -> Array:
        """Sum over the first axis, row by row in order, so that no bit depends on how rows are grouped."""

    def put(self, target: Array, indices: Array, values: Array) -> None:
        """raveled target[indices[j]] = values[j], in place; equal indices carry equal values."""

    def put_rows(self, target: Array, rows: Array, values: Array) -> None:
        """target[rows[j], ...] = values[j, ...], in place; no row twice."""

    def top_k(self, magnitudes: Array, k: int) -> Array:
        """int64 indices (rows, k), ascending, of the k largest entries of each row; ties go to the lowest index.

        Entries are floats, of which a NaN counts as infinite, or integers; 1 <= k <= columns.
        """

    def largest(self, vectors: Array, k: int) -> Array:
        """`top_k` by magnitude, for signed floats."""

    def top_keys(self, keys: Array, k: int) -> Array:
        """`top_k` of random uint64 words; two of a row are equal with a chance of 2^-64 only."""

    def random_words(self, key: tuple[int, int], counters: HostCounters, blocks: int) -> Array:
        """Philox4x64-10 words, uint64 (rows, 4 * blocks); row i holds the blocks that start at `counters[i]`."""

    def consecutive_words(self, key: tuple[int, int], counter: Counter, rows: int, blocks: int) -> Array:
        """`random_words` where row 0 starts at `counter` and row i + 1 where row i ends: one unbroken stream.

        In both, counters differ in word 0 alone, which must not pass 2**64 - 1.
        """

    def words_of_each(
        self, key: tuple[int, int], counters: Sequence[Counter], rows: int, blocks: int
    ) -> Array:
        """`consecutive_words` of several counters: (counters, rows, 4 * blocks)."""

    def halves(self, words: Array, count: int) -> Array:
        """uint64 words (rows, at least count / 2) -> uint32 (rows, count): the low half of each, then its high half."""

    def levels(self, vectors: Array, norms: Array, words: Array | PendingWords, grid: Grid) -> Array:
        """Entries of vectors (rows, d) randomly rounded to levels of the grid, by 32 random bits each (see `Grid`).

        norms (rows,) are positive, in the vectors' type, and no entry is larger; words (rows, words_for(d)) uint64.
        """

    def signed(self, magnitudes: Array, negative: Array) -> Array:
        """Magnitudes (rows, d), or one for all entries (rows, 1), negated where `negative` (rows, d) is true: 0 gives -0."""

    def all_finite(self, values: Array) -> bool:
        """True where every entry is finite; synchronises the device."""


# (rows, 4) uint64 Philox counters on the host, least significant word first
HostCounters: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"
