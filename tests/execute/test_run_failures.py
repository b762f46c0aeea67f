"""A run that stops being finite says where: round, node and spec line."""

from __future__ import annotations

import pytest
from cablese.runtime.errors import RunFailed, SetupError
from execute_runs import run

BLOWN = """algorithm A: "test"
problem minimize
init:
    all: x = x0
    node: e = zeros
round:
    node -> server: m = grad(x)
    node: e = e + exp(1000 * norm2(m)) * m
    server -> all: g = mean(m)
    all: x = x - g
output x
"""


def failure(spec, **options):
    with pytest.raises(RunFailed) as caught:
        run(spec, **options)
    return str(caught.value)


def test_a_state_of_a_node_names_line_round_and_node():
    said = failure(BLOWN)
    assert "spec.alg:8" in said
    assert "round 0" in said
    assert "node 0" in said
    assert "`e`" in said


def test_a_diverging_model_names_its_line():
    said = failure("gd", settings=("gamma=1e160",), rounds=50)
    assert "round" in said
    assert "not finite" in said


def test_a_message_that_outgrows_the_wire_names_its_line():
    spec = BLOWN.replace("exp(1000 * norm2(m)) * m", "0 * m").replace("m = grad(x)", "m = 1e39 * grad(x)")
    said = failure(spec)
    assert "spec.alg:7" in said
    assert "--wire float64" in said
    run(spec.replace("x = x - g", "x = x - 0 * g"), wire="float64")


def test_compressing_what_is_not_finite_names_its_line():
    spec = BLOWN.replace("problem minimize", "problem minimize\ncompressor C: contractive = top_k(k = 2)")
    spec = spec.replace("    node: e = e", "    node -> server: q = C(log(0 * m - 1))\n    node: e = e")
    said = failure(spec)
    assert "spec.alg:9" in said


def test_points_before_the_failure_are_kept():
    from cablese.runtime.execute.interface import Recording
    from execute_runs import prepared

    recording = Recording()
    with pytest.raises(RunFailed):
        prepared("gd", settings=("gamma=1e30",), rounds=50).run(recording)
    assert recording.points[0].round == 0
    assert all(point.round < 50 for point in recording.points)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        (("gamma=-1",), "gamma > 0"),
        (("gamma=0",), "gamma > 0"),
        (("gamma=1/0",), "inf"),
        (("p=2",), "p <= 1"),
        (("Q=rand_k(k = 99)",), "99"),
    ],
)
def test_values_outside_their_range_are_refused_before_the_run(settings, word):
    with pytest.raises(SetupError, match=word):
        run("marina", settings=settings)


def test_a_problem_of_the_other_kind_is_refused():
    with pytest.raises(SetupError, match="problem vi"):
        run("masha1")


def test_samples_that_differ_are_no_number():
    spec = BLOWN.replace("problem minimize", "problem minimize\nparam b = samples")
    with pytest.raises(SetupError, match="samples_i"):
        run(spec, problem='logreg(data = "breast_cancer")')


EMPTY = """algorithm A: "test"
problem minimize
init:
    all: x = x0
round:
    all: event S ~ each(0.0)
    node in S -> server: m = norm(grad(x))
    server -> all: g = max(m)
    all: x = x - g * x
output x
"""


def test_an_aggregate_over_no_one_names_its_line():
    said = failure(EMPTY)
    assert "spec.alg:8" in said
    assert "round 0" in said
    assert "over no one" in said


def test_a_probability_that_leaves_its_range_names_its_line():
    said = failure(
        EMPTY.replace("each(0.0)", "bernoulli(2 + norm(x))").replace("in S ", "").replace("max", "mean")
    )
    assert "spec.alg:6" in said
    assert "probability" in said


GROWING = """algorithm A: "test"
problem minimize
init:
    all: x = x0; t = 1
round:
    all: t = (t + 1)^9
    all: u = 2^(0 * t)
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g
output x
"""


def test_an_int_that_grows_for_ever_is_stopped():
    said = failure(GROWING, rounds=50)
    assert "spec.alg:6" in said
    assert "beyond 2^53" in said


@pytest.mark.parametrize("power", ["10^10^10", "9^99999999", "(9^99)^(9^9)"])
def test_a_param_that_is_a_huge_power_is_no_hang(power):
    with pytest.raises(SetupError, match="inf"):
        run("gd", settings=(f"gamma={power}",))


def test_a_failed_run_says_so_in_its_summary():
    from cablese.runtime.execute.interface import Recording
    from execute_runs import prepared

    recording = Recording()
    with pytest.raises(RunFailed) as caught:
        prepared("gd", settings=("gamma=1e20",), rounds=50, every=10).run(recording)
    assert recording.summary.stopped == str(caught.value)
    assert 0 < recording.summary.rounds < 50
    assert recording.summary.last == recording.points[-1]


def test_one_wrong_feature_index_is_no_hang(tmp_path):
    data = tmp_path / "wide"
    data.write_text("1 1000000000:1\n-1 1:1\n" * 4)
    with pytest.raises(SetupError, match="feature index"):
        run("gd", problem=f'logreg(data = "{data}")')
