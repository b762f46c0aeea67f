"""Random ternary vectors: each entry's sign, or 0."""

from __future__ import annotations

from math import inf
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentValue

from .arguments import ENCODE
from .quantize import Quantize
from .registry import register


@register
class Ternary(Quantize):
    """Q(x)_j = s sign(x_j) with probability |x_j| / s, else 0; s = max |x_j| (TernGrad, Wen et al., NeurIPS 2017).

    It is quantize(s = 1, norm = inf).
    """

    name: ClassVar[str] = "ternary"
    doc: ClassVar[str] = (
        "makes each entry 0 or the largest magnitude with its own sign, at random by its size (TernGrad)"
    )
    codec: ClassVar[str] = "one float and 1.6 bits for each of d entries, or as `encode` says"
    paper: ClassVar[str] = "fb + 2 d"
    arguments: ClassVar[tuple[Argument, ...]] = (ENCODE,)

    def __init__(self, **arguments: ArgumentValue) -> None:
        """The compressor: no argument can be refused."""
        super().__init__(s=1, norm=inf, **arguments)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Two bits an entry."""
        return float(float_bits + 2 * d)
