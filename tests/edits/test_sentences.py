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
