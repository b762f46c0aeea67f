"""Sizes of quantised messages under `encode = rice | entropy`, counted symbol by symbol from docs/wire.md."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

SetBits = Callable[[int, list[int]], int]


def log2_ceil(cases: int) -> int:
    """Bits that tell `cases` apart."""
    return (cases - 1).bit_length()


def level_bits(levels: Sequence[int], s: int, encode: str, set_bits: SetBits) -> int:
    """All but the scale."""
    numbers = [level + s for level in levels]
    return _shortest(
        fixed_bits(len(levels), 2 * s + 1), rice_bits(levels, s, 0, set_bits), numbers, 2 * s + 1, encode
    )


def code_bits(codes: Sequence[int], width: int, encode: str, set_bits: SetBits) -> int:
    """A sign and an exponent of `width` - 1 bits each."""
    field = width - 1
    exponents = [code % 2**field for code in codes]
    origin = max(exponents)
    signed = [
        (origin - e + 1) * (-1) ** (c >> field) if c else 0 for c, e in zip(codes, exponents, strict=True)
    ]
    numbers = [2 * e + (c >> field) for c, e in zip(codes, exponents, strict=True)]
    return _shortest(
        len(codes) * width, rice_bits(signed, 2**field, field, set_bits), numbers, 2**width, encode
    )


def _shortest(fixed: int, rice: int, numbers: Sequence[int], cases: int, encode: str) -> int:
    match encode:
        case "fixed":
            return fixed
        case "rice":
            return min(fixed, rice) + 1
        case _:
            return min(fixed, rice, entropy_bits(numbers, cases)) + 2


def fixed_bits(count: int, cases: int) -> int:
    """A field each; of three cases five a byte, and the rest as one number."""
    return count // 5 * 8 + log2_ceil(3 ** (count % 5)) if cases == 3 else count * log2_ceil(cases)


def rice_bits(values: Sequence[int], most: int, origin_bits: int, set_bits: SetBits) -> int:
    """The set of the non-zero and its number, their signs, the other magnitudes; the origin and the parameter."""
    d, kept = len(values), [j for j, value in enumerate(values) if value]
    total = log2_ceil(d + 1) + set_bits(d, kept) + len(kept) + origin_bits
    if most == 1:
        return total
    above = [abs(values[j]) - 1 for j in kept]
    longest = (most - 1).bit_length()
    mean = Fraction(77 * sum(above) + 38 * len(above), 160 * max(len(above), 1))
    low = next(r for r in range(longest + 1) if 2**r >= mean or r == longest)
    return total + log2_ceil(longest + 1) + sum((a >> low) + 1 + low for a in above)


def entropy_bits(numbers: Sequence[int], cases: int) -> int:
    """The best number of plain last bits."""
    number = log2_ceil(cases)
    least = max(0, number - 12)
    shifts = range(least, max(least, number - 6) + 1)
    return min(_coded(numbers, shift, cases) for shift in shifts) + log2_ceil(len(shifts))


def _coded(numbers: Sequence[int], shift: int, cases: int) -> int:
    counts = Counter(number >> shift for number in numbers)
    roots = {symbol: round(math.sqrt(count)) for symbol, count in counts.items()}
    width = max(roots.values()).bit_length()
    said = (max(roots) - min(roots) + 1) * width
    field = log2_ceil(((cases - 1) >> shift) + 1)
    widths = log2_ceil(round(math.sqrt(len(numbers))).bit_length() + 1)
    whole = math.ceil(said / 8) + math.ceil(_room(counts, roots) / 8)
    return 8 * whole + shift * len(numbers) + 2 * field + widths


def _room(counts: Counter[int], roots: dict[int, int]) -> int:
    if len(counts) == 1:
        return 0
    spare, weight = 2**24 - len(roots), sum(root**2 for root in roots.values())
    shares = {symbol: 1 + root**2 * spare // weight for symbol, root in roots.items()}
    first = min(symbol for symbol, root in roots.items() if root == max(roots.values()))
    shares[first] += 2**24 - sum(shares.values())
    ideal = math.ceil(math.fsum(count * (24 - math.log2(shares[symbol])) for symbol, count in counts.items()))
    return ideal + ideal // 2048 + 26
