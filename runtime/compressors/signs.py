"""Compression to signs: alone, or scaled by the mean magnitude of the vector or of each of its blocks."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.row_forms import RowSymbols
from ..codecs.packets import SignPacket
from .arguments import whole
from .base import Compressor, Kernel, Meaning, Shapes
from .kernels import TILE_COLUMNS, float_bits, magnitude_sums, on_numpy_in_tiles, tile_by_tile
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.terms import Term, Terms


class Signs(Compressor):
    """A compressor whose result has one magnitude for each block of entries, and every entry's sign; sign(0) is +1."""

    paper: ClassVar[str] = "d + fb a block"
    paper_alike: ClassVar[bool] = True

    def lengths(self, d: int) -> tuple[int, ...]:
        """The lengths of the blocks that have a scale of their own; none where all magnitudes are 1."""
        return (d,)

    def blocks(self, d: int) -> int:
        """Number of blocks that have a scale."""
        return len(self.lengths(d))

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Contractive, and biased."""
        return Class.CONTRACTIVE

    def delta(self, d: int) -> float:
        """The length of the longest block: ||C(x) - x||^2 = ||x||^2 - sum_l ||x_l||_1^2 / d_l, and ||x_l||_1 >= ||x_l||.
        Met where each block has a single entry that is not 0."""
        return float(max(self.lengths(d)))

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Means of magnitudes scale; a 0 has the sign of 1, so that C is not odd."""
        return frozenset({Trait.DETERMINISTIC, Trait.HOMOGENEOUS})

    def density(self, d: int) -> float:
        """Every entry, unless all of its block are 0."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Fixed: a bit an entry, a float a block."""
        return float(d + self.blocks(d) * float_bits)

    def formula(self, float_bits: int) -> str:
        """As `bits`, of one block."""
        return "d + fb"

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed."""
        return Meaning.MEAN

    def paper_bits(self, d: int, float_bits: int) -> float:
        """The bits that are sent."""
        return self.bits(d, float_bits)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernel, bound to d."""
        return SignKernel(backend, d, self.lengths(d))


@register
class Sign(Signs):
    """C(x)_j = sign(x_j) (Bernstein et al., ICML 2018). Magnitudes are lost: C is neither unbiased nor contractive."""

    name: ClassVar[str] = "sign"
    doc: ClassVar[str] = "keeps the signs of the entries, of which each becomes 1 or -1 (0 becomes 1)"
    codec: ClassVar[str] = "a bit for each of d entries"
    paper: ClassVar[str] = "d"

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class: neither unbiased nor contractive."""
        return Class.NEITHER

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Signs know no scale; a 0 has the sign of 1."""
        return frozenset({Trait.DETERMINISTIC, Trait.SCALE_FREE})

    def lengths(self, d: int) -> tuple[int, ...]:
        """No block has a scale."""
        return ()

    def formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "d"


@register
class ScaledSign(Signs):
    """C(x) = (||x||_1 / d) sign(x) (Karimireddy et al., ICML 2019)."""

    name: ClassVar[str] = "scaled_sign"
    doc: ClassVar[str] = "keeps the signs of the entries and their mean magnitude"
    codec: ClassVar[str] = "one float and a bit for each of d entries"
    paper: ClassVar[str] = "d + fb"


