"""A byte an entry, relative to the largest magnitude of its block: evenly spaced codes, or those of a dynamic tree."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.row_forms import RowSymbols
from ..codecs.packets import OctetPacket
from .arguments import whole
from .base import Compressor, Kernel, Meaning
from .kernels import Blocks, float_bits, rounded_up
from .registry import register

STEPS = 127
"""linear8's codes run from -127 to 127."""

_BLOCK_DOC = "entries that are scaled together; the last block has what is left"


class EightBits(Compressor):
    """A compressor that sends a byte for each entry and a float for each block."""

    paper: ClassVar[str] = "8 d + fb a block"
    paper_alike: ClassVar[bool] = True

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._block = whole(arguments, "block")

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Contractive, and biased: no code is farther from an entry than 0, which is a code."""
        return Class.CONTRACTIVE

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Codes are of shares of the block's largest magnitude."""
        return frozenset({Trait.DETERMINISTIC, Trait.HOMOGENEOUS})

    def density(self, d: int) -> float:
        """At most d: the vector decides."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Fixed."""
        return float(8 * d + Blocks(d, self._block).count * float_bits)

    def formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "8 * d + ceil(d / block) * fb"

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed."""
        return Meaning.MEAN

    def paper_bits(self, d: int, float_bits: int) -> float:
        """The bits that are sent."""
        return self.bits(d, float_bits)


@register
class Linear8(EightBits):
    """C(x) = s round(x / s) with s = max |x_j| / 127 for each block; of two equally near the even one."""

    name: ClassVar[str] = "linear8"
    doc: ClassVar[str] = (
        "rounds each entry to the nearest of 255 even steps up to its block's largest magnitude"
    )
    codec: ClassVar[str] = "a float a block and a byte for each of d entries"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("block", ArgumentKind.INT, doc=_BLOCK_DOC, least=1, example="4096"),
    )

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The codes lie evenly about 0."""
        return super().traits(arguments) | {Trait.ODD}

    def delta(self, d: int) -> float:
        """1 + (b - 1) / 4 127^2 for the longest block of b entries (exact).

        An entry loses at most min(s / 2, |x_j|), the largest nothing: ||C(x) - x||^2 is largest against ||x||^2 where
        all others are s / 2. So it contracts however long blocks are.
        """
        return 1 + (Blocks(d, self._block).longest - 1) / (4 * STEPS**2)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Deterministic."""
        return Linear8Kernel(backend, Blocks(d, self._block))


@register
class Tree8(EightBits):
    """Each entry becomes the nearest value of a dynamic tree of 256, times its block's largest magnitude
    (Dettmers, ICLR 2016)."""

    name: ClassVar[str] = "tree8"
    doc: ClassVar[str] = (
        "rounds each entry to the nearest of 256 values, dense near 0, times its block's largest magnitude"
    )
    codec: ClassVar[str] = "a float a block and a byte for each of d entries"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("block", ArgumentKind.INT, default=4096, doc=_BLOCK_DOC, least=1),
    )

    def delta(self, d: int) -> float:
        """The worst over all vectors, found to 12 digits: 1.0049 for blocks of 4096 entries, 1.061 for 10^8."""
        return 1 / (1 - _worst_loss(Blocks(d, self._block).longest))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Deterministic."""
        return Tree8Kernel(backend, Blocks(d, self._block))


class EightBitsKernel:
    """The common part of both kernels: scales, and codes as they are wrapped. A code is a number modulo 256, 0 for 0."""

    cases: ClassVar[int]  # how many codes there are, the ones from -127 on

    def __init__(self, backend: Backend, blocks: Blocks) -> None:
        from ..codecs.scaled_bytes import OctetCodec

        self._backend, self._blocks = backend, blocks
        self.words, self.form = 0, Form.DENSE
        self.codec = OctetCodec(blocks.d, blocks.count, float_bits(backend), self.cases)

    def compress(self, vectors: Array, words: Array | None) -> OctetPacket:
        """One scale a block of a row, one code an entry."""
        xp = self._backend.xp
        parts = self._blocks.parts(xp, vectors)
        sizes = [xp.max(xp.abs(part), axis=2) for part in parts]
        scales = rounded_up(self._backend, xp.concat(sizes, axis=1) / self._steps)
        divisors = self._backend.from_wire(scales)
        divisors = xp.where(divisors > 0, divisors, xp.full_like(divisors, inf))  # x / inf is 0
        numbers = [
            xp.astype(self._numbers(part / divisor[..., None]), xp.int16)
            for part, divisor in zip(parts, self._blocks.each(divisors), strict=True)
        ]
        return OctetPacket(scales, xp.astype(self._blocks.joined(xp, numbers) & 255, xp.uint8))

    def expand(self, packet: OctetPacket) -> Array:
        """(rows, d)."""
        xp, scales = self._backend.xp, self._backend.from_wire(packet.scales)
        values = self._blocks.parts(xp, self._values(packet.codes))
        scaled = [v * scale[..., None] for v, scale in zip(values, self._blocks.each(scales), strict=True)]
        return self._blocks.joined(xp, scaled)

    @property
    @abstractmethod
    def _steps(self) -> int:
        """The steps that a block's largest magnitude is: its scale is that magnitude over them."""

    @abstractmethod
    def _numbers(self, shares: Array) -> Array:
        """Entries over their scale -> whole numbers from -127 on."""

    @abstractmethod
    def _values(self, codes: Array) -> Array:
        """Codes (rows, d) -> entries over their scale."""


