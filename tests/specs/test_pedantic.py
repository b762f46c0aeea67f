"""Doubts of `check --pedantic`: each planted in shipped specs is told at its place, by that flag alone."""

from __future__ import annotations

import pytest
from cablese.dsl.lint.lint import DOUBTS
from cablese.dsl.lint.pedantic import PEDANTIC
from cablese.runtime.library import find_spec
from spec_tools import diagnose

PLANTED = (
    ("W401", "diana", "server: h = h + alpha * mean(m)", "server: h = h + mean(m)", "h"),
    ("W401", "ef21", "server: g = mean(m)\n", "server: g = zeros\n", "g"),
    ("W401", "ef21_pp", "g = g + sum(m) / n", "g = g + mean(m)", "g"),
    ("W401", "artemis_pp2", "server: h = zeros", "server: h = x0", "h"),
    ("W401", "vr_diana", "h = h + alpha * mean(m)", "h = h + alpha / 2 * mean(m)", "h"),
    ("W402", "ef_sgd", "e = e + gamma * grad(x) - m", "e = gamma * grad(x) - m", "e"),
    ("W402", "ef_sgd", "e = e + gamma * grad(x) - m", "e = e + grad(x) - m", "e"),
    ("W402", "qsparse_local_sgd", "e = a - m", "e = x - y - m", "e"),
    ("W402", "dore", "e = q - v", "e = prox(x - gamma * (h + mean(m)), gamma) - v", "e"),
    ("W402", "double_squeeze", "e = v - u", "e = mean(m) - u", "e"),
    ("W403", "sgd", "m = grad(x, xi)", "m = C(grad(x, xi))", "m"),
    ("W404", "gd", "gamma = 1 / L ", "gamma = 3 / L ", "gamma <= 1 / L"),
    ("W404", "gd", "gamma = 1 / L ", "gamma = 3 / min(L, mu) ", "gamma <= 1 / L"),
    ("W405", "ef_sgd", "m = C(e + gamma * grad(x))", "m = 2 * C(e + gamma * grad(x))", "m = 2 * C(e + gamma * grad(x))"),
    ("W405", "diana", "m = Q(grad(x, xi) - h_i)", "m = h_i + Q(grad(x, xi) - h_i)", "m = h_i + Q(grad(x, xi) - h_i)"),
)  # fmt: skip

HEAD = {"sgd": ("init:", "compressor C: contractive = top_k(k = 1)\n\ninit:")}


@pytest.mark.parametrize(
    ("code", "name", "part", "planted", "underlined"), PLANTED, ids=[f"{p[0]}-{p[1]}" for p in PLANTED]
)
def test_a_doubt_planted_in_a_shipped_spec_is_told(
    code: str, name: str, part: str, planted: str, underlined: str
) -> None:
    text = find_spec(name).text
    assert part in text
    text = text.replace(part, planted, 1).replace(*HEAD.get(name, ("", "")))
    said = diagnose(f"{name}.alg", text.encode(), pedantic=True)
    assert [(d.code, d.span.text) for d in said if d.code in DOUBTS] == [(code, underlined)]
    assert not any(d.code in DOUBTS for d in diagnose(f"{name}.alg", text.encode()))


def test_every_doubt_is_planted() -> None:
    assert {planted[0] for planted in PLANTED} == set(PEDANTIC) == DOUBTS


def test_diana_needs_an_unbiased_compressor() -> None:
    """With all of the message in the memory it is EF21, which takes a contractive one."""
    text = find_spec("diana").text.replace("Q: unbiased = rand_k", "Q: contractive = top_k")
    text = text.replace("1 / (1 + omega(Q))  ", "1 / 2").replace(
        "sqrt(1 + omega(Q) / n) * (2 + omega(Q))", "delta(Q)"
    )
    text = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(("guarantee", "equals")))
    (said,) = diagnose("diana.alg", text.encode(), pedantic=True)
    assert (said.code, said.span.text) == ("W403", "m")
    assert "`h_i` moves by `alpha` of `m`" in said.message
    whole = text.replace("alpha * ", "").replace("param alpha = 1 / 2", "#")
    assert diagnose("diana.alg", whole.encode(), pedantic=True) == []


MARINA = """algorithm Estimator
problem minimize

compressor C: contractive = top_k(k = 1)
param gamma = 1 / (2 * L)

init:
    all: x = x0
    node -> server: m = grad(x)
    server: g = mean(m)

round:
    server -> all: u = g
    all:
        x_old = x
        x = x - gamma * u
    node -> server: m = C(grad(x) - grad(x_old))
    server: g = g + mean(m)

output x
"""


def codes(text: str) -> list[str]:
    return [d.code for d in diagnose("x.alg", text.encode(), pedantic=True)]


def test_a_recursive_estimator_needs_an_unbiased_compressor() -> None:
    assert codes(MARINA) == ["W403"]
    assert codes(MARINA.replace("contractive = top_k(k = 1)", "unbiased = rand_k(k = 1)")) == []


def test_a_doubt_is_allowed_by_its_code_without_the_flag_as_well() -> None:
    line = "grad(x) - grad(x_old))"
    allowed = MARINA.replace(line, f"{line}    # allow W403: C is exact in the runs")
    assert codes(allowed) == [] and diagnose("x.alg", allowed.encode()) == []
    idle = MARINA.replace("u = g", "u = g    # allow W402: none")
    assert codes(idle) == ["W302", "W403"]
    assert [d.code for d in diagnose("x.alg", idle.encode())] == []


def test_of_several_theorems_the_defaults_may_be_those_of_one() -> None:
    claim = (
        'output x\nguarantee "one" for smooth when gamma <= 1 / L: average(grad_norm2) <= f_gap0 / rounds\n'
    )
    other = claim.replace("output x\n", "").replace("one", "other").replace("1 / L", "0.1 / L")
    exact = MARINA.replace("contractive = top_k(k = 1)", "unbiased = rand_k(k = 1)")
    assert codes(exact.replace("output x\n", claim + other)) == []
    assert codes(exact.replace("output x\n", "output x\n" + other)) == ["W404"]


@pytest.mark.parametrize(
    "kept",
    [
        "e = 0.9 * e + grad(x) - m",  # the memory decays
        "e = grad(x) - m + e",
        "e = (grad(x) + e) - m",
    ],
)
def test_error_memories_that_keep_what_was_lost(kept: str) -> None:
    text = MARINA.replace(
        "node -> server: m = grad(x)\n    server: g = mean(m)", "node: e = zeros\n    server: g = zeros"
    )
    text = text.replace("C(grad(x) - grad(x_old))", "C(e + grad(x))").replace("        x_old = x\n", "")
    text = text.replace("server: g = g + mean(m)", f"node: {kept}\n    server: g = mean(m)")
    assert codes(text) == []