@register
class BlockSign(Signs):
    """Scaled signs of each block of `size` entries, the last shorter, or of each of the model's blocks
    (Zheng et al., NeurIPS 2019)."""

    name: ClassVar[str] = "block_sign"
    doc: ClassVar[str] = "keeps the signs of the entries and the mean magnitude of each block of them"
    codec: ClassVar[str] = "a float a block and a bit for each of d entries"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "size",
            ArgumentKind.INT,
            default=0,
            doc="entries of a block, the last of which has what is left; 0: the model's own blocks",
            least=0,
            example="64",
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._size = whole(arguments, "size")
        self._own: tuple[int, ...] = ()

    def fitted(self, shapes: Shapes) -> Compressor:
        """The compressor with the model's blocks, where no size is given."""
        fitted = BlockSign(**self.values)
        fitted._own = tuple(map(prod, shapes))
        return fitted

    def lengths(self, d: int) -> tuple[int, ...]:
        """Whole blocks, and the rest; or the model's."""
        if not self._size:
            return self._own if sum(self._own) == d else (d,)
        whole, rest = divmod(d, self._size)
        return (self._size,) * whole + ((rest,) if rest else ())

    def formula(self, float_bits: int) -> str:
        """As `bits`, of blocks of one size."""
        return "d + ceil(d / size) * fb" if self._size else ""

    def blocks(self, d: int) -> int:
        """Counted without a list of them, which is as long as vectors are."""
        return -(-d // self._size) if self._size else super().blocks(d)


class SignKernel:
    """`Kernel` of sign, scaled_sign and block_sign.

    A scale is the float64 mean of magnitudes, rounded to the wire's type; entries are that scale or its negative.
    """

    def __init__(self, backend: Backend, d: int, lengths: tuple[int, ...]) -> None:
        from ..codecs.signs import SignCodec

        self._backend, self._d, self._lengths = backend, d, lengths
        self.words = 0
        self.form = Form.DENSE
        self.columnwise = len(lengths) < 2
        self.reads_pieces = self.columnwise and d > TILE_COLUMNS
        self.codec = SignCodec(d, len(lengths), float_bits(backend))

    @property
    def of_symbols(self) -> RowSymbols | None:
        """As fused rounds call it, for short vectors."""
        import numpy as np  # specs are checked where there is none

        bits, blocks = float_bits(self._backend), len(self._lengths)
        plan = np.array((2, 0, bits == 32, *self._lengths), np.int64)
        short = self._d <= TILE_COLUMNS
        return (
            RowSymbols("signs", blocks, blocks * bits // 8, self.codec.slot, plan, np.empty(0))
            if short
            else None
        )

    def compress(self, vectors: Array, words: Array | None) -> SignPacket:
        """One scale a block of a row, one sign an entry."""
        if len(self._lengths) < 2 and on_numpy_in_tiles(self._backend, vectors):
            from ..arrays.signs import signs_alone, signs_and_sums

            if not self._lengths:
                return SignPacket(self._backend.to_wire(self._means(vectors)), signs_alone(vectors))
            negative, sums = signs_and_sums(vectors)
            return SignPacket(self._backend.to_wire(sums[:, None] / self._d), negative)
        xp, scales = self._backend.xp, self._backend.to_wire(self._means(vectors))
        negative = tile_by_tile(self._backend, vectors.shape, xp.bool, lambda tile: vectors[tile] < 0)
        return SignPacket(scales, negative)

    def expand(self, packet: SignPacket) -> Array:
        """(rows, d)."""
        return self._backend.signed(self._spread(self._backend.from_wire(packet.scales)), packet.negative)

    def sum_rows(self, packet: SignPacket, total: HostArray, behind: bool = False) -> None:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.row_sums import sum_signs

        sum_signs(packet.negative, self._spread(self._backend.from_wire(packet.scales))[:, 0], total, behind)

    def term(self, packet: SignPacket, row: int, terms: Terms) -> Term:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.terms import Term

        scale = self._spread(self._backend.from_wire(packet.scales))[row, 0]
        negative, number = terms.entry(packet.negative[row]), terms.number(scale)
        return Term(terms, f"(-{number} if {negative} else {number})", scale.dtype)

    def _means(self, vectors: Array) -> Array:
        """The mean magnitude of each block: (rows, blocks) float64."""
        xp, means, first = self._backend.xp, [], 0
        for length in self._lengths:
            block = vectors[:, first : first + length]
            means.append(magnitude_sums(self._backend, block) / length)
            first += length
        if not means:
            return xp.zeros((vectors.shape[0], 0), dtype=xp.float64, device=self._backend.device)
        return xp.stack(means, axis=1)

    def _spread(self, scales: Array) -> Array:
        """Each block's scale at each of its entries: (rows, d), or (rows, 1) where one is all there is."""
        xp, rows = self._backend.xp, scales.shape[0]
        if not self._lengths:
            return xp.ones((rows, 1), dtype=self._backend.real, device=self._backend.device)
        if len(self._lengths) == 1:
            return scales
        parts = [
            xp.broadcast_to(scales[:, place : place + 1], (rows, length))
            for place, length in enumerate(self._lengths)
        ]
        return xp.concat(parts, axis=1)
