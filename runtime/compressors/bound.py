"""Compressors as generated programs call them: picks, packets, and values in the form that the plan expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

from cablese.dsl.check.contracts import ArgumentValue, CompressorBinding, Form
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..arrays.finite import check_finite, check_sent, rows_behind
from ..arrays.in_turn import InTurn
from ..arrays.lazy_words import PendingWords
from ..arrays.pieces import Pieces
from ..arrays.sparse import Picks, Sparse, SparseParts
from ..chance.joint import JointWords
from ..codecs.packets import Packet, SparsePacket, floats_of, joined
from . import errors
from .base import Compressor, Kernel, reads_pieces
from .collective import Collective
from .papers import Papers

Words: TypeAlias = "Array | PendingWords | JointWords | None"
"""The random words of a message's rows."""

Choose: TypeAlias = Callable[[int, Mapping[str, ArgumentValue]], tuple[CompressorBinding, Compressor]]
"""Round and given arguments -> a compressor."""

REMEMBERED = 64
"""So many are kept of a compressor whose arguments change from round to round."""


class BoundCompressor:
    """A spec's compressor for this run: its kernel, and conversions to the program's forms."""

    changes: ClassVar[bool] = False

    def __init__(self, name: str, description: str, backend: Backend, d: int) -> None:
        """A compressor without a kernel yet; `description` is how a spec would write it."""
        self.name, self.description = name, description
        self.backend, self.d = backend, d
        self._all_finite = backend.all_finite
        self.kernel: Any = None
        self.papers: Any = None
        self._operand = f"what `{name}` compresses"
        self._last: Picks | None = None
        self._starts: Array | None = None

    def pick(self, words: Array) -> Picks:
        """The coordinates that a blind compressor keeps."""
        self._last = None  # those of the round before take memory
        return self._picks(self.kernel.pick(words))

    def picks_of_rounds(self, words: Array) -> list[Picks]:
        """The picks of several rounds in one go: words (rounds, rows, words)."""
        self._last = None
        xp, (rounds, rows, count) = self.backend.xp, words.shape
        together = self.kernel.pick(xp.reshape(words, (rounds * rows, count)))
        indices = xp.reshape(together, (rounds, rows, together.shape[-1]))
        flat = indices if rows == 1 else indices + self._row_starts(rows)
        return [Picks(indices[r, ...], None, flat[r, ...]) for r in range(rounds)]

    def pack(self, picks: Picks, entries: Array) -> Packet:
        """The packet of the entries at the picks."""
        packet: Packet = self.kernel.pack(picks.indices, entries)
        self._last = picks
        if type(packet) is SparsePacket and self._all_finite(packet.values):
            return packet
        return self._finite(packet, entries)

    def compress(self, vectors: Array, words: Words) -> Packet:
        """vectors (rows, d) -> their packet."""
        self._last = None  # as much as those kept blindly
        return self._compress(vectors, words)

    def compress_in_turn(self, parts: InTurn, words: Words) -> Packet:
        """The packet of vectors that come in parts, some rows after others, or piece by piece."""
        self._last = None
        late = words is None or isinstance(words, PendingWords)
        if parts.piece is not None and late and reads_pieces(self.kernel):
            return self._compress_pieces(
                Pieces(parts.piece, (parts.rows, self.d), self.backend, self._operand), words
            )
        packets: list[Packet] = []
        rows = 0
        for vectors in parts:
            first, rows = rows, rows + vectors.shape[0]
            with rows_behind(first):
                packets.append(self._compress(vectors, words_of_rows(words, first, rows)))
            del vectors  # before the next are made
        return joined(self.backend.xp, packets)

    def _compress_pieces(self, vectors: Pieces, words: Words) -> Packet:
        packet: Packet = self.kernel.compress(vectors, words)
        for values in floats_of(packet):  # of a finite source
            check_finite(
                self.backend, values, f"what `{self.name}` sends, rounded to the wire's floats,", True
            )
        return packet

    def _compress(self, vectors: Array, words: Words) -> Packet:
        check_finite(self.backend, vectors, self._operand, True)
        packet: Packet = self.kernel.compress(vectors, words)
        return self._finite(packet, vectors)

    def _finite(self, packet: Packet, source: Array) -> Packet:
        """The packet of the source; raises NonFinite, which tells whether the source was it or the rounding."""
        for values in floats_of(packet):
            check_sent(self.backend, values, source, self._operand, f"what `{self.name}` sends", True)
        return packet

    def expand(self, packet: Any) -> Array | Sparse:
        """The family that every role uses."""
        values = self.kernel.expand(packet)
        if self.kernel.form is Form.DENSE:
            return values
        indices, last = packet.indices, self._last
        picks = last if last is not None and last.indices is indices else self._picks(indices)
        return Sparse((indices.shape[0], self.d), picks, values)

    def expand_parts(self, packets: Sequence[Any]) -> SparseParts:
        """The family of several packets of sparse form, which behind one another are one."""
        parts = [(packet.indices, self.kernel.expand(packet)) for packet in packets]
        rows = sum(packet.rows for packet in packets)
        return SparseParts((rows, self.d), parts, lambda: self.expand(joined(self.backend.xp, packets)))

    def expand_one(self, packet: Any) -> Array | Sparse:
        """The one vector of a packet of one row."""
        values = self.kernel.expand(packet)
        if self.kernel.form is Form.DENSE:
            return values[0, ...]
        return Sparse((self.d,), self._picks(packet.indices), values)

    def _picks(self, indices: Array) -> Picks:
        self._last = Picks(indices, self._flattened)
        return self._last

    def _flattened(self, indices: Array) -> Array:
        rows = indices.shape[0]
        return indices if rows == 1 else indices + self._row_starts(rows)

    def _row_starts(self, rows: int) -> Array:
        """Places in the raveled array at which rows of d entries begin, (rows, 1)."""
        if self._starts is None or self._starts.shape[0] < rows:
            self._starts = self.backend.xp.arange(
                rows, dtype=self.backend.xp.int64, device=self.backend.device
            )[:, None]
            self._starts = self._starts * self.d
        return self._starts if self._starts.shape[0] == rows else self._starts[:rows, ...]


