"""Methods with prox under regularisers and sets, and on games with samples, to the slow evaluator."""

from __future__ import annotations

import pytest
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from harness import assert_equal

QUADRATIC = "quadratic(d = 12, mu = 0.1, L = 3, spread = 1, seed = 2)"
SADDLE = "bilinear_saddle(d = 5, lam = 0.3, seed = 3)"


@pytest.mark.parametrize(
    ("spec", "problem", "settings"),
    [
        ("gd", f"{QUADRATIC} + group_l1(lam = 0.2)", ()),
        ("sgd", 'logreg(data = "breast_cancer", scale = "columns") + ball(r = 1)', ("b = 17",)),
        ("diana", f"{QUADRATIC} + elastic_net(l1 = 0.1, l2 = 0.3)", ("Q = rand_k(k = 4)",)),
        ("diana", f"{QUADRATIC} + simplex", ("Q = quantize(s = 3)",)),
        ("extragradient", f"{SADDLE} + box(a = -0.1, b = 0.2, on = y)", ()),
        ("masha1", f"{SADDLE} + simplex(on = x) + ball(r = 0.5, on = y)", ("tau = 0.7", "Q_dev = natural()")),
        ("masha1", "matrix_game(rows = 3, columns = 4)", ("tau = 0.7", "Q_srv = natural()")),
        ("extragradient", "policy_evaluation(features = 3)", ()),
    ],
)
def test_runs_are_equal(spec: str, problem: str, settings: tuple[str, ...]) -> None:
    assert_equal(
        find_spec(spec),
        Options(nodes=4, rounds=12, every=1, problem=problem, wire="float32", settings=settings),
    )
