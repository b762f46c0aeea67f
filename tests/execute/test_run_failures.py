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


WEIGHED = """algorithm A
problem minimize
param gamma = 1 / (L * (1 + k))
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output average(x, weight)
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


@pytest.mark.parametrize(
    "compressor",
    [
        "rand_k(k = 2)",
        "top_k(k = 2)",
        "identity()",
        "quantize(s = 4)",
        "ternary()",
        "natural_dithering(s = 4)",
        "rand_p(p = 0.5)",
        "threshold_k(t = 1)",
        "mvss(density = 0.5)",
        "scaled_sign()",
        "block_sign(size = 2)",
        "linear8(block = 3)",
        "tree8()",
        "quantize(s = 4) of rand_k(k = 3)",
        "scaled_sign() of top_k(k = 3)",
        "mixed(C = ternary(), threshold = 2)",
    ],
)
def test_what_outgrows_the_wire_alone_is_told_apart_from_what_is_not_finite(compressor):
    head = f"problem minimize\ncompressor C: any = {compressor}"
    for value, told in (
        ("1e7", "what `C` sends, rounded to the wire's floats, is not"),
        ("1e200 * 1e200", "what `C` compresses is not"),
    ):
        spec = BLOWN.replace("problem minimize", head).replace(
            "m = grad(x)", f"m = C({value} * (grad(x) + 1))"
        )
        said = failure(spec, wire="float16")
        assert "spec.alg:8: in round 0, at node 0: " + told in said


@pytest.mark.parametrize("sent", ["grad(x) + 1e7", "norm2(grad(x)) + 1e7"])
def test_what_is_sent_as_it_is_and_outgrows_the_wire_says_so(sent):
    spec = BLOWN.replace("    node -> server: m = grad(x)", f"    node -> server: m = grad(x), u = {sent}")
    assert "`u`, rounded to the wire's floats, is not finite" in failure(spec, wire="float16")
    beyond = spec.replace("1e7", "1e200 * 1e200 * norm2(zeros + 1)")
    assert "at node 0: `u` is not finite" in failure(beyond, wire="float16")


WIDE = """algorithm A
problem minimize
init:
    all: x = x0
round:
    {role}: event j ~ choice({low}, {high})
    {role} -> {to}: m = j / 1
    server -> all: g = min(m)
    all: x = x0 + g
output x
"""


@pytest.mark.parametrize(("low", "high"), [("1", "2^64"), ("-2^64", "0"), ("-2^53", "2^53"), ("1", "2^1000")])
@pytest.mark.parametrize(("role", "to"), [("node", "server"), ("server", "node")])
def test_a_choice_beyond_ints_is_refused_at_its_line(low, high, role, to):
    said = failure(WIDE.format(low=low, high=high, role=role, to=to))
    assert "spec.alg:6: in round 0" in said
    assert "more than a choice can be of" in said


def test_a_choice_of_most_ints_is_drawn():
    recording, _ = run(WIDE.format(low="2^53 - 5", high="2^53", role="node", to="server"), wire="float64")
    assert recording.points[-1].round == 5


@pytest.mark.parametrize("role", ["node", "server"])
def test_an_int_outside_the_range_of_its_message_is_refused_at_its_line(role):
    spec = WIDE.format(low="1", high="2^40", role=role, to="server" if role == "node" else "all")
    spec = spec.replace("m = j / 1", "m = j * 2 + 0").replace(
        "min(m)" if role == "server" else "", "m + 0" if role == "server" else ""
    )
    said = failure(spec)
    assert "spec.alg:7: in round 0" in said and "whole numbers from -2147483648 to 2147483647 only" in said


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


@pytest.mark.parametrize(
    ("weight", "round", "shown"),
    [
        ("1 / prev(gamma)", 0, "a weight of inf"),
        ("0 / prev(gamma)", 0, "a weight of nan"),
        ("1 - k", 2, "a weight of -1"),
        ("log(3 - k)", 3, "a weight of -inf"),
        ("10 ^ (307 + k)", 2, "a weight of inf"),
        ("1.7e308 - 0 * k", 1, "the sum of the weights"),
        ("-norm2(x + 1)", 0, "a weight of -6"),
    ],
)
def test_a_weight_that_is_none_names_line_and_round(weight, round, shown):
    said = failure(WEIGHED.replace("weight", weight), rounds=6)
    assert f"spec.alg:10: in round {round}: {shown}" in said
    assert "is not finite, or negative" in said


def test_points_whose_weights_are_all_zero_count_alike():
    weightless, alike, later = (
        [(point.round, point.metrics) for point in run(WEIGHED.replace("weight", weight), rounds=3)[0].points]
        for weight in ("0 * k", "1", "k")
    )
    assert weightless == alike
    assert later[1] == alike[1] and later[2] != alike[2]


UNDEFINED = """algorithm A
problem minimize
param one = 1
init:
    all: x = x0
    node -> server: m = grad(x)
