"""Scalars that leave a compressor, by its traits: C(t v) = t C(v) for t > 0 where C is homogeneous, -t where it is odd."""

from __future__ import annotations

from ..check.contracts import Trait, Traits
from .combination import Coefficient, Combination, number

_MINUS, _ONE = number(-1), number(1)


def scaled_out(value: Combination, traits: Traits) -> tuple[Coefficient, Combination]:
    """t and w with C(value) = t C(w), the same w for all multiples of a value that the traits tell of.

    Without oddness only a scalar leaves that is proven positive.
    """
    if not value.terms:
        return _ONE, value
    if Trait.HOMOGENEOUS in traits and Trait.ODD in traits:
        lead = value.sorted_terms()[0][1]
        below = lead.inverse()
        return (_ONE, value) if below is None else (lead, value.scaled(below))
    factor = _ONE
    if Trait.HOMOGENEOUS in traits or Trait.SCALE_FREE in traits:
        size = _positive(value)
        below = size.inverse()
        if below is not None:
            value = value.scaled(below)
            factor = size if Trait.HOMOGENEOUS in traits else _ONE
    if Trait.ODD in traits and (-value).digest() < value.digest():
        return factor * _MINUS, -value
    return factor, value


def _positive(value: Combination) -> Coefficient:
    """The magnitude of the first coefficient whose sign is proven; 1 where none is."""
    for _, coefficient in value.sorted_terms():
        if coefficient.sign:
            return coefficient if coefficient.sign > 0 else coefficient * _MINUS
    return _ONE
