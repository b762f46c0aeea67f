"""The operator table: every row explains itself, and its names belong to the language."""

from __future__ import annotations

import pytest
from cablese.dsl.check.constants import CONSTANTS
from cablese.dsl.check.distributions import DISTRIBUTIONS
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.operators import AGGREGATES, FIGURES, FUNCTIONS, OPERATORS, ORACLES
from cablese.dsl.check.reserved import LANGUAGE_NAMES
from check_tools import codes_of, spec_with


@pytest.mark.parametrize(
    "row", [*OPERATORS.values(), *AGGREGATES.values(), *CONSTANTS.values()], ids=lambda r: r.name
)
def test_a_row_says_what_it_does(row: object) -> None:
    assert getattr(row, "doc", "")


@pytest.mark.parametrize("row", OPERATORS.values(), ids=lambda row: row.name)
def test_a_row_takes_what_its_arity_says_and_refuses_sets(row: object) -> None:
    operator = OPERATORS[getattr(row, "name", "")]
    assert operator.kind((Kind.NODES,) * operator.arity) is None
    kinds = [kind for kind in Kind if operator.kind((kind,) * operator.arity) is not None]
    mixed = operator.kind((Kind.BOOL, *(Kind.REAL,) * (operator.arity - 1)))
    of_history = operator.kind((Kind.VECTORS, Kind.VECTOR)[: operator.arity]) or operator.kind(
        (Kind.VECTORS, Kind.INT)
    )
    assert kinds or mixed is not None or of_history is not None


@pytest.mark.parametrize(
    "name",
    sorted({*FUNCTIONS, *AGGREGATES, *ORACLES, *FIGURES, *DISTRIBUTIONS, *CONSTANTS, "prev", "who", "block"}),
)
def test_names_of_the_language_cannot_be_bound(name: str) -> None:
    assert name in LANGUAGE_NAMES
    assert codes_of(spec_with(f"server: event {name} ~ bernoulli(0.5)")) == ["E304"]
