"""Relations in words: states of one method in terms of the other's, by the names of params that the multiples have."""

from __future__ import annotations

from .combination import Coefficient, number
from .compare import Comparison
from .relate import Quantity, Relation


def relation_texts(comparison: Comparison) -> list[str]:
    """Relations that the states of both methods keep; none where nothing was to be proven, or could be."""
    if comparison.proof is None:
        return []
    found: dict[str, None] = {}
    for relation in comparison.proof.relations:
        (lead, _), *rest = relation.multiples.items()
        if lead.is_state and not (len(rest) == 1 and rest[0][0].oracle and lead.oracle):
            found[_relation(comparison, relation)] = None
    return list(found)


def _relation(comparison: Comparison, relation: Relation) -> str:
    (lead, factor), *rest = relation.multiples.items()
    below = factor.inverse()
    assert below is not None
    terms = [_term(comparison, quantity, c * below, first) for first, (quantity, c) in enumerate(rest)]
    return f"{_quantity(comparison, lead)} = {''.join(terms) or '0'}"


def _term(comparison: Comparison, quantity: Quantity, multiple: Coefficient, place: int) -> str:
    """One term of the other side: the multiple is that of the sum that vanishes, with the sign turned."""
    turned = multiple * number(-1)
    assert comparison.proof is not None
    named = comparison.proof.multiples.get(turned.value)
    text = named.text if named is not None else "c"
    sign, text = ("-", text[1:]) if text.startswith("-") else ("+", text)
    written = (
        _quantity(comparison, quantity) if text == "1" else f"{text} * {_quantity(comparison, quantity)}"
    )
    if place == 0:
        return written if sign == "+" else f"-{written}"
    return f" {sign} {written}"


def _quantity(comparison: Comparison, quantity: Quantity) -> str:
    if quantity.side < 0:
        return "x0"
    name = f"{quantity.name}_{'AB'[quantity.side]}"
    asked = f"{quantity.oracle}({name})" if quantity.oracle else name
    return f"mean({asked})" if quantity.mean else asked
