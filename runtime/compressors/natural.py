"""Natural compression: random rounding to a neighbouring power of two (Horvath et al., arXiv:1905.10988)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.lazy_words import PendingWords
from ..arrays.row_forms import RowSymbols
from ..codecs.packets import CodePacket
from ..codecs.sizes import choice_bits, exponent_bits
from .arguments import ENCODE
from .base import Compressor, Kernel, Meaning
from .kernels import TILE_COLUMNS, Tile, float_bits, in_tiles, tile_by_tile
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.terms import Term, Terms


@register
class Natural(Compressor):
    """Rounds each entry at random to a power of two next to it, so that the mean is the entry.

    |x_j| between 2^a and 2^(a+1) becomes the larger with probability (|x_j| - 2^a) / 2^a.
    """

    name: ClassVar[str] = "natural"
    doc: ClassVar[str] = "rounds each entry at random to a power of two: sign and exponent"
    codec: ClassVar[str] = (
        "a sign and the wire float's exponent for each of d entries, in one field or as `encode` says"
    )
    paper: ClassVar[str] = "a sign and an exponent for each of d entries: 9 d for fb = 32"
    paper_alike: ClassVar[bool] = True
    arguments: ClassVar[tuple[Argument, ...]] = (ENCODE,)

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Magnitudes are rounded, and signs kept; powers of two know only factors that are some."""
        return frozenset({Trait.ODD})

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Both classes: unbiased, and contractive too, as omega < 1."""
        return Class.BOTH

    def omega(self, d: int) -> float:
        """The bound 1/8, attained at |x_j| = (4/3) 2^a; it holds for entries in the wire float's normal range."""
        return 0.125

    def density(self, d: int) -> float:
        """An upper bound, d: entries that are 0 stay 0."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """Bits with `encode = fixed`, 9 an entry for float32; with other encodings an upper bound."""
        return float(d * (1 + exponent_bits(float_bits)) + choice_bits(str(self.values["encode"])))

    def formula(self, float_bits: int) -> str:
        """As `bits`, of fields."""
        return f"{1 + exponent_bits(float_bits)} * d" if self.values["encode"] == "fixed" else ""

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed, unless `encode` lets the vector decide."""
        return Meaning.MEAN if self.values["encode"] == "fixed" else Meaning.AT_MOST

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Bits of d signs and exponents."""
        return float(d * (1 + exponent_bits(float_bits)))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernel for vectors of d entries."""
        return NaturalKernel(backend, d, str(self.values["encode"]))


class NaturalKernel:
    """Kernel of `natural`: an entry's code is its sign and the exponent field of the power of two, as on the wire.

    Entries below the wire's least normal float are rounded to 0 or that float, unbiased too. Above the wire's largest
    power of two they saturate. Non-finite entries have the code of the wire's infinity, and come back as that.
    """

    def __init__(self, backend: Backend, d: int, encode: str) -> None:
        from ..arrays.powers import LEAST_EXPONENT, PowerGrid
        from ..codecs.codes import code_codec

        wire = float_bits(backend)
        self._backend, self._d = backend, d
        self._grid = PowerGrid(backend, LEAST_EXPONENT[wire])
        self._sign_place = exponent_bits(wire)
        self._values = _values_of_codes(backend, wire)
        self.words = d
        self.columnwise = True
        self.draws_late = self.reads_pieces = in_tiles(backend, d) and backend.name == "numpy"
        self.form = Form.DENSE
        self.codec = code_codec(d, 1 + self._sign_place, encode)

    @property
    def of_symbols(self) -> RowSymbols | None:
        """As fused rounds call it, for short vectors and codes in fields."""
        import numpy as np  # specs are checked where there is none

        slot, grid = getattr(self.codec, "slot", None), self._grid
        if slot is None or self._d > TILE_COLUMNS or not isinstance(self._values, np.ndarray):
            return None
        plan = (2 << self._sign_place, 0, grid.mantissa, self._sign_place)
        factors = np.append(grid.scale, self._values.astype(np.float64))
        return RowSymbols("powers", 0, 0, slot, np.array(plan, np.int64), factors)

    def compress(self, vectors: Array, words: Array | PendingWords | None) -> CodePacket:
        """Codes (rows, d), uint16, of vectors (rows, d); one word an entry, words (rows, d), decides the rounding."""
        from ..arrays.power_codes import DrawnLate, drawn_codes

        backend, grid, place = self._backend, self._grid, self._sign_place
        if isinstance(words, PendingWords):
            return CodePacket(drawn_codes(DrawnLate(backend, grid, grid.form(place)), vectors, words))
        assert words is not None
        return CodePacket(
            tile_by_tile(
                backend,
                vectors.shape,
                backend.xp.uint16,
                lambda tile: grid.codes(vectors[tile], words[tile], place),
            )
        )

    def expand(self, packet: CodePacket) -> Array:
        """Powers of two (rows, d), by a table of all codes."""
        xp, codes = self._backend.xp, packet.codes

        def powers(tile: Tile) -> Array:
            part = codes[tile]
            return xp.reshape(xp.take(self._values, xp.reshape(part, (-1,))), part.shape)

        return tile_by_tile(self._backend, codes.shape, self._values.dtype, powers)

    def sum_rows(self, packet: CodePacket, total: HostArray, behind: bool = False) -> None:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.row_sums import sum_codes

        sum_codes(packet.codes, self._values, total, behind)

    def term(self, packet: CodePacket, row: int, terms: Terms) -> Term:
        """As `ColumnwiseKernel` has it."""
        from ..arrays.terms import Term

        code, values = terms.entry(packet.codes[row]), terms.number(self._values)
        return Term(terms, f"{values}[{code}]", self._values.dtype)


def _values_of_codes(backend: Backend, wire: int) -> Array:
    """The number that each code stands for: the exponent fields 0 (zero) to the last (infinity), then their negatives."""
    import numpy as np

    from ..arrays.powers import LEAST_EXPONENT

    fields = np.arange(1 << exponent_bits(wire))
    with np.errstate(over="ignore"):
        powers = np.ldexp(1.0, fields - 1 + LEAST_EXPONENT[wire])
        powers[0], powers[-1] = 0.0, np.inf
        return backend.to_device(np.concatenate((powers, -powers)))
