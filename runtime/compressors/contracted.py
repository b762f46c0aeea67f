"""`Q / (1 + omega)`: an unbiased compressor scaled down, which makes it contractive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from cablese.dsl.check.contracts import (
    Argument,
    ArgumentKind,
    ArgumentValue,
    Class,
    CompressorBinding,
    Form,
    Trait,
    Traits,
)

from ..arrays.backend import Array, Backend
from . import errors
from .base import Compressor, Kernel, Meaning, Shapes
from .papers import Papers
from .registry import class_of, form_of, make, register, traits_of


@register
class Contracted(Compressor):
    """C(x) = Q(x) / (1 + omega), omega that of Q: E ||C(x) - x||^2 <= (1 - 1 / (1 + omega)) ||x||^2.

    The message is that of Q; its receiver divides.
    """

    name: ClassVar[str] = "contracted"
    doc: ClassVar[str] = (
        "divides what an unbiased Q makes by 1 + omega: contractive; written `Q / (1 + omega)`"
    )
    codec: ClassVar[str] = "what Q sends"
    paper: ClassVar[str] = "that of Q"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("Q", ArgumentKind.COMPRESSOR, doc="the unbiased compressor", example="quantize(s = 4)"),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        """The compressor; `SetupError` for a Q that is not unbiased."""
        super().__init__(**arguments)
        inner = arguments["Q"]
        if not isinstance(inner, CompressorBinding):
            raise errors.wrong_kind(self.name, "Q", inner, "a compressor, such as quantize(s = 4)")
        self._inner = make(inner)
        if not self._inner.actual.is_unbiased:
            raise errors.nothing_to_divide(str(inner), self._inner.actual.value)
        if self._inner.redraws(self._inner.values):
            raise errors.seeded_inside(self.name, self._inner.name)

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Contractive, if Q has an omega."""
        inner = arguments.get("Q")
        if not isinstance(inner, CompressorBinding):
            return Class.CONTRACTIVE
        return Class.CONTRACTIVE if class_of(inner).is_unbiased else Class.NEITHER

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The traits of Q, but that entries are no longer those of x."""
        inner = arguments.get("Q")
        found = traits_of(inner) if isinstance(inner, CompressorBinding) else frozenset()
        return found - {Trait.SELECTING}

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """The form of Q."""
        inner = arguments.get("Q")
        return form_of(inner) if isinstance(inner, CompressorBinding) else Form.DENSE

    def fitted(self, shapes: Shapes) -> Compressor:
        """The compressor with Q fitted to the blocks."""
        fitted = Contracted(**self.values)
        fitted._inner = self._inner.fitted(shapes)
        return fitted

    def delta(self, d: int) -> float:
        """1 + omega: the loss is E ||Q||^2 / (1 + omega)^2 - 2 ||x||^2 / (1 + omega) + ||x||^2."""
        return 1 + self._inner.omega(d)

    def density(self, d: int) -> float:
        """The density of Q."""
        return self._inner.density(d)

    def bits(self, d: int, float_bits: int) -> float:
        """The bits of Q."""
        return self._inner.bits(d, float_bits)

    def meaning_of_bits(self, d: int) -> Meaning:
        """That of Q."""
        return self._inner.meaning_of_bits(d)

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """The information in a message of Q."""
        return self._inner.entropy_bits(d, float_bits)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Paper bits of Q."""
        return self._inner.paper_bits(d, float_bits)

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The same for each message."""
        return self._inner.papers(kernel.inner, backend, d)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The kernel of Q, and the division."""
        return DividedKernel(self._inner.kernel(backend, d), self.delta(d))


class DividedKernel:
    """`Kernel` of a compressor whose results are divided by a number."""

    def __init__(self, inner: Kernel, by: float) -> None:
        self.inner, self._by = inner, by
        self.words = inner.words
        self.form = inner.form
        self.codec = inner.codec
        self.compress = inner.compress
        self.draws_late = bool(getattr(inner, "draws_late", False))

    def expand(self, packet: Any) -> Array:
        """The results of Q, divided."""
        return self.inner.expand(packet) / self._by
