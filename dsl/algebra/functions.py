"""Operators of the language on combinations: linear ones are expanded, products are bilinear, the rest are opaque."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import isqrt
from typing import Any

from ..check.scalars import computed
from .combination import (
    FALSE,
    NOTHING,
    TRUE,
    UNIT,
    Coefficient,
    Combination,
    Key,
    atom,
    case_by_case,
    chosen,
    combination,
    number,
    scalar,
    truth,
)
from .field import element
from .keys import digest
from .ranges import ANY, NOT_NEGATIVE, POSITIVE, Range

LOCAL = "~"
"""First character of the key of an atom or truth value of which each node has its own."""

ONES = "ones"
"""The atom of the vector of ones; `UNIT` is that of scalars."""

MOST_TERMS = 200
"""Products of vectors with more terms than this are opaque."""

MOST_PAIRS = 10_000
"""Scalar products of more pairs of terms than this are opaque."""


def is_local(value: Combination) -> bool:
    """True for a value that may differ from node to node."""
    return any(
        coefficient.local or key.startswith(LOCAL) or any(truth.startswith(LOCAL) for truth in guard)
        for (guard, key), coefficient in value.terms.items()
    )


def key_of(local: bool, *parts: str) -> str:
    """The key of an atom or a truth value made of `parts`; `local` if each node has its own."""
    return LOCAL * local + digest(*parts)


def opaque_number(known: Range, local: bool, *parts: str) -> Combination:
    """A number of which only a range is known; equal `parts` make equal numbers."""
    return scalar(Coefficient(element(digest(*parts)), known, local))


def apply(operator: str, arguments: tuple[Combination, ...]) -> Combination:
    """The value of an operator, by its name in the operator table, for these arguments."""
    linear = _LINEAR.get(operator)
    if linear is not None:
        return linear(*arguments)
    nonlinear = _BY_CASE.get(operator)
    if nonlinear is not None:
        return case_by_case(nonlinear, arguments)
    return case_by_case(lambda *values: _opaque(operator, values), arguments)


# --- linear and bilinear ----------------------------------------------------------------------------------------


def _product(a: Combination, b: Combination) -> Combination:
    """The product: a scalar scales; two vectors are multiplied entry by entry, each atom by each."""
    if a.is_scalar or b.is_scalar:
        return a * b
    if len(a.terms) * len(b.terms) > MOST_TERMS:
        return case_by_case(lambda *values: _opaque("*", values), (a, b))
    total = NOTHING
    for (guard_a, atom_a), factor_a in a.terms.items():
        for (guard_b, atom_b), factor_b in b.terms.items():
            key = (guard_a | guard_b, _entrywise(atom_a, atom_b))
            total = total + Combination({key: factor_a * factor_b})
    return total


def _entrywise(one: str, two: str) -> str:
    """The atom of the product of two atoms entry by entry: their factors as a sorted list, without ones."""
    factors = sorted([*_factors(one), *_factors(two)])
    kept = [factor for factor in factors if factor not in (ONES, UNIT)]
    if len(kept) < 2:
        return kept[0] if kept else ONES
    return LOCAL * any(f.startswith(LOCAL) for f in kept) + "*(" + " ".join(kept) + ")"


def _factors(key: str) -> list[str]:
    """The factors of an atom: of a product as `_entrywise` writes it, or the atom alone."""
    bare = key.removeprefix(LOCAL)
    return bare[2:-1].split(" ") if bare.startswith("*(") else [key]


def _dot(a: Combination, b: Combination) -> Combination:
    """The scalar product, bilinear in the atoms: that of each pair of atoms is an opaque number; of many pairs it is one."""
    if len(a.terms) * len(b.terms) > MOST_PAIRS:
        return opaque_number(ANY, is_local(a) or is_local(b), "dot", *sorted((a.digest(), b.digest())))
    pairs: dict[tuple[str, str], Coefficient] = {}
    found: dict[Key, Coefficient] = {}
    for (guard_a, atom_a), factor_a in a.terms.items():
        for (guard_b, atom_b), factor_b in b.terms.items():
            both = (atom_a, atom_b) if atom_a <= atom_b else (atom_b, atom_a)
            if both not in pairs:
                local = atom_a.startswith(LOCAL) or atom_b.startswith(LOCAL)
                pairs[both] = opaque_number(ANY, local, "dot", *both).coefficient()
            key = (guard_a | guard_b, UNIT)
            product = factor_a * factor_b * pairs[both]
            found[key] = found[key] + product if key in found else product
    return combination(found)


def _or(a: Combination, b: Combination) -> Combination:
    """a + b - a b, of truth values and masks."""
    return a + b - _product(a, b)


def _not(a: Combination) -> Combination:
    """1 - a, of truth values and masks; the 1 of a mask is the vector of ones."""
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

# --- by case: the guards of arguments are split off first, see `case_by_case` --------------------------------------


def _quotient(a: Combination, b: Combination) -> Combination:
    """a / b: factors cancel where b is proven not to be 0, else b / b is none that is known."""
    if not b.is_scalar:
        return _product(a, _opaque("reciprocal", (b,)))
    below = b.coefficient()
    reciprocal = below.inverse()
    if reciprocal is None:
        return _opaque("/", (a, b))
    return a.scaled(reciprocal) if below.sign else a * _opaque("reciprocal", (b,))


def _power(a: Combination, b: Combination) -> Combination:
    """Powers up to the 8th are multiplied out; others are opaque."""
    exponent = b.coefficient().exact if b.is_scalar else None
    if exponent is None or exponent.denominator != 1 or not 0 <= exponent <= 8:
        return _opaque("^", (a, b))
    power = TRUE
    for _ in range(int(exponent)):
        power = _product(power, a)
    return power


def _sqrt(a: Combination) -> Combination:
    """The root of a rational square is exact; others are opaque."""
    if not a.is_scalar:
        return _opaque("sqrt", (a,))
    exact = a.coefficient().exact
    if exact is not None and exact >= 0:
        root = Fraction(isqrt(exact.numerator), isqrt(exact.denominator))
        if root * root == exact:
            return scalar(number(root))
    return _opaque("sqrt", (a,))


def _less(a: Combination, b: Combination) -> Combination:
    """a < b, decided where the sign of b - a is known."""
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
    """a == b, decided where a - b vanishes or its sign is known."""
    if not (a.is_scalar and b.is_scalar):
        return _opaque("==", tuple(sorted((a, b), key=Combination.digest)))
    difference = a - b
    if not difference.terms:
        return TRUE
    if difference.coefficient().exact is not None or difference.coefficient().sign:
        return FALSE
    return truth(key_of(is_local(difference), "==", *sorted((difference.digest(), (-difference).digest()))))


def _at_most(a: Combination, b: Combination) -> Combination:
    """a <= b, as not b < a."""
    return _not(_less(b, a))


_BY_CASE: Mapping[str, Callable[..., Combination]] = {
    "/": _quotient,
    "^": _power,
    "sqrt": _sqrt,
    "norm": lambda a: _sqrt(_dot(a, a)),
    "<": _less,
    ">": lambda a, b: _less(b, a),
    "<=": _at_most,
    ">=": lambda a, b: _at_most(b, a),
    "==": _equal,
    "!=": lambda a, b: _not(_equal(a, b)),
}

# --- opaque -----------------------------------------------------------------------------------------------------

_NORMS = frozenset({"norm1", "norm_inf"})  # numbers, although of vectors
_SYMMETRIC = ("min", "max")
_RATIONAL = frozenset({"%", "min", "max", "clip", "floor", "ceil", "abs", "sign"})
_RANGES: Mapping[str, Callable[..., Range]] = {
    "exp": lambda a: POSITIVE,
    "norm1": lambda *a: NOT_NEGATIVE,
    "norm_inf": lambda *a: NOT_NEGATIVE,
    "abs": lambda a: POSITIVE if a.sign else NOT_NEGATIVE,
    "sqrt": Range.root,
    "reciprocal": lambda a: ANY,
    "max": lambda a, b: -(-a).least(-b),
    "min": Range.least,
}


def _opaque(operator: str, arguments: tuple[Combination, ...]) -> Combination:
    """The value of an operator that is not expanded: a new atom, or number, told by operator and arguments alone."""
    known = _evaluated(operator, arguments)
    if known is not None:
        return known
    local = any(map(is_local, arguments))
    digests = [a.digest() for a in arguments]
    if operator in _SYMMETRIC:
        digests.sort()
    if operator in _NORMS or all(a.is_scalar for a in arguments):
        ranges = [a.coefficient().range for a in arguments if a.is_scalar]
        within = _RANGES[operator](*ranges) if operator in _RANGES else ANY
        return opaque_number(within, local, operator, *digests)
    return atom(key_of(local, operator, *digests))


def _evaluated(operator: str, arguments: tuple[Combination, ...]) -> Combination | None:
    """The value where all arguments are known numbers and the operator keeps them rational; else None."""
    if not all(a.is_scalar for a in arguments):
        return None
    exact: list[Any] = [a.coefficient().exact for a in arguments]
    if None in exact or operator not in _RATIONAL:
        return None
    return scalar(number(Fraction(computed(operator, exact))))
