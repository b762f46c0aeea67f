"""The common part of families that keep K coordinates: the argument k, density, size and wire format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Form, Trait, Traits

from ..arrays.backend import Backend
from ..codecs.sizes import Ranked, expected_index_bits, log2_sets, plan_indices
from . import errors
from .arguments import whole
from .base import Compressor, Meaning
from .kernels import SparseWire, float_bits

K = Argument("k", ArgumentKind.INT, doc="coordinates kept, at most d", least=1, example="ceil(d / 100)")
"""The number of coordinates that are kept."""


class KeepsK(Compressor):
    """A compressor with the argument `k`; sparse results with exactly k entries."""

    paper: ClassVar[str] = "k fb"
    paper_alike: ClassVar[bool] = True
    entropy_alike: ClassVar[bool] = True

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._k = whole(arguments, "k")

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """k indices and values."""
        return Form.SPARSE

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Entries are kept by place or by order of magnitude, as they are or scaled."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    def kept(self, d: int) -> int:
        """k; `SetupError` where the vectors have fewer entries."""
        if self._k > d:
            raise errors.beyond_dimension(self.name, self._k, d)
        return self._k

    def delta(self, d: int) -> float:
        """d / K."""
        return d / self.kept(d)

    def density(self, d: int) -> float:
        """K."""
        return float(self.kept(d))

    def bits(self, d: int, float_bits: int) -> float:
        """K floats and a uniformly random index set, in the mean (exact where its size is fixed)."""
        k = self.kept(d)
        return k * float_bits + expected_index_bits(d, k)

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """K floats and one of all sets."""
        k = self.kept(d)
        return k * float_bits + log2_sets(d, k)

    def entropy_formula(self, float_bits: int) -> str:
        """As `entropy_bits`."""
        return "k * fb + log2C(d, k)"

    def formula(self, float_bits: int) -> str:
        """As `bits`."""
        return "k * fb + set(d, k)"

    def meaning_of_bits(self, d: int) -> Meaning:
        """A mean, or about one where the vector decides which set is written, in gaps."""
        return Meaning.MEAN if isinstance(plan_indices(d, self.kept(d)), Ranked) else Meaning.ABOUT

    def wire(self, backend: Backend, d: int, scale: float) -> SparseWire:
        """Packing and unpacking for this k."""
        from ..codecs.sparse import SparseCodec

        return SparseWire(backend, SparseCodec(d, self.kept(d), float_bits(backend)), scale)
