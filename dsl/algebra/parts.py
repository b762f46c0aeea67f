"""Parts of rounds as combinations: oracles' answers, means over domains, values of which nothing is known but a key."""

from __future__ import annotations

from collections.abc import Mapping

from ..check import program as core
from ..check.kinds import Kind, Spread
from .combination import NOTHING, Combination, atom, case_by_case, combination, number, truth
from .functions import LOCAL, is_local, key_of, opaque_number
from .keys import digest


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
            return opaque_number(0, own, key)
        case Kind.BOOL:
            return truth(key)
        case _:
            return atom(key)


def asked(oracle: str, point: Combination, batch: Combination) -> Combination:
    """Each node's answer at a point: a gradient, an operator's value or a loss."""

    def answer(at: Combination, samples: Combination) -> Combination:
        if oracle == "loss":
            return opaque_number(0, True, oracle, at.digest(), samples.digest())
        return atom(key_of(True, oracle, at.digest(), samples.digest()))

    return case_by_case(answer, (point, batch))


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
            part = opaque_number(0, False, key).scaled(factor)
            found = found + combination({(guard - own, ""): part.coefficient()})
        else:
            found = found + combination({(guard - own, key): factor})
    return found