round k:
    node: s = log(0 - one - norm(x))
    server: event S ~ subset(n, 3)
    server -> all: S
    BLOCK
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - g / L
output x
"""


@pytest.mark.parametrize(
    ("block", "met"),
    [
        ("node when s > 1 -> server: q = x", ", at node 0"),
        ("node when not (s > 1 and norm(x) > 1) -> server: q = x", ", at node 0"),
        ("node in S when 1 >= s -> server: q = x", ", at node "),
        ("node when norm(x) == s -> server: q = x", ", at node 0"),
        ("node: q = where(s != 1, x, 0)", ", at node 0"),
        ("node: b = s < 2", ", at node 0"),
        ("node:\n        if s <= 1:\n            q = x", ", at node 0"),
        ("node in S:\n        if s <= 1:\n            q = x", ", at node "),
        ("node:\n        repeat floor(s):\n            event e ~ uniform(0, 1)", ""),
        ("node: event e ~ bernoulli(s)", ""),
        ("node: event e ~ normal(0, s)\n    node -> server: q = e * x", ""),
    ],
)
def test_an_undefined_number_decides_nothing(block, met):
    """The line where it arose is named, and the one that would have counted it as false."""
    said = failure(UNDEFINED.replace("BLOCK", block))
    assert "spec.alg:8: in round 0: `node: s = log(0 - one - norm(x))` gives what is not finite" in said
    assert f"met in line 11{met}" in said or f"met in line 12{met}" in said


@pytest.mark.parametrize(
    "condition", ["y > 1", "not y <= 1", "sign(y) == 1", "max(1, y) > 2", "min(1, y) < 2"]
)
def test_an_undefined_number_that_all_know_decides_nothing(condition):
    block = f"all: y = log(0 - one)\n    if {condition}:\n        node -> server: q = grad(x)"
    said = failure(UNDEFINED.replace("BLOCK", block))
    assert "spec.alg:11: in round 0: `all: y = log(0 - one)` gives" in said
    assert "met in line 12" in said and "is not a number (nan)" in said


@pytest.mark.parametrize("value", ["log(0 - one)", "0 * log(0 * one)", "median(log(0 - L_i))"])
def test_an_undefined_number_is_met_where_it_is_drawn_with_or_kept(value):
    said = failure(UNDEFINED.replace("BLOCK", f"server: y = {value}\n    server: event c ~ bernoulli(y)"))
    assert "spec.alg:11" in said and "met in line 12" in said and "nan is not a probability" in said


def test_init_names_the_line_where_a_bad_value_arose():
    said = failure(UNDEFINED.replace("all: x = x0", "all: x = sqrt(x0 - 1)").replace("BLOCK", "all: w = 1"))
    assert "spec.alg:5: in init: `all: x = sqrt(x0 - 1)` gives what is not finite" in said
    assert "met in line 6, at node 0, `node -> server: m = grad(x)`" in said


@pytest.mark.parametrize(("param", "round"), [("log(0 - one)", None), ("where(k > 2, log(0 - one), 1)", 3)])
def test_params_that_are_undefined_decide_nothing(param, round):
    spec = UNDEFINED.replace("param one = 1", f"param one = 1\nparam p = {param}")
    block = "all: b = p > 0\n    all: y = where(b, 1, 2)"
    with pytest.raises((RunFailed, SetupError)) as caught:
        run(spec.replace("node: s = log(0 - one - norm(x))", "node: s = 1").replace("BLOCK", block))
    if round:
        assert f"in round {round}" in str(caught.value)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("x = x - gamma * g / (k - 3)^0.5", "It is a power of a negative number that is not whole"),
        ("x = x - g + sqrt(x0 - 1)", "It is the square root of a negative number"),
        ("x = x - g * log(0 * gamma)", "It is the logarithm of a number that is not positive"),
        ("x = x - g / (k - k)", "It is a division by zero"),
        ("x = x - gamma * g * 1e200^2", "Usually a step is too large"),
    ],
)
def test_a_function_outside_its_domain_is_not_taken_for_a_large_step(step, said):
    spec = WEIGHED.replace("round:", "round k:").replace("1 / (L * (1 + k))", "1 / L")
    told = failure(spec.replace("x = x - gamma * g", step).replace("average(x, weight)", "x"), rounds=2)
    assert said in told and "spec.alg:9" in told
