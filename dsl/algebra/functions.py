"""Functions of the language on combinations: linear ones are expanded, products are bilinear, the rest are opaque atoms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ..check.scalars import computed
from .combination import (
    ALWAYS,
    FALSE,
    NOTHING,
    TRUE,
    UNIT,
    Coefficient,
    Combination,
    TooMany,
    atom,
    case_by_case,
    chosen,
    number,
    scalar,
    truth,
)
from .field import element
from .keys import digest

LOCAL = "~"
"""First sign of the keys of atoms and truth values that each node has its own of."""
ONES = "ones"
MOST_TERMS = 200
"""Products of vectors with more terms than this are opaque."""

_SYMMETRIC = ("min", "max")


def is_local(value: Combination) -> bool:
    """True where nodes may differ in a value."""
    return any(
        c.local or a.startswith(LOCAL) or any(g.startswith(LOCAL) for g in guard)
        for (guard, a), c in value.terms.items()
    )


def key_of(local: bool, *parts: str) -> str:
    """The key of an atom or a truth value."""
    return LOCAL * local + digest(*parts)


def opaque_number(sign: int, local: bool, *parts: str) -> Combination:
    """A number of which nothing but its sign is known, by what it is made of."""
    return scalar(Coefficient(element(digest(*parts)), sign, local))


def apply(operator: str, arguments: tuple[Combination, ...]) -> Combination:
    """A row of the operator table applied to values."""
    linear = _LINEAR.get(operator)
    if linear is not None:
        return linear(*arguments)
    guarded = _BY_CASE.get(operator)
    if guarded is not None:
        return case_by_case(guarded, arguments)
    return case_by_case(lambda *values: _opaque(operator, values), arguments)


# --- linear and bilinear ----------------------------------------------------------------------------------------


def _product(a: Combination, b: Combination) -> Combination:
    """Scalars scale; vectors are multiplied entry by entry, atom by atom."""
    if a.is_scalar or b.is_scalar:
        return a * b
    if len(a.terms) * len(b.terms) > MOST_TERMS:
        return case_by_case(lambda *values: _opaque("*", values), (a, b))
    found = NOTHING
    for (guard, one), c in a.terms.items():
        for (also, two), e in b.terms.items():
            part = Combination({(guard | also, _entrywise(one, two)): c * e})
            found = found + part
    return found


def _entrywise(one: str, two: str) -> str:
    """The atom of a product of two entry by entry: a sorted list of factors."""
    factors = sorted([*_factors(one), *_factors(two)])
    kept = [factor for factor in factors if factor not in (ONES, UNIT)]
    if len(kept) < 2:
        return kept[0] if kept else ONES
    return LOCAL * any(f.startswith(LOCAL) for f in kept) + "*(" + " ".join(kept) + ")"


def _factors(key: str) -> list[str]:
    bare = key.removeprefix(LOCAL)
    return bare[2:-1].split(" ") if bare.startswith("*(") else [key]


def _dot(a: Combination, b: Combination) -> Combination:
    """Bilinear in the atoms: <u, v> of each pair is an opaque number."""
    found = NOTHING
    for (guard, one), c in a.terms.items():
        for (also, two), e in b.terms.items():
            local = one.startswith(LOCAL) or two.startswith(LOCAL)
            sign = 1 if one == two else 0
            pair = opaque_number(sign, local, "dot", *sorted((one, two)))
            found = found + Combination({(guard | also, UNIT): c * e}) * pair
    return found


def _or(a: Combination, b: Combination) -> Combination:
    return a + b - _product(a, b)


def _not(a: Combination) -> Combination:
    """1 - a, of a mask entry by entry."""
    return (TRUE if a.is_scalar else atom(ONES)) - a


_LINEAR: Mapping[str, Callable[..., Combination]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "neg": lambda a: -a,
    "*": _product,
    "dot": _dot,
    "norm2": lambda a: _dot(a, a),
    "and": _product,
    "or": _or,
    "not": _not,
    "where": lambda c, a, b: chosen(c, a, b) if c.is_scalar else apply("mask", (c, a, b)),
}

# --- by case ----------------------------------------------------------------------------------------------------


def _quotient(a: Combination, b: Combination) -> Combination:
    if b.is_scalar:
        below = b.coefficient().inverse()
        return a.scaled(below) if below is not None else _opaque("/", (a, b))
    return _product(a, _opaque("reciprocal", (b,)))


def _power(a: Combination, b: Combination) -> Combination:
    exponent = b.coefficient().exact if b.is_scalar else None
    if exponent is None or exponent.denominator != 1 or not 0 <= exponent <= 8:
        return _opaque("^", (a, b))
    found = TRUE
    for _ in range(int(exponent)):
        found = _product(found, a) if found is not TRUE else a
    return found


def _sqrt(a: Combination) -> Combination:
    if not a.is_scalar:
        return _opaque("sqrt", (a,))
    exact = a.coefficient().exact
    if exact is not None and exact >= 0:
        root = Fraction(_root(exact.numerator), _root(exact.denominator))
        if root * root == exact:
            return scalar(number(root))
    return _opaque("sqrt", (a,))


def _root(value: int) -> int:
    from math import isqrt

    return isqrt(value)


def _less(a: Combination, b: Combination) -> Combination:
    if not (a.is_scalar and b.is_scalar):
        return _opaque("<", (a, b))
    difference = b - a
    if not difference.terms:
        return FALSE
    sign = difference.coefficient().sign
    if sign:
        return TRUE if sign > 0 else FALSE
    return truth(key_of(is_local(difference), "<", difference.digest()))


def _equal(a: Combination, b: Combination) -> Combination:
    if not (a.is_scalar and b.is_scalar):
        return _opaque("==", tuple(sorted((a, b), key=Combination.digest)))
    difference = a - b
    if not difference.terms:
        return TRUE
    if difference.coefficient().exact is not None or difference.coefficient().sign:
        return FALSE
    return truth(key_of(is_local(difference), "==", *sorted((difference.digest(), (-difference).digest()))))


def _both_ways(a: Combination, b: Combination) -> Combination:
    return _not(_less(b, a))


_BY_CASE: Mapping[str, Callable[..., Combination]] = {
    "/": _quotient,
    "^": _power,
    "sqrt": _sqrt,
    "norm": lambda a: _sqrt(_dot(a, a)),
    "<": _less,
    ">": lambda a, b: _less(b, a),
    "<=": _both_ways,
    ">=": lambda a, b: _both_ways(b, a),
    "==": _equal,
    "!=": lambda a, b: _not(_equal(a, b)),
}

# --- opaque -----------------------------------------------------------------------------------------------------

_OF_VECTORS = frozenset({"norm1", "norm_inf"})
_TRUTHS = frozenset({"<", "=="})
_RATIONAL = frozenset({"%", "min", "max", "clip", "floor", "ceil", "abs", "sign"})
_NEVER_NEGATIVE = frozenset({"norm1", "norm_inf", "sqrt", "abs", "exp"})


def _opaque(operator: str, arguments: tuple[Combination, ...]) -> Combination:
    """An atom, or a number, by the function and its arguments."""
    known = _evaluated(operator, arguments)
    if known is not None:
        return known
    local = any(map(is_local, arguments))
    digests = [a.digest() for a in arguments]
    if operator in _SYMMETRIC:
        digests.sort()
    if operator in _OF_VECTORS or all(a.is_scalar for a in arguments):
        return opaque_number(int(operator in _NEVER_NEGATIVE), local, operator, *digests)
    return atom(key_of(local, operator, *digests))


def _evaluated(operator: str, arguments: tuple[Combination, ...]) -> Combination | None:
    """The number that a function of numbers gives, where it is rational."""
    if not all(a.is_scalar for a in arguments):
        return None
    exact: list[Any] = [a.coefficient().exact for a in arguments]
    if None in exact or operator not in _RATIONAL:
        return None
    return scalar(number(Fraction(computed(operator, exact))))


__all__ = ["ALWAYS", "TooMany", "apply", "is_local", "key_of", "opaque_number"]
