"""Sentences of edit scripts, as the files in `golden` have them: read them as one who knows the methods."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cablese.dsl.edits.script import script
from cablese.dsl.edits.sentences import GROUPS, sentences
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

PAIRS = (
    ("diana", "marina"),
    ("diana", "ef21"),
    ("artemis", "mcm"),
    ("mcm", "rand_mcm"),
    ("ef_sgd", "ef21"),
    ("ef_sgd", "comp_ams"),
    ("marina", "vr_marina"),
    ("marina", "pp_marina"),
    ("masha1", "extragradient"),
    ("qsparse_local_sgd", "local_sgd"),
    ("gd", "ef21"),
    ("dpsgd", "choco_sgd"),
    ("clag", "ef21"),
    ("dist_ef_block_sgd", "ef_sgd"),
    ("power_sgd", "ef_sgd"),
    ("sign_sgd_mv", "sgd"),
)


def told(one: Source, other: Source) -> str:
    programs = (compile_spec(source, plugins(), ()) for source in (one, other))
    return "".join(f"{s.group:8} {s.text}\n" for s in sentences(script(*programs, {})))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_methods(one: str, other: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{one}-{other}.txt", told(find_spec(one), find_spec(other)))


PLAIN = """\
algorithm Plain
problem minimize
param gamma = 1 / L where gamma > 0
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""


def changed(*changes: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return told(
        Source("plain.alg", PLAIN), Source("other.alg", text.replace("algorithm Plain", "algorithm Other"))
    )


def test_what_is_no_difference_is_not_told() -> None:
    """A temporary, another order of summands, another name."""
    same = "up       the same: grad(x), dense\ndown     the same: mean(grad(x)), dense\n"
    assert changed() == same
    assert changed(("x = x - gamma * g", "x = -(gamma * g) + x")) == same
    assert changed(("all: x = x - gamma * g", "all:\n        t = gamma * g\n        x = x - t")) == same
    assert changed(("server: m =", "server: sent ="), ("mean(m)", "mean(sent)")) == same


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "gamma * g",
            "2 * gamma * g",
            "step     Other steps by -2 * gamma * mean(grad(x)); Plain steps by -gamma * mean(grad(x))",
        ),
        ("mean(m)", "sum(m)", "down     sum(grad(x)) in place of mean(grad(x)), dense"),
        ("x = x0", "x = 2 * x0", "start    x starts at 2 * x0, in Plain at x0"),
        ("output x", "output average(x)", "notes    Other returns the average of x; Plain the last x"),
        (
            "node -> server: m = grad(x)",
            "node: event xi ~ minibatch(2)\n    node -> server: m = grad(x, xi)",
            "chance   Other draws minibatches xi of 2 samples at each node; Plain does not",
        ),
        (
            "node -> server: m = grad(x)",
            "node: event b ~ bernoulli(0.5)\n    node when b -> server: m = grad(x)",
            "up       grad(x), dense from nodes where b; in Plain from every node",
        ),
        (
            "node -> server: m = grad(x)",
            "server: event S ~ subset(n, 1)\n    server -> all: S\n    node in S -> server: m = grad(x)",
            "up       grad(x), dense from the nodes in S only; in Plain from every node",
        ),
    ],
)
def test_a_change_is_told(old: str, new: str, said: str) -> None:
    assert said in changed((old, new)).splitlines()


def test_some_nodes_are_sent_to() -> None:
    """They send nothing; found in FedGLOMO."""
    assert "x, dense to the nodes in S only" in told(find_spec("fed_glomo"), find_spec("fed_glomo"))


def test_groups_come_in_order() -> None:
    groups = [line.split()[0] for line in told(find_spec("diana"), find_spec("marina")).splitlines()]
    assert groups == sorted(groups, key=GROUPS.index)


def test_the_method_without_a_memory_is_named_though_its_name_begins_the_other() -> None:
    (memory,) = [
        line for line in told(find_spec("ef21_sgdm"), find_spec("ef21")).splitlines() if "memory" in line[:8]
    ]
    assert memory.startswith("memory   EF21_SGDM keeps a momentum") and memory.endswith("; EF21 does not")


def test_params_that_share_no_use_are_not_taken_for_one() -> None:
    assert "probability p at the server" in told(find_spec("dasha"), find_spec("marina"))


def test_roles_of_states_that_add_gradients() -> None:
    assert "a gradient tracker at each node: v'" in told(find_spec("choco_sgd"), find_spec("beer"))
    assert "a state for everyone: y' = y - mean(q)" in told(find_spec("masha2"), find_spec("q_genx"))


SERVED = """\
algorithm Served
problem minimize
compressor C: contractive = top_k(k = 1)
param gamma = 1 / L where gamma > 0
param beta = 0.9 where 0 <= beta < 1
init:
    all: x = x0
    node: g_i = zeros
    server: g = zeros
round:
    server -> all: u = g
    all: x = x - gamma * u
    node -> server: m = C(grad(x) - g_i)
    node: g_i = g_i + m
    server: g = g + mean(m)
output x
"""


