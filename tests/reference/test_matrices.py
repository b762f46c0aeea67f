"""Problems whose models are matrices mean to the fast path what they mean to the evaluator, to the bit."""

from __future__ import annotations

import pytest
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from harness import assert_equal

NETWORK = 'two_layer(data = "iris", hidden = 4, scale = "standard", x0 = "normal(0.4)")'
CLASSES = 'softmax(data = "iris", scale = "standard", l2 = 0.1)'
FACTORS = "matrix_factorisation(rows = 5, columns = 4, rank = 2, noise = 0.1)"


@pytest.mark.parametrize(
    ("spec", "problem", "settings"),
    [
        ("ef21", NETWORK, ("C = block_sign()", "gamma = 0.05")),
        ("power_sgd", NETWORK, ("P = power_sgd(rank = 1)", "gamma = 0.1", "b = 7")),
        ("diana", CLASSES, ("Q = mixed(C = natural(), threshold = 4)",)),
        ("sgd", FACTORS, ("gamma = 0.1", "b = 3")),
    ],
)
def test_matrices_are_as_the_evaluator_has_them(spec: str, problem: str, settings: tuple[str, ...]) -> None:
    assert_equal(
        find_spec(spec), Options(nodes=3, rounds=8, every=1, problem=problem, settings=settings, seed=2)
    )
