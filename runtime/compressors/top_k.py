"""Top-K: the K entries of largest magnitude."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.row_forms import RowForm
from ..codecs.packets import SparsePacket
from .base import Kernel
from .counts import K, KeepsK
from .kernels import SparseWire, entries_at
from .registry import register

SHORT = 4096
"""Length up to which rows in turn take less than NumPy's selection in all of them."""


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
        return TopKKernel(self.wire(backend, d, 1.0), d, self.kept(d))


class TopKKernel:
    """`Kernel` of top_k."""

    def __init__(self, wire: SparseWire, d: int, k: int) -> None:
        self._wire, self._d, self._k = wire, d, k
        self.words = 0
        self.form = Form.SPARSE
        self.codec = wire.codec
        self.expand = wire.expand

    @property
    def of_row(self) -> RowForm | None:
        """As fused rounds call it, for short vectors."""
        import numpy as np  # specs are checked where there is none

        return RowForm("by_magnitude", self._k, np.empty(0)) if self._d <= SHORT else None

    def compress(self, vectors: Array, words: Array | None) -> SparsePacket:
        """Selects by magnitude, gathers, packs."""
        backend = self._wire.backend
        indices = backend.largest(vectors, self._k)
        return self._wire.pack(indices, entries_at(backend, vectors, indices))
