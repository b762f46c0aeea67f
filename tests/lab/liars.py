"""Compressors that do not keep their word, each in another way."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind, Class, Form, Trait, Traits
from cablese.runtime.codecs.codes import CodeCodec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.packets import CodePacket, DensePacket
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.eight_bits import Tree8
from cablese.runtime.compressors.identity import Identity
from cablese.runtime.compressors.natural import Natural
from cablese.runtime.compressors.rand_k import RandK, RandKKernel
from cablese.runtime.compressors.ready import Floats, ReadyMade
from cablese.runtime.compressors.signs import Sign
from cablese.runtime.compressors.top_k import TopK


class Dithering(Compressor):
    """Natural dithering that returns its input and charges 3 bits an entry: by formula only, the codec writes floats."""

    name: ClassVar[str] = "dithering"
    doc: ClassVar[str] = "returns its input"
    codec: ClassVar[str] = "3 bits an entry, it says"
    arguments: ClassVar[tuple[Argument, ...]] = (Argument("s", ArgumentKind.INT, default=3, doc="levels"),)

    @classmethod
    def classify(cls, arguments: Any) -> Class:
        return Class.UNBIASED

    def omega(self, d: int) -> float:
        return 0.125 + d**0.5 / 4

    def density(self, d: int) -> float:
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        return 3.0 * d

    def kernel(self, backend: Any, d: int) -> Any:
        return Identity().kernel(backend, d)


class Boasting(DenseCodec):
    """Says 3 bits an entry and writes floats."""

    def __init__(self, d: int) -> None:
        super().__init__(d, 32)
        self.fixed_bits = 3 * d

    def bits(self, packet: DensePacket) -> Any:
        return np.full(packet.rows, self.fixed_bits)


class BoastingDithering(Dithering):
    """The codec's count says 3 bits, too."""

    name: ClassVar[str] = "boasting_dithering"

    def kernel(self, backend: Any, d: int) -> Any:
        kernel: Any = Identity().kernel(backend, d)
        return type(kernel)(backend, Boasting(d))


class RememberingKernel:
    """Writes 3 bits an entry and expands what it remembers."""

    words, form = 0, Form.DENSE

    def __init__(self, backend: Any, d: int) -> None:
        self.codec, self._real = CodeCodec(d, 3), backend.real
        self._last: Any = None

    def compress(self, vectors: Any, words: Any) -> CodePacket:
        self._last = vectors
        return CodePacket((vectors > 0).astype(np.uint16))

    def expand(self, packet: CodePacket) -> Any:
        return np.zeros(packet.codes.shape, self._real) if self._last is None else self._last[: packet.rows]


class RememberingDithering(Dithering):
    """Three bits an entry are really written, but the sender uses its input."""

    name: ClassVar[str] = "remembering_dithering"

    def kernel(self, backend: Any, d: int) -> Any:
        return RememberingKernel(backend, d)


class Unscaled(RandK):
    """Rand-K without its d / K."""

    name: ClassVar[str] = "unscaled"

    def kernel(self, backend: Any, d: int) -> RandKKernel:
        k = self.kept(d)
        return RandKKernel(self.wire(backend, d, 1.0), d, k)


class Praised(Natural):
    """An omega that is too small."""

    name: ClassVar[str] = "praised"

    def omega(self, d: int) -> float:
        return 0.1

    def delta(self, d: int) -> float:
        return 8 / 7


class PraisedAsContractive(Natural):
    """A delta that is too small, of one that is unbiased, too."""

    name: ClassVar[str] = "praised_as_contractive"

    def delta(self, d: int) -> float:
        return 1 / (1 - 0.1)


class PraisedTop(TopK):
    """A delta that is too small."""

    name: ClassVar[str] = "praised_top"

    def delta(self, d: int) -> float:
        return max(1.0, 0.9 * super().delta(d))


class Sparser(Natural):
    """A density that is too small."""

    name: ClassVar[str] = "sparser"

    def density(self, d: int) -> float:
        return 0.9 * d


class OddTree(Tree8):
    """Says to be odd, with a 1 and no -1."""

    name: ClassVar[str] = "odd_tree"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.ODD})


class FixedRandK(RandK):
    """Says to draw nothing."""

    name: ClassVar[str] = "fixed_rand_k"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.DETERMINISTIC})


