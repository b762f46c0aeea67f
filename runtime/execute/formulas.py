"""Formulas of costs: sums of products of names, readable and with a value under given numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import gcd
from typing import Any, TypeAlias

from cablese.dsl.check.scalars import KERNELS
from cablese.dsl.text.records import record

from ..codecs.plain import BagCodec, NodeSetCodec
from ..codecs.sizes import expected_index_bits, log2_sets, symbol_bits
from .message_sizes import bits_by_count, mean_over_coins


@record
class Sum:
    """A sum of products that have no name in common."""

    terms: tuple[Product, ...]


@record
class Call:
    """A function of formulas, such as `set(d, k)` or `ceil(d / 10)`."""

    function: str
    arguments: tuple[Product, ...]


Atom: TypeAlias = str | Sum | Call


@record
class Product:
    """A number times powers of names, sums and calls; what formulas are made of, by the signs of arithmetic."""

    number: float
    factors: tuple[tuple[Atom, int], ...] = ()

    def __add__(self, other: Product | float) -> Product:
        """The sum, in which like terms are one."""
        return _added((*_terms(self), *_terms(formula(other))))

    __radd__ = __add__

    def __neg__(self) -> Product:
        """The negative."""
        return Product(-self.number, self.factors)

    def __sub__(self, other: Product | float) -> Product:
        """The difference."""
        return self + -formula(other)

    def __rsub__(self, other: float) -> Product:
        """The difference to a number."""
        return formula(other) + -self

    def __mul__(self, other: Product | float) -> Product:
        """The product; sums stay as they are."""
        other = formula(other)
        number = self.number * other.number
        if not number:
            return NOUGHT
        powers = dict(self.factors)
        for atom, power in other.factors:
            powers[atom] = powers.get(atom, 0) + power
        return Product(number, tuple((atom, power) for atom, power in powers.items() if power))

    __rmul__ = __mul__

    def __truediv__(self, other: Product | float) -> Product:
        """The quotient; raises ZeroDivisionError by the number 0."""
        other = formula(other)
        number = self.number / other.number
        whole = int(number) if number == int(number) else number
        inverse = tuple((atom, -power) for atom, power in other.factors)
        return Product(whole, self.factors) * Product(1, inverse)

    def __rtruediv__(self, other: float) -> Product:
        """A number by the formula."""
        return formula(other) / self

    def __str__(self) -> str:
        """The formula as people write it."""
        return _text(self)


NOUGHT = Product(0)


def formula(value: Product | float | str) -> Product:
    """A number or a name as a formula."""
    if isinstance(value, Product):
        return value
    return Product(1, ((value, 1),)) if isinstance(value, str) else Product(value)


def call(function: str, *arguments: Product | float) -> Product:
    """A function of formulas; of numbers its value, where the language has it."""
    found = tuple(map(formula, arguments))
    if function in KERNELS and not any(argument.factors for argument in found):
        return Product(KERNELS[function](*(argument.number for argument in found)))
    return Product(1, ((Call(function, found), 1),))


def _terms(product: Product) -> tuple[Product, ...]:
    """The summands of a sum that nothing multiplies; else the product alone."""
    if product.number == 1 and len(product.factors) == 1:
        ((atom, power),) = product.factors
        if isinstance(atom, Sum) and power == 1:
            return atom.terms
    return (product,)


def _added(terms: Iterable[Product]) -> Product:
    """The sum of terms, like ones as one."""
    kept = _merged(terms)
    return _common(kept) if len(kept) > 1 else kept[0] if kept else NOUGHT


def _common(terms: Sequence[Product]) -> Product:
    """The sum of terms, with the names that all of them have before it."""
    shared = dict(terms[0].factors)
    for term in terms[1:]:
        powers = dict(term.factors)
        shared = {atom: _nearer(power, powers.get(atom, 0)) for atom, power in shared.items()}
    shared = {atom: power for atom, power in shared.items() if power}
    divisor = _divisor(terms)
    inverse = Product(1, tuple((atom, -power) for atom, power in shared.items()))
    rest = (Product(term.number / divisor, term.factors) if divisor > 1 else term for term in terms)
    inside = _merged(part for term in rest for part in _terms(term * inverse))
    return Product(divisor, tuple(shared.items())) * (inside[0] if len(inside) == 1 else _of_sum(inside))


def _nearer(one: int, other: int) -> int:
    """The part that two powers of one name share: x^2 of x^3 and x^2, 1/x of 1/x and 1/x^2, else none."""
    return min(one, other, key=abs) if one * other > 0 else 0


def _divisor(terms: Sequence[Product]) -> int:
    """The greatest whole number that divides the numbers of all terms, 1 where one is not whole."""
    numbers = [term.number for term in terms]
    return gcd(*map(int, numbers)) if all(float(number).is_integer() for number in numbers) else 1


def _of_sum(terms: tuple[Product, ...]) -> Product:
    return Product(1, ((Sum(terms), 1),)) if terms else NOUGHT


def _merged(terms: Iterable[Product]) -> tuple[Product, ...]:
    """The terms, like ones as one."""
    found: dict[tuple[tuple[Atom, int], ...], float] = {}
    for term in terms:
        key = tuple(sorted(term.factors, key=repr))
        found[key] = found.get(key, 0) + term.number
    return tuple(Product(number, factors) for factors, number in found.items() if number)


def shortest(of: Product) -> Product:
    """The formula, or the same with its products of sums multiplied out, whichever is shorter to write."""
    return min(_added(_multiplied(of)), of, key=lambda each: len(str(each)))


def _multiplied(of: Product) -> list[Product]:
    """The terms of a formula without sums in it, but for those that divide."""
    terms = [Product(of.number)]
    for atom, power in of.factors:
        if isinstance(atom, Sum) and power > 0:
            inside = [part for term in atom.terms for part in _multiplied(term)]
            for _ in range(power):
                terms = list(_merged(one * other for one in terms for other in inside))
        else:
            terms = [term * Product(1, ((atom, power),)) for term in terms]
    return terms


# --- values --------------------------------------------------------------------------------------------------


def _trits(d: float) -> int:
    return symbol_bits(int(d), 3)


FUNCTIONS: Mapping[str, Any] = {
    **KERNELS,
    "set": lambda d, k: expected_index_bits(int(d), int(k)),
    "log2C": lambda d, k: log2_sets(int(d), int(k)),
    "trits": _trits,
    "nodes": lambda n, r: bits_by_count(NodeSetCodec(int(n)))(int(r)),
    "coins": lambda n, q: mean_over_coins(bits_by_count(NodeSetCodec(int(n))), int(n), q),
    "bag": lambda n, r: bits_by_count(BagCodec(int(n), int(r)))(int(r)),
    "met": lambda n, r: 1 - (1 - 1 / n) ** r,
    "ceil_log2": lambda cases: (int(cases) - 1).bit_length(),
}
"""Functions of formulas beside those of the language."""

MEANINGS = {
    "set": "set(d, k): bits of a set of k of d coordinates, near log2 C(d, k)",
    "log2C": "log2C(d, k): log2 of the number of sets of k of d coordinates",
    "trits": "trits(d): bits of d symbols of three cases, five in a byte",
    "nodes": "nodes(n, r): bits of a set of r of n nodes",
    "coins": "coins(n, q): mean bits of a set of n nodes, each in it with chance q",
    "bag": "bag(n, r): bits of r nodes, drawn with replacement",
    "met": "met(n, r): mean share of n nodes that are among r drawn with replacement, 1 - (1 - 1/n)^r",
    "ceil_log2": "ceil_log2(c): bits that tell c cases apart",
}


def evaluate(of: Product, values: Mapping[str, float]) -> float:
    """The value of a formula; KeyError for a name without a value."""
    return reduce(
        lambda found, factor: found * _atom_value(factor[0], values) ** factor[1], of.factors, of.number
    )


def _atom_value(atom: Atom, values: Mapping[str, float]) -> Any:
    match atom:
        case str():
            return values[atom]
        case Sum():
            return sum(evaluate(term, values) for term in atom.terms)
        case Call():
            return FUNCTIONS[atom.function](*(evaluate(argument, values) for argument in atom.arguments))


def names_in(of: Product) -> Iterator[str]:
    """The names of a formula and of its parts, and its functions with `()` behind them."""
    for atom, _ in of.factors:
        match atom:
            case str():
                yield atom
            case Sum():
                for term in atom.terms:
                    yield from names_in(term)
            case Call():
                yield f"{atom.function}()"
                for argument in atom.arguments:
                    yield from names_in(argument)


# --- text ----------------------------------------------------------------------------------------------------


def _text(product: Product) -> str:
    """Numbers first, then names, then calls and sums; what divides stands behind a slash."""
    above = [_power(atom, power) for atom, power in _ordered(product.factors) if power > 0]
    below = [_power(atom, -power) for atom, power in _ordered(product.factors) if power < 0]
    number, sign = abs(product.number), "-" if product.number < 0 else ""
    if number != 1 or not above:
        above.insert(0, f"{number:.12g}")
    if len(above) == 1 and not below and not sign:
        ((atom, power),) = product.factors or ((None, 0),)
        if isinstance(atom, Sum) and power == 1:
            return _sum(atom)
    divided = f" / {below[0]}" if len(below) == 1 else f" / ({'·'.join(below)})" if below else ""
    return sign + "·".join(above) + divided


def _ordered(factors: Sequence[tuple[Atom, int]]) -> list[tuple[Atom, int]]:
    """Names in their alphabetical order but for n, which comes first; then calls, then sums."""
    return sorted(factors, key=lambda factor: _rank(factor[0]))


def _rank(atom: Atom) -> tuple[int, str]:
    match atom:
        case str():
            return (0 if atom == "n" else 1), atom
        case Call():
            return 2, atom.function
        case Sum():
            return 3, ""


def _power(atom: Atom, power: int) -> str:
    text = _atom_text(atom)
    return text if power == 1 else f"{text}^{power}"


def _atom_text(atom: Atom) -> str:
    match atom:
        case str():
            return atom
        case Sum():
            return f"({_sum(atom)})"
        case Call():
            return f"{atom.function}({', '.join(map(_text, atom.arguments))})"


def _sum(of: Sum) -> str:
    first, *rest = sorted(of.terms, key=lambda term: term.number < 0)
    signs = [f" - {_text(-term)}" if term.number < 0 else f" + {_text(term)}" for term in rest]
    return _text(first) + "".join(signs)
