"""Draws of a compressor on one vector: losses, errors along directions, non-zeros; and its messages: sizes, faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from cablese.dsl.check.contracts import Form
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..chance.streams import NodeRange, Stream
from ..codecs.base import CodecError
from ..codecs.packets import alike, map_packet
from ..compressors.base import draws_late
from ..compressors.errors import OwnDraws
from .information import information
from .subject import Sized

ENTRIES = 1 << 20
"""Entries of the vectors that are compressed together."""
_SECOND_HALF = 1 << 20  # the first turn of the second half of draws
_EXAMINED = 4  # messages of a vector that are really encoded


@record
class Sample:
    """Figures of n draws Y of the compressor on x: losses (n,) ||Y - x||^2 / ||x||^2; along (n,) <Y - x, x> / ||x||^2;
    aside (n / 2,) <Y - x, u> / ||x||, u a unit vector that the other half chose; non-zeros (n,). `deterministic`: n is 1."""

    losses: Array
    along: Array
    aside: Array
    nonzeros: Array
    deterministic: bool


@record
class Wire:
    """Figures of n messages: exact bits (n,), the information in one, and the codec's fault in words ("" without one)."""

    bits: Array
    information: float
    fault: str


class Bench:
    """A compressor with its sender's kernel and its receiver's, and the stream of its random words."""

    def __init__(self, sized: Sized, backend: Backend, seed: int) -> None:
        self.sized, self.backend, self.d = sized, backend, sized.d
        self.sender, self.receiver = sized.kernel(backend), sized.kernel(backend)
        self._stream = Stream(seed, "lab", sized.label, sized.d, "node")
        with suppress(OwnDraws):  # of a plug-in's first message; the lab has a finding for it
            self.packet(np.ones((1, self.d)), 0)

    def packet(self, vectors: Array, turn: int) -> Any:
        """The packet of vectors (rows, d), compressed with the words of a turn."""
        return self.sender.compress(self.backend.to_device(vectors), self._words(len(vectors), turn))

    def _words(self, rows: int, turn: int) -> Any:
        count, nodes = self.sender.words, NodeRange(0, rows)
        if count and draws_late(self.sender):
            return self._stream.pending_words(count, turn, (), nodes)
        return self._stream.words(self.backend, count, turn, (), nodes) if count else None

    def dense(self, kernel: Any, packet: Any) -> Array:
        """The vectors (rows, d) to which a kernel expands a packet."""
        values = self.backend.to_host(kernel.expand(packet))
        if kernel.form is Form.DENSE:
            return values
        result = np.zeros((len(values), self.d), values.dtype)
        np.put_along_axis(result, packet.indices, values, axis=1)
        return result


def sample(bench: Bench, x: Array, draws: int) -> Sample:
    """Draws on x (d,), other than 0; a deterministic compressor is asked once."""
    if not bench.sender.words:
        return _joined([_measured(*_errors(bench, x, 1, 0), x)], np.zeros(0), deterministic=True)
    parts, total = [], np.zeros(bench.d)
    for errors, nonzeros in batches(bench, x, draws - draws // 2, 0):
        parts.append(_measured(errors, nonzeros, x))
        total += errors.sum(axis=0)
    aside, unit = [], total / (np.linalg.norm(total) or 1.0)
    for errors, nonzeros in batches(bench, x, draws // 2, _SECOND_HALF):
        parts.append(_measured(errors, nonzeros, x))
        aside.append(errors @ unit / np.linalg.norm(x))
    return _joined(parts, np.concatenate(aside), deterministic=False)


def zero_is_finite(bench: Bench) -> bool:
    """True where the zero vector gives finite values."""
    packet = bench.packet(np.zeros((1, bench.d)), 0)
    return bool(np.isfinite(bench.dense(bench.receiver, packet)).all())


def transmit(bench: Bench, vectors: Array, turn: int) -> Wire:
    """Figures of the messages of vectors (rows, d), of which the first few are really encoded and decoded."""
    packet = bench.packet(vectors, turn)
    counted = np.asarray(bench.backend.to_host(bench.sender.codec.bits(packet)), dtype=np.float64)
    few = map_packet(lambda part: part[:_EXAMINED], packet)
    return Wire(counted, information(few, bench.d), _fault(bench, few, counted[:_EXAMINED]))


def _fault(bench: Bench, packet: Any, counted: Array) -> str:
    """The fault of the codec's messages of a packet, in words; "" without one."""
    codec = bench.sender.codec
    messages = codec.encode(packet)
    for message, bits in zip(messages, counted, strict=True):
        if len(message) != -(-int(bits) // 8):
            return f"says {int(bits)} bits and writes {8 * len(message)}"
        if codec.fixed_bits is not None and codec.fixed_bits != bits:
            return f"says {codec.fixed_bits} bits for every message and {int(bits)} for one"
    try:
        decoded = bench.receiver.codec.decode(messages)
    except CodecError as error:
        return f"refuses its own message: {error}"
    sent, received = bench.dense(bench.sender, packet), bench.dense(bench.receiver, decoded)
    if sent.tobytes() == received.tobytes():
        return ""
    wrong = int(np.count_nonzero(sent.view(np.uint64) != received.view(np.uint64)))
    return f"{wrong} of {sent.size} entries that the receiver decodes are not what the sender takes them for"


def own_draws(bench: Bench, x: Array) -> str:
    """The part of a kernel that answers the same question in two ways, in words; "" where both ask the given words alone."""
    packets = [bench.packet(x[None, :], 0) for _ in range(2)]
    if not alike(bench.backend, *packets):
        return "compresses one vector with the same words to two messages"
    one, other = (bench.dense(bench.sender, packets[0]) for _ in range(2))
    return "" if one.tobytes() == other.tobytes() else "expands one message to two vectors"


def batches(bench: Bench, x: Array, draws: int, first: int) -> Iterator[tuple[Array, Array]]:
    """Draws in parts: Y - x (rows, d) and the non-zeros of Y (rows,), in turns from `first` on."""
    rows = max(1, ENTRIES // bench.d)
    for turn, start in enumerate(range(0, draws, rows)):
        yield _errors(bench, x, min(rows, draws - start), first + turn)


def _errors(bench: Bench, x: Array, rows: int, turn: int) -> tuple[Array, Array]:
    """Y - x (rows, d) and the non-zeros of Y (rows,)."""
    vectors = np.tile(x, (rows, 1))
    results = bench.dense(bench.sender, bench.packet(vectors, turn))
    return results - x, np.count_nonzero(results, axis=1).astype(np.float64)


def _measured(errors: Array, nonzeros: Array, x: Array) -> tuple[Array, Array, Array]:
    whole = float(x @ x)
    return np.einsum("rd,rd->r", errors, errors) / whole, errors @ x / whole, nonzeros


def _joined(parts: Sequence[tuple[Array, Array, Array]], aside: Array, deterministic: bool) -> Sample:
    losses, along, nonzeros = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Sample(losses, along, aside, nonzeros, deterministic)