class Linear8Kernel(EightBitsKernel):
    """`Kernel` of linear8. A scale is rounded up to the wire's type, so that no number is beyond 127."""

    cases = 2 * STEPS + 1
    _steps = STEPS

    @property
    def of_symbols(self) -> RowSymbols:
        """As `arrays.numba_symbols` codes a row."""
        import numpy as np

        blocks, wire = self._blocks, float_bits(self._backend)
        lengths = [min(blocks.size, blocks.d - first) for first in range(0, blocks.d, blocks.size)]
        plan = np.array([256, 0, wire == 32, *lengths], np.int64)
        head = blocks.count * wire // 8
        return RowSymbols("steps", blocks.count, head, head + blocks.d, plan, np.array([float(STEPS)]))

    def _numbers(self, shares: Array) -> Array:
        return self._backend.xp.round(shares)

    def _values(self, codes: Array) -> Array:
        xp = self._backend.xp
        numbers = xp.astype(codes, xp.int16)
        numbers = xp.where(numbers > STEPS, numbers - 256, numbers)
        return xp.astype(numbers, self._backend.real)


class Tree8Kernel(EightBitsKernel):
    """`Kernel` of tree8; the lesser of two equally near values is taken."""

    cases = 256
    _steps = 1

    def __init__(self, backend: Backend, blocks: Blocks) -> None:
        super().__init__(backend, blocks)
        import numpy as np

        xp, values = backend.xp, np.asarray(tree_values())
        self._borders = xp.astype(backend.to_device((values[1:] + values[:-1]) / 2), backend.real)
        self._table = xp.astype(backend.to_device(np.roll(values, -STEPS)), backend.real)

    def _numbers(self, shares: Array) -> Array:
        xp = self._backend.xp
        places = xp.searchsorted(self._borders, xp.reshape(shares, (-1,)))
        return xp.reshape(places - STEPS, shares.shape)

    def _values(self, codes: Array) -> Array:
        xp = self._backend.xp
        places = xp.astype(xp.reshape(codes, (-1,)), xp.int64)
        return xp.reshape(xp.take(self._table, places), codes.shape)


@lru_cache(maxsize=1)
def tree_values() -> tuple[float, ...]:
    """The 256 values, ascending: 127 below 0, 0, 127 above, 1. For i = 0 .. 6 the middles of 2^i equal parts of [0.1, 1],
    times 10^(i - 6)."""
    above = [(0.1 + 0.9 * (j + 0.5) / 2**i) * 10.0 ** (i - 6) for i in range(7) for j in range(2**i)]
    return (*(-value for value in reversed(above)), 0.0, *above, 1.0)


@lru_cache(maxsize=64)
def _worst_loss(length: int) -> float:
    """The largest ||C(x) - x||^2 / ||x||^2 over blocks of `length` entries.

    The largest magnitude is 1, as -1 where that loses more. The others lose most, for what they add to the norm, on a
    border between two values (between borders loss - q x^2 is convex). q is the ratio if the best has loss - q norm = 0
    (Dinkelbach, Management Science 13, 1967).
    """
    values = tree_values()
    borders = [(a + b) / 2 for a, b in itertools.pairwise(values)]
    places = [(x * x, min((x - v) ** 2 for v in values)) for x in [-1.0, *borders]]
    _, first = places[0]
    q = 0.0
    while True:
        size, loss = max(places, key=lambda place: place[1] - q * place[0])
        rest = length - 1 if loss > q * size else 0
        ratio = (first + rest * loss) / (1 + rest * size)
        if ratio <= q * (1 + 1e-12):
            return ratio
        q = ratio
