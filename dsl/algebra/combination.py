"""Combinations: sums of atoms with coefficients, under conditions; the normal form of scalars, truth values and vectors.

A vector is a sum of coefficient times atom: a state, an oracle's answer, a compression, a mean. A scalar is a multiple of
the atom `UNIT`, a truth value one that is 0 or 1. Each term holds under a *guard*, a set of truth values that all hold:
`g if c else h` is h + [c] (g - h). Guards multiply by union, so equal values have equal terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from ..text.diagnostics import InternalError
from ..text.records import record
from .field import ZERO, Element, inverse, plus, rational, times
from .keys import digest
from .ranges import ANY, Range, exactly

Guard: TypeAlias = frozenset[str]
Key: TypeAlias = tuple[Guard, str]

ALWAYS: Guard = frozenset()
UNIT = ""
"""The atom of scalars."""
MOST_CASES = 256
"""Cases that one function may tell apart: eight independent conditions make as many."""


class TooMany(Exception):
    """More conditions in one function than are taken apart."""


@record
class Coefficient:
    """An element of the field; `range` is what is proven of the number, `exact` the number, where it is one; `local` where
    it is each node's own."""

    value: Element
    range: Range = field(default=ANY, compare=False)
    local: bool = field(default=False, compare=False)
    exact: Fraction | None = field(default=None, compare=False)

    @property
    def sign(self) -> int:
        """1 or -1 where that is proven, else 0."""
        return self.range.sign

    def __add__(self, other: Coefficient) -> Coefficient:
        """The sum."""
        if self.exact is not None and other.exact is not None:
            return number(self.exact + other.exact)
        value = plus(self.value, other.value)
        return Coefficient(value, self.range + other.range, self.local or other.local)

    def __mul__(self, other: Coefficient) -> Coefficient:
        """The product."""
        if self.exact is not None:
            if other.exact is not None:
                return number(self.exact * other.exact)
            if self.exact == 1:
                return other
        elif other.exact == 1:
            return self
        value = times(self.value, other.value)
        return Coefficient(value, self.range * other.range, self.local or other.local)

    def inverse(self) -> Coefficient | None:
        """The reciprocal; None of zero."""
        if self.exact is not None:
            return None if self.exact == 0 else number(1 / self.exact)
        value = inverse(self.value)
        return None if value is None else Coefficient(value, self.range.inverse(), self.local)


@lru_cache(maxsize=4096)
def number(value: Fraction | int) -> Coefficient:
    """A number as a coefficient."""
    exact = Fraction(value)
    return Coefficient(rational(exact), exactly(exact), False, exact)


@record
class Combination:
    """Terms by guard and atom; none has the coefficient 0."""

    terms: Mapping[Key, Coefficient]

    def __add__(self, other: Combination) -> Combination:
        """The sum."""
        return _total(self.terms, other.terms.items())

    def __neg__(self) -> Combination:
        """The negative."""
        return self.scaled(number(-1))

    def __sub__(self, other: Combination) -> Combination:
        """The difference."""
        if not other.terms:
            return self
        minus = number(-1)
        return _total(self.terms, ((key, c * minus) for key, c in other.terms.items()))

    def scaled(self, factor: Coefficient) -> Combination:
        """Every coefficient times a factor."""
        if factor.exact == 1:
            return self
        return combination({key: c * factor for key, c in self.terms.items()})

    def __mul__(self, other: Combination) -> Combination:
        """The product of two of which one is a scalar."""
        if not (self.is_scalar or other.is_scalar):
            raise InternalError("vectors are multiplied entry by entry")
        for unit, value in ((self, other), (other, self)):
            if unit == TRUE:
                return value
        products = (
            ((guard | also, atom or factor), one * two)
            for (guard, atom), one in self.terms.items()
            for (also, factor), two in other.terms.items()
        )
        return _total({}, products)

    @property
    def guards(self) -> Guard:
        """The truth values that the terms depend on."""
        return frozenset().union(*(guard for guard, _ in self.terms))

    @property
    def is_scalar(self) -> bool:
        """True where no atom but `UNIT` has a term."""
        return all(atom == UNIT for _, atom in self.terms)

    def under(self, true: Guard, known: Guard) -> Combination:
        """The value where of the truth values `known` exactly those in `true` hold."""
        kept = (
            ((guard - known, atom), coefficient)
            for (guard, atom), coefficient in self.terms.items()
            if guard & known <= true
        )
        return _total({}, kept)

    def coefficient(self) -> Coefficient:
        """The number that a scalar without guards is."""
        return self.terms.get((ALWAYS, UNIT), number(0))

    def sorted_terms(self) -> list[tuple[Key, Coefficient]]:
        """The terms in an order that their keys alone decide."""
        return sorted(self.terms.items(), key=lambda item: (sorted(item[0][0]), item[0][1]))

    def digest(self) -> str:
        """A key that equal combinations share, and only they."""
        parts = (f"{','.join(sorted(g))}|{a}|{c.value}" for (g, a), c in self.sorted_terms())
        return digest("sum", *parts)


