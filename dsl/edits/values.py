"""Values of formulas in the field: equal for two that the rules of arithmetic make one of the other."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from operator import add, mul

from ..algebra.combination import Coefficient, number
from ..algebra.field import ZERO, element
from ..algebra.keys import digest
from ..algebra.ranges import ANY
from ..algebra.symbols import CONSTANT_RANGES
from .terms import COMMUTATIVE, Sort, Term, summands

_LINEAR = frozenset({"mean", "sum", "mix"})
_MOST_FACTORS = 16


def are_equal(one: Term, other: Term) -> bool:
    """True where two formulas have one value whatever their names stand for; False proves nothing."""
    return one == other or value_of(one).value == value_of(other).value


def value_of(term: Term) -> Coefficient:
    """The value of a formula. Vectors are multiplied entry by entry; what is no arithmetic is opaque."""
    if term.is_leaf:
        return _of_leaf(term)
    match term.head, term.parts:
        case "+", parts:
            return reduce(add, map(value_of, parts))
        case "*", parts:
            return reduce(mul, map(value_of, parts))
        case "neg", (inner,):
            return value_of(inner) * number(-1)
        case "/", (above, below):
            return value_of(above) * _reciprocal(below)
        case "^", (base, Term(power, Sort.CONSTANT)) if power.isdigit() and int(power) <= _MOST_FACTORS:
            return reduce(mul, [value_of(base)] * int(power), number(1))
        case head, (inner, *over) if head in _LINEAR:
            return _linear(head, inner, over)
        case _:
            return _opaque(term.head, *term.parts)


def _of_leaf(term: Term) -> Coefficient:
    if term.sort is not Sort.CONSTANT:
        return Coefficient(element(term.key))
    if term.head == "zeros":
        return number(0)
    if term.head[0].isdigit():
        return number(Fraction(term.head))
    return Coefficient(element(term.key), CONSTANT_RANGES.get(term.head, ANY))


def _reciprocal(below: Term) -> Coefficient:
    """1 / a, no more than a function of a where that may be 0."""
    found = value_of(below)
    return (found.inverse() if found.sign else None) or _opaque("1 /", below)


def _linear(head: str, inner: Term, over: Sequence[Term]) -> Coefficient:
    """The value of a mean or its kin, which scalars leave."""
    found = number(0)
    for summand in summands(inner):
        if value_of(summand.rest).value != ZERO:
            weight = reduce(mul, map(value_of, summand.factors), number(1))
            found += weight * _opaque(head, summand.rest, *over)
    return found


def _opaque(head: str, *parts: Term) -> Coefficient:
    """A function of which nothing is known but that equal operands give equal values."""
    operands = [str(value_of(part).value) for part in parts]
    return Coefficient(element(digest(head, *(sorted(operands) if head in COMMUTATIVE else operands))))
