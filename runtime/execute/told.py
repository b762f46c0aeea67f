"""Numbers that tell the formula they come from: arithmetic on them keeps both."""

from __future__ import annotations

from collections.abc import Callable

from .formulas import Product, formula


class Told(float):
    """A number beside the formula that gives it, None where none is known; plain numbers stand for themselves."""

    __slots__ = ("formula",)

    formula: Product | None

    def __new__(cls, value: float, of: Product | None) -> Told:
        """The number with its formula."""
        made = super().__new__(cls, value)
        made.formula = of
        return made

    def __add__(self, other: float) -> Told:
        """The sum."""
        return _joined(float(self) + float(other), lambda a, b: a + b, self, other)

    __radd__ = __add__

    def __sub__(self, other: float) -> Told:
        """The difference."""
        return _joined(float(self) - float(other), lambda a, b: a - b, self, other)

    def __rsub__(self, other: float) -> Told:
        """The difference to a number."""
        return _joined(float(other) - float(self), lambda a, b: a - b, other, self)

    def __mul__(self, other: float) -> Told:
        """The product."""
        return _joined(float(self) * float(other), lambda a, b: a * b, self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> Told:
        """The quotient."""
        return _joined(float(self) / float(other), lambda a, b: a / b, self, other)

    def __rtruediv__(self, other: float) -> Told:
        """A number by this one."""
        return _joined(float(other) / float(self), lambda a, b: a / b, other, self)


def formula_of(value: float) -> Product | None:
    """The formula of a number: of a plain one itself."""
    if isinstance(value, Told):
        return value.formula
    whole = float(value).is_integer()
    return formula(int(value) if whole else value)


def untold(value: float) -> Told:
    """The number, without any formula."""
    return Told(value, None)


def _joined(value: float, sign: Callable[[Product, Product], Product], one: float, other: float) -> Told:
    first, second = formula_of(one), formula_of(other)
    return Told(value, None if first is None or second is None else sign(first, second))
