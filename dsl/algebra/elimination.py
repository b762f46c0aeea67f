"""Linear relations between combinations: the sums of multiples that vanish wherever they were seen, over the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .combination import Coefficient, Combination
from .field import PRIME, ZERO, Element

Row = list[Element]


def relations(
    observed: Sequence[Sequence[Combination]], known: Mapping[Element, Coefficient]
) -> list[list[Coefficient]]:
    """A basis of the multiples c with sum_j c_j q_j = 0 at every observation (q_1, …, q_m), last unknowns free.

    Multiples that are `known` are told by their value. Each relation is solved for one quantity, which has the coefficient
    -1: earlier quantities in terms of later ones.
    """
    columns = len(observed[0]) if observed else 0
    rows: list[Row] = []
    for quantities in observed:
        keys = sorted({key for q in quantities for key in q.terms}, key=lambda k: (sorted(k[0]), k[1]))
        rows += [[_value(q, key) for q in reversed(quantities)] for key in keys]
    pivots = _reduced(rows, columns)
    found = []
    for free in range(columns):
        if free in pivots:
            continue
        solution = [ZERO] * columns
        solution[free] = (PRIME - 1, PRIME - 1)
        for column, row in pivots.items():
            solution[column] = row[free]
        found.append([known.get(value, Coefficient(value)) for value in reversed(solution)])
    return found


def _value(quantity: Combination, key: tuple[frozenset[str], str]) -> Element:
    coefficient = quantity.terms.get(key)
    return ZERO if coefficient is None else coefficient.value


def _reduced(rows: list[Row], columns: int) -> Mapping[int, Row]:
    """Rows in reduced form by the column of their leading 1; a column counts where it does at both points."""
    pivots: dict[int, Row] = {}
    for row in rows:
        left = row
        for column, pivot in pivots.items():
            left = _minus(left, pivot, left[column])
        lead = next((c for c in range(columns) if left[c][0] and left[c][1]), None)
        if lead is None:
            continue
        inverse = (pow(left[lead][0], -1, PRIME), pow(left[lead][1], -1, PRIME))
        left = [(a * inverse[0] % PRIME, b * inverse[1] % PRIME) for a, b in left]
        pivots = {c: _minus(other, left, other[lead]) for c, other in pivots.items()}
        pivots[lead] = left
    return pivots


def _minus(row: Row, other: Row, factor: Element) -> Row:
    if factor == ZERO:
        return row
    return [
        ((a - factor[0] * c) % PRIME, (b - factor[1] * d) % PRIME)
        for (a, b), (c, d) in zip(row, other, strict=True)
    ]