class FixedCompressor(BoundCompressor):
    """A bound compressor whose arguments are known before the run."""

    def __init__(
        self, name: str, binding: CompressorBinding, compressor: Compressor, backend: Backend, d: int
    ) -> None:
        super().__init__(name, str(binding), backend, d)
        self.kernel = kernel_of(compressor, backend, d)
        self.papers = compressor.papers(self.kernel, backend, d)


class ChangingCompressor(BoundCompressor):
    """A bound compressor whose arguments depend on the round, or are values of it: each turn sets them anew.

    `choose` binds the family for a round and the values that it is given; equal arguments share a kernel.
    """

    changes: ClassVar[bool] = True

    def __init__(self, name: str, description: str, choose: Choose, backend: Backend, d: int) -> None:
        super().__init__(name, description, backend, d)
        self._choose = choose
        self._kernel_of = lru_cache(REMEMBERED)(self._make)

    def turn(self, round: int, /, **settings: Any) -> None:
        """Take the arguments of a round; SetupError for what does not fit."""
        given = {name: _plain(self.backend, value) for name, value in settings.items()}
        self.kernel, self.papers = self._kernel_of(*self._choose(round, given))

    def _make(self, binding: CompressorBinding, compressor: Compressor) -> tuple[Kernel, Papers]:
        kernel = kernel_of(compressor, self.backend, self.d)
        return kernel, compressor.papers(kernel, self.backend, self.d)


@record
class BoundCollective:
    """A spec's collective compressor for this run; `description` is how a spec would write it."""

    name: str
    description: str
    compressor: Collective


def words_of_rows(words: Words, first: int, last: int) -> Words:
    """The words of some neighbouring rows."""
    match words:
        case None:
            return None
        case PendingWords() | JointWords():
            return words.of_rows(first, last)
        case _:
            return words[first:last, ...]


def kernel_of(compressor: Compressor, backend: Backend, d: int) -> Kernel:
    """The kernel of a compressor; `SetupError` where it has no codec."""
    kernel = compressor.kernel(backend, d)
    codec = getattr(kernel, "codec", None)
    if not all(callable(getattr(codec, needed, None)) for needed in ("encode", "decode", "bits")):
        raise errors.no_codec(compressor.name)
    return kernel


def _plain(backend: Backend, value: Any) -> ArgumentValue:
    number: ArgumentValue = backend.to_host(value).item() if hasattr(value, "ndim") else value
    return number
