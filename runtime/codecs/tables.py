"""Tables of frequencies for entropy coding: from counts to the roots that a message holds, and to the size of its symbols.

All are whole numbers (by square roots, which round alike everywhere): both ends of a message, on any machine, find the
same table and the same size.

A message holds round(sqrt(count)) of each symbol from the first to the last that occurs: about the precision that the
counts themselves support, in half their bits. Frequencies are in units of 2^-PRECISION. With A = 2^PRECISION, asymmetric
numeral systems with a state x below 2^64 and words of 32 bits go, for a symbol of frequency f that starts at c <= A - f,
from x to x' = floor(x / f) A + c + x mod f, so x' + A <= (x + A) A / f: since (A - f)^2 >= 0. Before that x loses a word
if it is at least f 2^(64 - PRECISION); then the word's 32 bits are spent, and the bound grows by a factor of at most
1 + 2^-7. From x = 0 on, sizes are thus at most 25 bits and a 2800th above the sum of log2(A / f).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from cablese.dsl.text.records import record

PRECISION = 24
_UNIT = 24  # fractional bits of logarithms
_STEPS = 12  # bits of a mantissa that the table of logarithms tells apart

Counts = npt.NDArray[np.int64]


@record
class Table:
    """Roots of counts, and frequencies, (rows, bins), with zeros for symbols that do not occur."""

    first: Counts  # (rows,) the first symbol that occurs
    last: Counts  # (rows,) the last one
    width: Counts  # (rows,) bits of the largest root
    roots: Counts
    frequencies: Counts


def table_of(counts: Counts) -> Table:
    """The table of counts (rows, bins), not all 0 in a row."""
    roots = np.floor(np.sqrt(counts) + 0.5).astype(np.int64)
    there = counts > 0
    bins = counts.shape[1]
    first, last = there.argmax(axis=1), bins - 1 - there[:, ::-1].argmax(axis=1)
    return Table(first, last, bit_lengths(roots.max(axis=1)), roots, frequencies(roots))


def root_of(count: int) -> int:
    """The root of a count, as a message holds it."""
    return int(np.floor(np.sqrt(count) + 0.5))


def frequencies(roots: Counts) -> Counts:
    """Whole numbers that sum up to 2^PRECISION in each row, near the squares' shares; at least 1 for a root above 0."""
    weights = roots * roots
    there = roots > 0
    spare = (1 << PRECISION) - there.sum(axis=1, keepdims=True)
    found: Counts = np.where(there, 1 + weights * spare // weights.sum(axis=1, keepdims=True), 0)
    most = roots.argmax(axis=1)
    found[np.arange(len(roots)), most] += (1 << PRECISION) - found.sum(axis=1)
    return found


def coded_bits(counts: Counts, frequency: Counts) -> Counts:
    """Upper bound on the bits of each row's coded symbols, which is their room; 0 where one symbol only occurs."""
    costs = np.where(frequency > 0, (PRECISION << _UNIT) - logarithms(np.maximum(frequency, 1)), 0)
    whole = (1 << _UNIT) - 1
    ideal = ((counts * costs).sum(axis=1) + whole) >> _UNIT
    room: Counts = np.where((counts > 0).sum(axis=1) > 1, ideal + (ideal >> 11) + 26, 0)
    return room


def logarithms(values: Counts) -> Counts:
    """2^_UNIT log2 of values from 1 to 2^PRECISION, in whole numbers, not above it and at most 2 below."""
    exponents = bit_lengths(values) - 1
    mantissas = (values << (PRECISION - exponents)) - (1 << PRECISION)
    step, part = mantissas >> (PRECISION - _STEPS), mantissas & ((1 << (PRECISION - _STEPS)) - 1)
    table = _logarithms()
    rise = (table[step + 1] - table[step]) * part >> (PRECISION - _STEPS)
    found: Counts = (exponents << _UNIT) + ((table[step] + rise) >> (_TABLE_UNIT - _UNIT))
    return found


def bit_lengths(values: Counts) -> Counts:
    """Bit lengths of whole numbers from 0 to 2^52."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)


_TABLE_UNIT = 40


@lru_cache(maxsize=1)
def _logarithms() -> Counts:
    """2^40 log2(1 + i / 2^_STEPS), rounded down, for i = 0 … 2^_STEPS; the last entry is never scaled."""
    steps = 1 << _STEPS
    return np.asarray([_logarithm(steps + i) for i in range(steps)] + [1 << _TABLE_UNIT])


def _logarithm(value: int) -> int:
    """2^40 log2(value / 2^_STEPS) for a quotient in [1, 2), by squaring."""
    precision, found = 100, 0
    place = value << (precision - _STEPS)
    for _ in range(_TABLE_UNIT):
        place = place * place >> precision
        found <<= 1
        if place >> (precision + 1):
            found += 1
            place >>= 1
    return found
