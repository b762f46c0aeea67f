"""Ranges of numbers that are not known: what conditions of params and operators say of their sign."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from ..text.records import record


@record
class Range:
    """An interval of the line; an end that is None is infinite, one that is open is not taken."""

    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False
    open_high: bool = False

    @property
    def sign(self) -> int:
        """1 or -1 where that is certain, else 0."""
        if self.low is not None and (self.low > 0 or (self.low == 0 and self.open_low)):
            return 1
        if self.high is not None and (self.high < 0 or (self.high == 0 and self.open_high)):
            return -1
        return 0

    @property
    def is_empty(self) -> bool:
        """True for a range without a number."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.open_low or self.open_high))

    def has(self, value: Fraction) -> bool:
        """True for a number in the range."""
        above = self.low is None or value > self.low or (value == self.low and not self.open_low)
        return above and (
            self.high is None or value < self.high or (value == self.high and not self.open_high)
        )

    def __neg__(self) -> Range:
        """The range of -a."""
        if self is ANY:
            return ANY
        low = None if self.high is None else -self.high
        high = None if self.low is None else -self.low
        return Range(low, high, self.open_high, self.open_low)

    def __add__(self, other: Range) -> Range:
        """The range of a + b."""
        if self is ANY or other is ANY:
            return ANY
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, self.open_low or other.open_low, self.open_high or other.open_high)

    def __mul__(self, other: Range) -> Range:
        """The range of a b: known where neither changes its sign."""
        if self is ANY or other is ANY:
            return ANY
        if self.low is not None and self.low >= 0:
            if other.low is not None and other.low >= 0:
                return _product(self, other, self.low * other.low)
            return -(self * -other) if other.high is not None and other.high <= 0 else ANY
        return -(-self * other) if self.high is not None and self.high <= 0 else ANY

    def inverse(self) -> Range:
        """The range of 1 / a, a not 0."""
        if self.sign < 0:
            return -(-self).inverse()
        if self.sign == 0:
            return ANY
        assert self.low is not None
        low = Fraction(0) if self.high is None else 1 / self.high
        high = None if self.low == 0 else 1 / self.low
        return Range(low, high, self.high is None or self.open_high, self.open_low)

    def root(self) -> Range:
        """The range of the square root of a."""
        return POSITIVE if self.sign > 0 else NOT_NEGATIVE

    def least(self, other: Range) -> Range:
        """The range of the smaller of a and b."""
        lows = [(r.low, r.open_low) for r in (self, other) if r.low is not None]
        highs = [(r.high, not r.open_high) for r in (self, other) if r.high is not None]
        low, open_low = min(lows) if len(lows) == 2 else (None, False)
        high, closed = min(highs) if highs else (None, True)
        return Range(low, high, open_low, not closed)

    def within(self, other: Range) -> Range:
        """The numbers of both."""
        lows = [(r.low, r.open_low) for r in (self, other) if r.low is not None]
        highs = [(r.high, not r.open_high) for r in (self, other) if r.high is not None]
        low, open_low = max(lows) if lows else (None, False)
        high, closed = min(highs) if highs else (None, True)
        return Range(low, high, open_low, not closed)


def _product(a: Range, b: Range, low: Fraction) -> Range:
    """The range of a product of numbers that are not negative."""
    high = None if a.high is None or b.high is None else a.high * b.high
    least = (a.sign > 0 and b.sign > 0) if low == 0 else (a.open_low or b.open_low)
    return Range(low, high, least, a.open_high or b.open_high)


def exactly(value: Fraction) -> Range:
    """The range of one number."""
    return Range(value, value)


def at_least(value: int) -> Range:
    """The range from a number on."""
    return Range(Fraction(value))


ANY = Range()
NOT_NEGATIVE = at_least(0)
POSITIVE = replace(NOT_NEGATIVE, open_low=True)
