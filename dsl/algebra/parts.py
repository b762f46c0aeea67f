"""Parts of rounds as combinations: oracles' answers, means over domains, values of which nothing is known but a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..check import program as core
from ..check.kinds import Kind, Spread
from .combination import NOTHING, TRUE, Combination, atom, case_by_case, combination, number, scalar, truth
from .functions import LOCAL, is_local, key_of, opaque_number
from .keys import digest
from .ranges import ANY, Range
from .symbols import EVERYONE


def any_values(
    targets: Mapping[str, core.Target], entry: Mapping[str, Combination], places: Mapping[str, str]
) -> dict[str, Combination]:
    """Values at the start of some iteration."""
    found = {}
    for name, target in targets.items():
        own = is_local(entry[name]) or target.where.spread is not Spread.ONE
        found[name] = value_of_kind(target.kind, own, key_of(own, "carried", places[name]))
    return found


def value_of_kind(kind: Kind, own: bool, key: str) -> Combination:
    """A value of which its kind, and its key, are all that is known."""
    match kind:
        case Kind.REAL | Kind.INT:
            return opaque_number(ANY, own, key)
        case Kind.BOOL:
            return truth(key)
        case _:
            return atom(key)


def asked(oracle: str, point: Combination, batch: Combination) -> Combination:
    """Each node's answer at a point: a gradient, an operator's value or a loss."""

    def answer(at: Combination, samples: Combination) -> Combination:
        if oracle == "loss":
            return opaque_number(ANY, True, oracle, at.digest(), samples.digest())
        return atom(key_of(True, oracle, at.digest(), samples.digest()))

    return case_by_case(answer, (point, batch))


def proximal(point: Combination, step: Combination) -> Combination:
    """The proximal operator of any regulariser."""
    return case_by_case(
        lambda v, s: atom(key_of(is_local(v) or is_local(s), "prox", v.digest(), s.digest())), (point, step)
    )


def aggregated(operator: str, over: str, value: Combination, *beside: str) -> Combination:
    """An aggregate of each node's own, of which its operator, domain, value and keys of arguments are all that is known."""
    key = key_of(False, operator, over, value.digest(), *beside)
    return opaque_number(value.coefficient().range, False, key) if value.is_scalar else atom(key)


def averaged(value: Combination, over: str, spread: Spread, *, never_empty: bool) -> Combination:
    """The mean over a domain: linear, and what is one for all is its own mean where the domain is never empty."""
    found = NOTHING
    for (guard, a), c in value.terms.items():
        own = frozenset(g for g in guard if g.startswith(LOCAL))
        if never_empty and not (c.local or own or a.startswith(LOCAL)):
            found = found + combination({(guard, a): c})
            continue
        inner = combination({(own, a): c if c.local else number(1)})
        key = digest("mean", over, spread.value, inner.digest())
        factor = number(1) if c.local else c
        if a == "":
            part = opaque_number(ANY, False, key).scaled(factor)
            found = found + combination({(guard - own, ""): part.coefficient()})
        else:
            found = found + combination({(guard - own, key): factor})
    return found


def narrowed(value: Combination, known: Range) -> Combination:
    """A number of which a range is known besides."""
    if not value.is_scalar or value.guards or not value.terms:
        return value
    found = value.coefficient()
    return scalar(replace(found, range=found.range.within(known))) if found.exact is None else value


def on_wire(value: Combination) -> Combination:
    """A value behind a message: rounded to floats, once; 0 is a float."""
    return case_by_case(_rounded, (value,))


def _rounded(value: Combination) -> Combination:
    terms = value.sorted_terms()
    if not terms or (len(terms) == 1 and terms[0][1] == number(1) and _is_rounded(terms[0][0][1])):
        return value
    if value.is_scalar:
        known = value.coefficient()
        exact = known.exact is not None
        return value if exact else opaque_number(known.range, known.local, "rounded", value.digest())
    own = is_local(value)
    return atom(LOCAL * own + _ROUNDED + digest(value.digest()))


_ROUNDED = "r"  # no digit of a key


def _is_rounded(key: str) -> bool:
    return key.removeprefix(LOCAL).startswith(_ROUNDED)


def mixed(value: Combination, *, keeps_ones: bool) -> Combination:
    """The mixture of neighbours' values: linear, and of what all have alike, that itself if its weights sum to 1."""
    found = NOTHING
    for (guard, a), c in value.terms.items():
        own = c.local or any(g.startswith(LOCAL) for g in guard) or not (keeps_ones or a.startswith(LOCAL))
        part = combination({(guard, a): c})
        if own and value.is_scalar:
            found = found + opaque_number(ANY, True, "mix", part.digest())
        elif own:
            found = found + atom(key_of(True, "mix", part.digest()))
        elif a.startswith(LOCAL):
            found = found + combination({(guard, key_of(True, "mix", a)): c})
        else:
            found = found + part
    return found


def is_known(kind: Kind, value: Combination) -> bool:
    """True for truth values, counts and sets that everyone knows beforehand: a message of them says nothing."""
    if kind is Kind.NODES:
        return value == atom(EVERYONE)
    exact = value.is_scalar and not value.guards and value.coefficient().exact is not None
    return kind in (Kind.BOOL, Kind.INT) and exact


def content(kind: Kind, value: Combination) -> str:
    """The key of what a message says: a truth value says as much as its opposite."""
    if kind is not Kind.BOOL:
        return value.digest()
    return min(value.digest(), (TRUE - value).digest())
