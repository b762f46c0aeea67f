"""`mixed(C, threshold)`: the large blocks of a model compressed, each on its own, and the small ones sent as they are."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from typing import Any, ClassVar

from cablese.dsl.check.contracts import (
    Argument,
    ArgumentKind,
    ArgumentValue,
    Class,
    CompressorBinding,
    Form,
    Traits,
)

from ..arrays.backend import Array, Backend
from ..codecs.packets import PartsPacket
from . import errors
from .arguments import whole
from .base import Compressor, Kernel, Meaning, Shapes
from .identity import Identity
from .kernels import cut, dense_rows
from .papers import Papers, Sums
from .registry import class_of, make, register, traits_of


@register
class Mixed(Compressor):
    """C on each block of the model with more than `threshold` entries, the identity on the others."""

    name: ClassVar[str] = "mixed"
    doc: ClassVar[str] = (
        "compresses blocks of the model of more than `threshold` entries by C, each on its own; sends others whole"
    )
    codec: ClassVar[str] = "block by block what C sends, or floats"
    paper: ClassVar[str] = "of all blocks"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "C",
            ArgumentKind.COMPRESSOR,
            doc="the compressor of large blocks",
            example="top_k(k = ceil(d / 100))",
        ),
        Argument(
            "threshold",
            ArgumentKind.INT,
            default=1 << 16,
            doc="entries up to which a block is sent as it is",
            least=0,
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        """A mixture; `SetupError` for arguments that C does not take."""
        super().__init__(**arguments)
        inner = arguments["C"]
        if not isinstance(inner, CompressorBinding):
            raise errors.wrong_kind(self.name, "C", inner, "a compressor, such as top_k(k = 100)")
        self._inner, self._threshold = make(inner), whole(arguments, "threshold")
        if self._inner.redraws(self._inner.values):
            raise errors.seeded_inside(self.name, self._inner.name)
        self._lengths: tuple[int, ...] = ()

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class of C."""
        inner = arguments.get("C")
        return class_of(inner) if isinstance(inner, CompressorBinding) else Class.NEITHER

    @property
    def actual(self) -> Class:
        """The class of C."""
        return self._inner.actual

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The traits of C that the identity has, too."""
        inner = arguments.get("C")
        return (
            traits_of(inner) & Identity().actual_traits
            if isinstance(inner, CompressorBinding)
            else frozenset()
        )

    def fitted(self, shapes: Shapes) -> Compressor:
        """The compressor with the model's blocks."""
        fitted = Mixed(**self.values)
        fitted._lengths = tuple(map(prod, shapes))
        return fitted

    def omega(self, d: int) -> float:
        """The largest of the blocks."""
        return max((compressor.omega(length) for compressor, length in self._parts(d)), default=0.0)

    def delta(self, d: int) -> float:
        """The largest of the blocks."""
        return max((compressor.delta(length) for compressor, length in self._parts(d)), default=1.0)

    def density(self, d: int) -> float:
        """The density of all blocks."""
        return sum(compressor.density(length) for compressor, length in self._parts(d))

    def bits(self, d: int, float_bits: int) -> float:
        """Bits of all blocks. Padding of parts of varying size, and their lengths, are at most 39 bits each."""
        return sum(compressor.bits(length, float_bits) for compressor, length in self._parts(d))

    def meaning_of_bits(self, d: int) -> Meaning:
        """That of the blocks, but no more than about: parts of varying size are padded."""
        parts = self._parts(d)
        found = max(
            (compressor.meaning_of_bits(length) for compressor, length in parts), default=Meaning.MEAN
        )
        fixed = found is Meaning.MEAN and len(parts) == 1
        return found if fixed else max(found, Meaning.ABOUT)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Paper bits of all blocks."""
        return sum(compressor.paper_bits(length, float_bits) for compressor, length in self._parts(d))

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The same for each message."""
        parts = zip(self._parts(d), kernel.kernels, strict=True)
        return Sums(tuple(by.papers(own, backend, length) for (by, length), own in parts))

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """One for each block."""
        return MixedKernel(backend, self._parts(d))

    def _parts(self, d: int) -> list[tuple[Compressor, int]]:
        """The compressor of each block, and its length."""
        lengths = self._lengths if sum(self._lengths) == d else (d,)
        return [(self._inner if length > self._threshold else Identity(), length) for length in lengths]


class MixedKernel:
    """`Kernel` of mixed."""

    def __init__(self, backend: Backend, parts: list[tuple[Compressor, int]]) -> None:
        from ..codecs.parts import PartsCodec

        self._backend = backend
        self.kernels = [compressor.kernel(backend, length) for compressor, length in parts]
        self._lengths = [length for _, length in parts]
        ends = [sum(self._lengths[:place]) for place in range(len(parts) + 1)]
        self._spans = list(pairwise(ends))
        self.words = sum(kernel.words for kernel in self.kernels)
        self.form = Form.DENSE
        self.codec = PartsCodec([kernel.codec for kernel in self.kernels])

    @property
    def is_plain(self) -> bool:
        """True if no block is large: fused rounds send all entries as they are."""
        return all(getattr(kernel, "is_plain", False) for kernel in self.kernels)

    def compress(self, vectors: Array, words: Array | None) -> PartsPacket:
        """Block by block, on copies: some kernels read memory in order."""
        words_of = cut(words, [kernel.words for kernel in self.kernels])
        found = []
        for kernel, (first, last), own in zip(self.kernels, self._spans, words_of, strict=True):
            block = vectors if len(self._spans) == 1 else self._copy(vectors[:, first:last])
            found.append(kernel.compress(block, None if own is None else self._copy(own)))
        return PartsPacket(tuple(found))

    def expand(self, packet: PartsPacket) -> Array:
        """(rows, d)."""
        parts = zip(self.kernels, packet.parts, self._lengths, strict=True)
        rows = [dense_rows(self._backend, kernel, part, length) for kernel, part, length in parts]
        return rows[0] if len(rows) == 1 else self._backend.xp.concat(rows, axis=1)

    def _copy(self, values: Array) -> Array:
        return self._backend.xp.asarray(values, copy=True)