NOTHING = Combination({})
TRUE = Combination({(ALWAYS, UNIT): number(1)})
FALSE = NOTHING


def combination(terms: Mapping[Key, Coefficient]) -> Combination:
    """The combination of terms, without those that vanish."""
    return Combination({key: c for key, c in terms.items() if c.value != ZERO})


def scalar(coefficient: Coefficient) -> Combination:
    """A coefficient as a value."""
    return combination({(ALWAYS, UNIT): coefficient})


def atom(key: str) -> Combination:
    """An atom as a value."""
    return Combination({(ALWAYS, key): number(1)})


def truth(key: str) -> Combination:
    """A truth value that nothing more is known of, as 0 or 1."""
    return Combination({(frozenset((key,)), UNIT): number(1)})


def chosen(condition: Combination, then: Combination, otherwise: Combination) -> Combination:
    """One value where a truth value holds, another where it does not."""
    if then == otherwise:
        return then
    return otherwise + condition * (then - otherwise)


def case_by_case(
    function: Callable[..., Combination],
    arguments: Sequence[Combination],
    only: Callable[[str], bool] | None = None,
) -> Combination:
    """A function of combinations that takes values without guards: f([c] a + b) is [c] f(a + b) + (1 - [c]) f(b)."""
    kept = {
        guard if only is None else frozenset(filter(only, guard))
        for argument in arguments
        for guard, _ in argument.terms
    }
    known = ALWAYS.union(*kept)
    if not known:
        return function(*arguments)
    parts: dict[Guard, Combination] = {}  # of the value, each under all of these conditions
    for true in _unions(kept):
        value = function(*(a.under(true, known) for a in arguments))
        parts[true] = value - _sum(part for inner, part in parts.items() if inner < true)
    return _sum(_guarded(part, true) for true, part in parts.items())


def _unions(sets: Iterable[Guard]) -> list[Guard]:
    """All unions of sets, each after those that it contains: what holds of an argument tells no other cases apart."""
    found = {ALWAYS}
    for one in sets:
        found |= {one | other for other in found}
        if len(found) > MOST_CASES:
            raise TooMany(f"{len(frozenset().union(*found))} conditions")
    return sorted(found, key=lambda guard: (len(guard), sorted(guard)))


def _total(first: Mapping[Key, Coefficient], more: Iterable[tuple[Key, Coefficient]]) -> Combination:
    """The sum of terms and more of them, whose keys may come again."""
    found = dict(first)
    for key, coefficient in more:
        found[key] = found[key] + coefficient if key in found else coefficient
    return combination(found)


def _sum(parts: Iterable[Combination]) -> Combination:
    return _total({}, (term for part in parts for term in part.terms.items()))


def _guarded(value: Combination, guard: Guard) -> Combination:
    return Combination({(guard | own, key): c for (own, key), c in value.terms.items()})
