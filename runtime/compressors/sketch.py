"""Count sketches: the largest entries of the mean, found in sums over random buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Trait, Traits

from ..arrays.backend import Array, Backend
from . import errors
from .arguments import whole
from .collective import Averaging, Collective, Exchanges
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@register
class Sketch(Collective):
    """T[r, h_r(j)] += s_r(j) x_j, averaged; the k entries with the largest estimates median_r s_r(j) T[r, h_r(j)] are the
    result (Charikar et al., ICALP 2002; Ivkin et al., NeurIPS 2019). h and s are drawn once for a
    statement."""

    name: ClassVar[str] = "sketch"
    doc: ClassVar[str] = "averages count sketches and keeps the k entries with the largest estimates"
    codec: ClassVar[str] = "rows * cols floats, up and down, and exact * k in a second exchange"
    paper: ClassVar[str] = "(rows cols + exact k) fb; as much down"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("rows", ArgumentKind.INT, doc="hash functions", least=1, example="5"),
        Argument("cols", ArgumentKind.INT, doc="buckets of each", least=1, example="ceil(d / 100)"),
        Argument(
            "k", ArgumentKind.INT, doc="entries of the result, at most d", least=1, example="ceil(d / 100)"
        ),
        Argument(
            "exact",
            ArgumentKind.INT,
            default=0,
            doc="the exact * k entries with the largest estimates are asked for; 0: the estimates are the result",
            least=0,
            example="2",
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._rows, self._cols, self._k, self._exact = (
            whole(arguments, name) for name in ("rows", "cols", "k", "exact")
        )

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Sketches are linear, and entries are kept by the magnitude of estimates."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    def density(self, d: int) -> float:
        """At most k."""
        return float(self._k)

    def widths(self, d: int) -> tuple[int, ...]:
        """The table, then the entries that are asked for."""
        if self._k > d:
            raise errors.beyond_dimension(self.name, self._k, d)
        asked = min(d, self._exact * self._k)
        return (self._rows * self._cols, asked) if asked else (self._rows * self._cols,)

    def words(self, d: int) -> int:
        """One for each entry and hash function: its highest bit is the sign, the others choose the bucket."""
        return self._rows * d

    def averaging(self, backend: Backend, d: int, words: HostArray) -> Averaging:
        """The averaging, with its hash functions."""
        return SketchAveraging(backend, (self._rows, self._cols, self._k), self.widths(d), words)


class SketchAveraging:
    """`Averaging` of sketch. Buckets add in the order of entries."""

    def __init__(
        self, backend: Backend, sizes: tuple[int, int, int], widths: tuple[int, ...], words: HostArray
    ) -> None:
        import numpy as np

        self.widths = widths
        self._backend = backend
        rows, self._cols, self._k = sizes
        drawn = words.reshape(rows, -1)
        signs = 1.0 - 2.0 * (drawn >> np.uint64(63)).astype(np.float64)
        buckets = (drawn & np.uint64((1 << 63) - 1)) % np.uint64(self._cols)
        places = buckets.astype(np.int64) + np.arange(rows)[:, None] * self._cols
        self._signs, self._places = backend.to_device(signs), backend.to_device(places)

    def average(self, vectors: Array | None) -> Exchanges:
        """As `Averaging` has it."""
        backend, xp = self._backend, self._backend.xp
        table = yield None if vectors is None else self._tables(vectors)
        estimates = median(xp, backend.take(table, self._places) * self._signs)
        if len(self.widths) == 1:
            return self._kept(estimates)
        asked = backend.top_k(xp.abs(estimates)[None, :], self.widths[1])[0, ...]
        mean = yield None if vectors is None else xp.take(vectors, asked, axis=1)
        found = xp.zeros_like(estimates)
        backend.put(found, asked, mean)
        return self._kept(found)

    def memory(self) -> list[Array]:
        """As `Averaging` has it: none, as the hash functions are drawn once."""
        return []

    def recall(self, memory: Sequence[Array]) -> None:
        """As `Averaging` has it: nothing to do."""

    def _tables(self, vectors: Array) -> Array:
        """Each node's table, (rows of the family, rows * cols); a process may have no node."""
        backend, xp = self._backend, self._backend.xp
        tables = xp.empty((vectors.shape[0], self.widths[0]), dtype=vectors.dtype, device=backend.device)
        for row in range(vectors.shape[0]):
            signed = self._signs * vectors[row, ...][None, :]
            tables[row, ...] = backend.sum_at(self._places, signed, self.widths[0])
        return tables

    def _kept(self, values: Array) -> Array:
        """The k largest values, 0 elsewhere."""
        xp = self._backend.xp
        kept = self._backend.top_k(xp.abs(values)[None, :], self._k)[0, ...]
        result = xp.zeros_like(values)
        self._backend.put(result, kept, xp.take(values, kept))
        return result


def median(xp: Any, values: Array) -> Array:
    """The median over the first axis: the mean of the middle two of an even number."""
    ordered = xp.sort(values, axis=0)
    middle = values.shape[0] // 2
    upper = ordered[middle, ...]
    return upper if values.shape[0] % 2 else (ordered[middle - 1, ...] + upper) / 2
