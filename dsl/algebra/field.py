"""Numbers of a large prime field, at two independent points at once.

A symbol is a pair of elements that its name hashes to. Two rational expressions that agree at both points are equal but for
a chance of about their degree over 2^122 (Schwartz 1980, Zippel 1979), and no expression swells on the way.
"""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b
from typing import TypeAlias

PRIME = (1 << 61) - 1

Element: TypeAlias = tuple[int, int]

ZERO: Element = (0, 0)
ONE: Element = (1, 1)


def element(key: str) -> Element:
    """The element that stands for a symbol or for an opaque number with this key; never zero."""
    digest = blake2b(key.encode(), digest_size=32).digest()
    one, other = (int.from_bytes(part, "big") % (PRIME - 1) + 1 for part in (digest[:16], digest[16:]))
    return one, other


def rational(value: Fraction) -> Element:
    """The element of a rational number."""
    found = value.numerator * pow(value.denominator, -1, PRIME) % PRIME
    return found, found


def plus(a: Element, b: Element) -> Element:
    """a + b."""
    return (a[0] + b[0]) % PRIME, (a[1] + b[1]) % PRIME


def times(a: Element, b: Element) -> Element:
    """a b."""
    return a[0] * b[0] % PRIME, a[1] * b[1] % PRIME


def inverse(a: Element) -> Element | None:
    """1 / a; None at zero."""
    if not (a[0] and a[1]):
        return None
    return pow(a[0], -1, PRIME), pow(a[1], -1, PRIME)