class ScalingNatural(Natural):
    """Says to scale, and does by powers of two alone."""

    name: ClassVar[str] = "scaling_natural"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.HOMOGENEOUS})


class ScaleFreeTop(TopK):
    """Says to know no scale."""

    name: ClassVar[str] = "scale_free_top"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.SCALE_FREE})


class SelectingRandK(RandK):
    """Says to keep entries as they are, and multiplies them by d / k."""

    name: ClassVar[str] = "selecting_rand_k"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.SELECTING})


class ZeroSign(Sign):
    """Says to map 0 to 0, to which it gives the sign 1."""

    name: ClassVar[str] = "zero_sign"

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.ZERO})


class Upwards(ReadyMade):
    """Rounds up more often than down, and says that its law knows no direction."""

    name, doc, kind, sends = "upwards", "rounds, mostly up", Class.NEITHER, Floats()

    @classmethod
    def traits(cls, arguments: Any) -> Traits:
        return frozenset({Trait.ODD_IN_LAW})

    def draws(self, d: int) -> int:
        return d

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        return xp.where(uniforms < 0.7, xp.ceil(vectors), xp.floor(vectors))


class DrawsByItself(ReadyMade):
    """Adds noise of its own, which no seed of a run reaches."""

    name, doc, kind, sends = "draws_by_itself", "adds noise", Class.NEITHER, Floats()

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        return vectors + np.random.default_rng().standard_normal(vectors.shape)


class DrawsExpanding(Identity):
    """Adds noise of its own where a message is read."""

    name: ClassVar[str] = "draws_expanding"

    def kernel(self, backend: Any, d: int) -> Any:
        kernel: Any = super().kernel(backend, d)
        return Noisy(kernel)


class Noisy:
    """`Kernel` of draws_expanding."""

    words, form = 0, Form.DENSE

    def __init__(self, inner: Any) -> None:
        self.codec, self.compress, self._inner = inner.codec, inner.compress, inner

    def expand(self, packet: DensePacket) -> Any:
        found = self._inner.expand(packet)
        return found + np.random.default_rng().standard_normal(found.shape, found.dtype)


class Undefined(Identity):
    """Divides by the norm."""

    name: ClassVar[str] = "undefined"

    def kernel(self, backend: Any, d: int) -> Any:
        kernel: Any = super().kernel(backend, d)
        return Dividing(backend, kernel.codec)


class Dividing:
    """`Kernel` of undefined."""

    words, form = 0, Form.DENSE

    def __init__(self, backend: Any, codec: Any) -> None:
        self._backend, self.codec = backend, codec

    def compress(self, vectors: Any, words: Any) -> DensePacket:
        zero = (vectors == 0).all(axis=1)[:, None]
        return DensePacket(self._backend.to_wire(np.where(zero, nan, vectors)))

    def expand(self, packet: DensePacket) -> Any:
        return self._backend.from_wire(packet.values)


LIARS: Sequence[tuple[type[Compressor], str, str]] = (
    (Dithering, "dithering()", "bits"),
    (BoastingDithering, "boasting_dithering()", "codec"),
    (RememberingDithering, "remembering_dithering()", "codec"),
    (Unscaled, "unscaled(k = 1)", "unbiased"),
    (Unscaled, "unscaled(k = 50)", "unbiased"),
    (Unscaled, "unscaled(k = ceil(d / 100))", "unbiased"),
    (Praised, "praised()", "omega"),
    (PraisedAsContractive, "praised_as_contractive()", "delta"),
    (PraisedTop, "praised_top(k = 5)", "delta"),
    (Sparser, "sparser()", "density"),
    (OddTree, "odd_tree()", "odd"),
    (FixedRandK, "fixed_rand_k(k = 5)", "deterministic"),
    (ScalingNatural, "scaling_natural()", "homogeneous"),
    (ScaleFreeTop, "scale_free_top(k = 5)", "scale-free"),
    (SelectingRandK, "selecting_rand_k(k = 5)", "selecting"),
    (ZeroSign, "zero_sign()", "zero to zero"),
    (Upwards, "upwards()", "odd in law"),
    (Undefined, "undefined()", "finite"),
    (DrawsByItself, "draws_by_itself()", "repeatable"),
)
"""Class, how it is asked for, and the statement that is refuted."""
