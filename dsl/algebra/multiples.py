"""Multiples in relations that have a name: small numbers, params, their products, quotients and complements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..text.records import record
from .combination import Coefficient, Combination, number
from .field import Element

SMALL = 8


@record
class Multiple:
    """A coefficient and how it is written."""

    coefficient: Coefficient
    text: str


def named_multiples(params: Iterable[tuple[str, Combination]]) -> Mapping[Element, Multiple]:
    """Multiples by their element; of two texts for one the shorter stands."""
    open_params = {
        name: value.coefficient()
        for name, value in params
        if value.is_scalar and value.terms and not value.guards and value.coefficient().exact is None
    }
    found = [Multiple(c, name) for name, c in open_params.items()]
    found += [Multiple(number(1) + c * number(-1), f"(1 - {name})") for name, c in open_params.items()]
    inverses = [
        Multiple(inverse, f"1 / {m.text}") for m in found if (inverse := m.coefficient.inverse()) is not None
    ]
    products = [
        Multiple(a.coefficient * b.coefficient, f"{a.text} * {b.text}")
        for a in found
        for b in found
        if a.text <= b.text
    ]
    quotients = [
        Multiple(a.coefficient * below, f"{a.text} / {b.text}")
        for a in found
        for b in found
        if a is not b and (below := b.coefficient.inverse()) is not None
    ]
    whole = [Multiple(number(n), str(n)) for n in range(1, SMALL + 1)]
    positive = [*products, *quotients, *inverses, *found, *whole]
    negative = [Multiple(m.coefficient * number(-1), f"-{m.text}") for m in positive]
    return {m.coefficient.value: m for m in (*negative, *positive)}
