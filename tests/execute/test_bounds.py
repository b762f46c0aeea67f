"""Bounds of guarantees under given constants, against the formulas of their theorems."""

from __future__ import annotations

import math

import pytest
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.execute.bounds import Bound, NoNumber
from cablese.runtime.execute.resolve import Resolver
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

CONSTANTS = {"n": 4, "d": 10, "L": 2.0, "L_mean2": 2.0, "L_max": 3.0, "mu": 0.5, "rounds": 7}
RATE = """algorithm Descent
problem minimize
param gamma = 1 / L
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
guarantee "rate" for strongly_convex when gamma <= 1 / L and gamma < 1: last(dist2(x)) <= (1 - gamma * mu)^rounds * dist2_0
guarantee "other" for smooth when L * gamma <= 1: last(f_gap + norm2(x - x_star)) <= start(f_gap) / rounds
"""


def bounds(source: Source, *settings: str) -> list[Bound]:
    program = compile_spec(source, plugins(), settings)
    resolver = Resolver(program, CONSTANTS.get, 10, 64)
    return [Bound(guarantee, resolver) for guarantee in program.guarantees]


def test_marina_by_hand() -> None:
    """Gorbunov et al. (2021), Theorem 2.1: gamma = 1/(L (1 + sqrt((1 - p) omega/(p n)))) of rand_k(k = 1), p = 1/d."""
    bound = bounds(find_spec("marina"))[0]
    gamma = 1 / (2 * (1 + math.sqrt(0.9 * 9 / (0.1 * 4))))
    assert bound.allowed
    name, edge = bound.edge() or ("", 0.0)
    assert (name, edge) == ("gamma", pytest.approx(gamma))
    start = {"f_gap0": 3.0, "#m0": 1.0}
    assert bound.right(start, 100) == pytest.approx(2 * 3.0 / (gamma * 100))
    assert bound.left(start, 100) == 1.0


def test_rounds_to_an_accuracy() -> None:
    rate, other = bounds(Source("rate.alg", RATE))
    assert rate.rounds_to(1e-3, {"dist2_0": 2.0}) == math.ceil(math.log(2e3) / -math.log(0.75))
    assert rate.rounds_to(5.0, {"dist2_0": 2.0}) == 1
    assert bounds(Source("rate.alg", RATE), "gamma = 0")[0].rounds_to(1e-3, {"dist2_0": 2.0}) is None
    assert other.edge() is None


def test_parts_of_a_condition_that_do_not_hold() -> None:
    rate, other = bounds(Source("rate.alg", RATE), "gamma = 0.75")
    assert not rate.allowed
    assert rate.broken() == ["gamma <= 1 / L"]
    assert other.broken() == ["L * gamma <= 1"]


def test_what_no_run_has_told() -> None:
    with pytest.raises(NoNumber, match="start"):
        bounds(Source("rate.alg", RATE))[1].right({}, 3)
