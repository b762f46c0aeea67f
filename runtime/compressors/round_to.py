"""Rounding to whole multiples of a step."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Array, Backend
from ..arrays.finite import NonFinite, first_bad_row
from ..codecs.packets import IntegerPacket
from .arguments import real
from .base import Compressor, Kernel
from .papers import Papers, Ranges
from .registry import register

MAGNITUDE_BITS, WIDTH_BITS = 62, 6
"""Numbers of steps are below 2^62; a message says how wide its numbers are."""


@register
class RoundTo(Compressor):
    """C(x)_j = h round(x_j / h), halves to even. |C(x)_j - x_j| <= h / 2: an absolute error, so it is
    neither unbiased nor contractive."""

    name: ClassVar[str] = "round_to"
    doc: ClassVar[str] = "rounds each entry to a whole multiple of h"
    codec: ClassVar[str] = (
        "a number of steps for each of d entries, as wide as the largest asks for, and that width"
    )
    paper: ClassVar[str] = "d ceil(log2(2 max |x_j| / h + 1))"
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("h", ArgumentKind.REAL, doc="the step between values", above=0, example="0.01"),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._h = real(arguments, "h")

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """Halves go to the even multiple, on either side of 0."""
        return frozenset({Trait.DETERMINISTIC, Trait.ODD})

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class: neither unbiased nor contractive."""
        return Class.NEITHER

    def density(self, d: int) -> float:
        """At most d: the vector decides."""
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        """At most: ceil(log2(2 max |x_j| / h + 1)) an entry are at most 63."""
        return float(d * (MAGNITUDE_BITS + 1) + WIDTH_BITS)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """At most: the vector decides."""
        return float(d * (MAGNITUDE_BITS + 1))

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """By the largest number of steps."""
        return Ranges(backend, d)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Deterministic."""
        return RoundToKernel(backend, d, self._h)


class TooManySteps(NonFinite):
    """An entry is more steps than a message's numbers hold."""

    fault = f"is 2^{MAGNITUDE_BITS} steps of h or more"
    remedy = "Choose a larger h."


class RoundToKernel:
    """`Kernel` of round_to."""

    def __init__(self, backend: Backend, d: int, h: float) -> None:
        from ..codecs.integers import IntegerCodec

        self._backend, self._h = backend, h
        self.words, self.form = 0, Form.DENSE
        self.codec = IntegerCodec(d)

    def compress(self, vectors: Array, words: Array | None) -> IntegerPacket:
        """Divides and rounds."""
        backend, xp = self._backend, self._backend.xp
        steps = xp.round(vectors / self._h)
        beyond = (xp.abs(steps) >= 2.0**MAGNITUDE_BITS) & xp.isfinite(vectors)
        if bool(xp.any(beyond)):
            bad = xp.where(beyond, xp.full_like(steps, inf), xp.zeros_like(steps))
            raise TooManySteps(f"what `round_to(h = {self._h:g})` rounds", first_bad_row(backend, bad))
        return IntegerPacket(xp.astype(xp.where(xp.isfinite(steps), steps, xp.zeros_like(steps)), xp.int64))

    def expand(self, packet: IntegerPacket) -> Array:
        """(rows, d)."""
        return self._backend.xp.astype(packet.numbers, self._backend.real) * self._h
