"""Top-K: the K entries of largest magnitude."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..codecs.packets import SparsePacket
from .base import Kernel
from .counts import K, KeepsK
from .kernels import SparseWire, entries_at
from .registry import register


@register
class TopK(KeepsK):
    """C(x) = x on its K entries of largest magnitude, 0 elsewhere; of equal ones the first."""

    name: ClassVar[str] = "top_k"
    doc: ClassVar[str] = "keeps the k entries of largest magnitude"
    codec: ClassVar[str] = "k floats and the set of their coordinates near log2 C(d, k) bits"
    arguments: ClassVar[tuple[Argument, ...]] = (K,)

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Contractive, and biased."""
        return Class.CONTRACTIVE

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Entries are kept as they are, and nothing is drawn."""
        return super().traits(arguments) | {Trait.DETERMINISTIC, Trait.SELECTING}

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Deterministic."""
        return TopKKernel(self.wire(backend, d, 1.0), self.kept(d))


class TopKKernel:
    """`Kernel` of top_k."""

    def __init__(self, wire: SparseWire, k: int) -> None:
        self._wire, self._k = wire, k
        self.words = 0
        self.form = Form.SPARSE
        self.codec = wire.codec
        self.expand = wire.expand

    def compress(self, vectors: Array, words: Array | None) -> SparsePacket:
        """Selects by magnitude, gathers, packs."""
        backend = self._wire.backend
        indices = backend.largest(vectors, self._k)
        return self._wire.pack(indices, entries_at(backend, vectors, indices))
