"""Relations in words: states of one method in terms of the other's, by the names of params that the multiples have."""

from __future__ import annotations

from collections.abc import Iterator

from ..check.contracts import Trait
from .combination import Coefficient, number
from .compare import Comparison
from .cuts import PLAIN
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


def notes(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Notes on an answer, each with a heading: what it rests on, and up to what it holds."""
    for one in comparison.properties:
        yield "rests on", f"{one.name} {_PROPERTIES[one.trait]}, as the default {one.default} is"
    if comparison.alignment is not PLAIN:
        yield "rounds", _alignment(comparison)
    for scaled in _scaled(comparison):
        yield "messages", scaled
    for lines in comparison.rounding:
        places = (f"line {line} of {'AB'[side]}" for side, line in sorted(lines))
        yield "rounding", f"equal up to rounding on the wire, {', '.join(places)}"


_PROPERTIES = {
    Trait.ZERO: "maps 0 to 0",
    Trait.HOMOGENEOUS: "is homogeneous",
    Trait.SCALE_FREE: "is scale-free",
    Trait.ODD: "is odd",
    Trait.DETERMINISTIC: "is deterministic",
}


def _alignment(comparison: Comparison) -> str:
    """The cut of the second method's rounds, and the method whose points come later, in words."""
    ahead, at = comparison.alignment.ahead, comparison.alignment.at
    said = []
    if at[1]:
        line = comparison.pairing.sides[1].program.round[at[1] - 1].span.line
        said.append(f"B cuts its round after line {line}")
    if ahead != (0, 0):
        said.append(_later(ahead))
    return "; ".join(said) or "the rounds of A begin one round later"


def _later(ahead: tuple[int, int]) -> str:
    late, early = ("B", "A") if ahead[1] else ("A", "B")
    return f"{late} is after k + 1 rounds where {early} is after k"


def _scaled(comparison: Comparison) -> Iterator[str]:
    """Messages that are equal up to a scalar, each once."""
    found: dict[str, None] = {}
    for match in comparison.proof.matches if comparison.proof is not None else ():
        for pair in match.scaled:
            name = f"{pair.other.name}_B = {pair.multiple.text} * {pair.one.name}_A"
            found[f"{name} (lines {pair.one.line} and {pair.other.line})"] = None
    yield from found