def of_served(*changes: tuple[str, str]) -> list[str]:
    """The sentences of a changed copy of EF21's rounds."""
    text = SERVED.replace("algorithm Served", "algorithm Other")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return told(Source("served.alg", SERVED), Source("other.alg", text)).splitlines()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("g_i = zeros", "g_i = 2 * zeros"),
        ("gamma * u", "2 * gamma / 2 * u"),
        ("gamma * u", "(1 / (2 * n)) * u * n * gamma * 2"),
        ("g = g + mean(m)", "g = mean(g + m)"),
        ("g = g + mean(m)", "g = mean(2 * m) / 2 + g"),
        ("C(grad(x) - g_i)", "C(2 * (grad(x) - g_i) - grad(x) + g_i)"),
        ("1 / L", "2 / (L + L)"),
    ],
)
def test_a_formula_of_equal_value_is_no_difference(old: str, new: str) -> None:
    assert of_served((old, new)) == of_served()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gamma * u", "gamma * u / norm(u) * norm(u)"),  # 0 / 0 where u is
        ("g = g + mean(m)", "g = g + sum(m) / 2"),
        ("C(grad(x) - g_i)", "2 * C((grad(x) - g_i) / 2)"),
    ],
)
def test_a_formula_of_which_that_is_not_known_is_one(old: str, new: str) -> None:
    assert of_served((old, new)) != of_served()


def test_the_mean_of_some_nodes_is_not_that_of_what_the_server_adds_to_it() -> None:
    """Nobody may be in the set, and the mean of nothing is 0."""
    some = (
        "node -> server: m =",
        "server: event S ~ each(0.5)\n    server -> all: S\n    node in S -> server: m =",
    )
    some = (some, ("node: g_i = g_i + m", "node in S: g_i = g_i + m"))
    assert of_served(*some, ("g = g + mean(m)", "g = mean(g + m)")) != of_served(*some)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            (("all: x = x - gamma * u", "all:\n        v = beta * v + u\n        x = x - gamma * v"),),
            "step     Other steps by -gamma * v'; Served steps by -gamma * g",
        ),
        (
            (("all: x = x - gamma * u", "all:\n        v = beta * v - gamma * u\n        x = x + v"),),
            "step     Other steps by v'; Served steps by -gamma * g",
        ),
        (
            (("all: x = x - gamma * u", "all: x = x"),),
            "step     Other takes no step; Served steps by -gamma * g",
        ),
        (
            (("x = x - gamma * u", "x = x - gamma * u + beta * (v - x)"),),
            "step     Other steps by beta * (v - x) - gamma * g; Served steps by -gamma * g",
        ),
    ],
)
def test_steps(changes: tuple[tuple[str, str], ...], said: str) -> None:
    more = (("    all: x = x0\n", "    all: x = x0; v = zeros\n"),) if "v" in changes[0][1] else ()
    assert said in of_served(*more, *changes)


def test_a_step_of_which_a_part_with_a_name_is_another() -> None:
    """The formula is the same by names that both have for its parts, and stands there without them."""
    long = "factor = min(1, 20 / max(norm(u), 1e-12)); x = x - gamma * factor * u"
    ours, theirs = (SERVED.replace("x = x - gamma * u", text) for text in (long, long.replace("20", "30")))
    lines = told(Source("served.alg", ours), Source("other.alg", theirs)).splitlines()
    assert not [line for line in lines if "prox" in line]
    assert [line for line in lines if line.startswith("step") and "30 in place of 20" in line]


def test_a_sign_is_told_with_its_formula() -> None:
    spec = find_spec("sign_sgd_mv")
    lines = told(spec, Source("other.alg", spec.text.replace("(1 - beta)", "(1 + beta)"))).splitlines()
    assert [
        line for line in lines if line.startswith("memory") and "(1 + beta) * grad(x, xi) in place of" in line
    ]


def test_what_mixes_itself_with_an_estimate_of_the_gradient_is_a_momentum() -> None:
    found = of_served(
        ("    all: x = x0\n", "    all: x = x0; v = zeros\n"),
        ("all: x = x - gamma * u", "all:\n        v = beta * v + u\n        x = x - gamma * v"),
    )
    assert any(line.startswith("memory   Other keeps a momentum for everyone") for line in found)


def test_who_draws_a_minibatch() -> None:
    some = "server: event S ~ each(0.5)\n    server -> all: S\n    node in S: event xi ~ minibatch(2)"
    found = of_served(
        ("node -> server: m =", f"{some}\n    node in S -> server: m ="),
        ("grad(x) - g_i", "grad(x, xi) - g_i"),
        ("node: g_i = g_i + m", "node in S: g_i = g_i + m"),
    )
    assert any("minibatches xi of 2 samples at each node in S" in line for line in found)
