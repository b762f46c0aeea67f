"""An unbiased compressor where a contractive one is asked for: scaled down, `Q / (1 + omega)`, or as it is."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
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

    The message is that of Q; its receiver divides. With `divided = false` C is Q, whose omega must be below 1: the bound
    is omega ||x||^2.
    """

    name: ClassVar[str] = "contracted"
    doc: ClassVar[str] = (
        "divides what an unbiased Q makes by 1 + omega: contractive; written `Q / (1 + omega)`. "
        "With `divided = false` it is Q, whose omega must be below 1"
    )
    codec: ClassVar[str] = "what Q sends"
    paper: ClassVar[str] = "that of Q"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("Q", ArgumentKind.COMPRESSOR, doc="the unbiased compressor", example="quantize(s = 100)"),
        Argument(
            "divided",
            ArgumentKind.BOOL,
            True,
            doc="false: Q as it is, contractive as its omega is below 1",
        ),
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
        """Contractive, if Q has an omega; unbiased, too, if it is not divided."""
        inner, made = arguments.get("Q"), Class.CONTRACTIVE if arguments.get("divided", True) else Class.BOTH
        if not isinstance(inner, CompressorBinding):
            return made
        return made if class_of(inner).is_unbiased else Class.NEITHER

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The traits of Q, but that divided entries are no longer those of x."""
        inner = arguments.get("Q")
        found = traits_of(inner) if isinstance(inner, CompressorBinding) else frozenset()
        return found - {Trait.SELECTING} if arguments.get("divided", True) else found

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """The form of Q."""
        inner = arguments.get("Q")
        return form_of(inner) if isinstance(inner, CompressorBinding) else Form.DENSE

    def fitted(self, shapes: Shapes) -> Compressor:
        """The compressor with Q fitted to the blocks; `SetupError` where Q, not divided, does not contract."""
        fitted = Contracted(**self.values)
        fitted._inner = self._inner.fitted(shapes)
        fitted.delta(sum(prod(shape) for shape in shapes))
        return fitted

    def omega(self, d: int) -> float:
        """The omega of Q."""
        return self._inner.omega(d)

    def delta(self, d: int) -> float:
        """1 + omega: the loss is E ||Q||^2 / (1 + omega)^2 - 2 ||x||^2 / (1 + omega) + ||x||^2.

        Not divided 1 / (1 - omega); `SetupError` where omega is not below 1.
        """
        omega = self._inner.omega(d)
        if self.values["divided"]:
            return 1 + omega
        if omega >= 1:
            raise errors.does_not_contract(str(self.values["Q"]), omega)
        return 1 / (1 - omega)

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
        return DividedKernel(self._inner.kernel(backend, d), self.delta(d) if self.values["divided"] else 1.0)


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
