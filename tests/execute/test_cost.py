"""The cost of a method, from its plan alone, is what the ledger counts in the mean of runs."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.cost import Cost, cost_of
from cablese.runtime.execute.crossover import read_span, stretches
from cablese.runtime.execute.interface import Point
from cablese.runtime.execute.message_sizes import mean_over_coins
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.scale import Scale
from cablese.runtime.library import find_spec
from execute_runs import prepared, run, runs_of_seeds
from library_tiers import REPRESENTATIVE, specs_by_tier
from shipped_runs import EXTRA, NODES, OF_CHANCE, OF_THE_RUN, D, options_of

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "algorithms").glob("*/*.alg"))
NEARLY = {"cocktail_sgd", "lamb", "tamuna"}
"""Specs whose compressors are made of others, or deal coordinates out, of which papers' counts are told about."""
FAR = 6.0
"""A mean of 40 normal runs is so many of its estimated deviations off with a chance of some 1e-6."""


def cost(name: str, count: str = "codec", **options: Any) -> Cost:
    given = {key: value for key, value in options_of(name, **options).items() if key != "problem"}
    spec = Source("spec.alg", name) if "\n" in name else find_spec(name)
    return cost_of(spec, Scale(Options(**given), D, samples=1, count=count))


@pytest.mark.parametrize("name", specs_by_tier())
def test_messages_are_those_of_a_dry_run(name: str) -> None:
    rows = prepared(name, **options_of(name)).messages
    found = cost(name, rounds=5).messages
    assert len(rows) == len(found)
    for row, own in zip(rows, found, strict=True):
        assert (own.line, own.route.value, own.name, own.codec, own.in_init) == (
            row.line, row.route, row.name, row.codec, row.in_init,
        )  # fmt: skip
        assert (own.bits.most, own.copies.most) == pytest.approx((row.bits, row.copies), rel=1e-12)


@pytest.mark.parametrize("name", specs_by_tier(set(SPECS) - OF_CHANCE - OF_THE_RUN))
def test_without_chance_the_cost_is_what_is_counted(name: str) -> None:
    rounds = 7
    found, last = cost(name, rounds=rounds), last_point(name, rounds)
    for up, bits in ((True, last.bits_up), (False, last.bits_down)):
        each, before = found.bits(up=up), found.bits(up=up, in_init=True)
        assert each.known and not each.about
        assert rounds * each.least + before.least == bits
    once, before = found.broadcast(), found.broadcast(in_init=True)
    assert rounds * once.least + before.least == last.bits_down_broadcast


@pytest.mark.parametrize("name", specs_by_tier(set(SPECS) - OF_CHANCE - OF_THE_RUN - NEARLY))
def test_as_papers_count_the_cost_is_what_is_counted(name: str) -> None:
    rounds = 4
    found, last = cost(name, rounds=rounds, count="paper"), last_point(name, rounds)
    for up, bits in ((True, last.bits_paper), (False, last.bits_paper_down)):
        each, before = found.bits(up=up), found.bits(up=up, in_init=True)
        assert each.known and not each.about
        assert rounds * each.least + before.least == bits


def test_where_another_method_sends_less() -> None:
    """MARINA sends a dense vector with the probability k / d as well."""
    scale = Scale(Options(nodes=NODES, settings=("Q=rand_k(k = K)",)), D)
    found = stretches([find_spec("marina"), find_spec("gd")], scale, read_span("K = 1..30"))
    (first, second) = found
    assert (first.first, second.last, first.last + 1) == (1, 30, second.first)
    assert (first.ahead, second.ahead) == (0, 1)
    for number, less in ((first.last, True), (second.first, False)):
        marina, gd = (
            found.bits(up=True).least + found.bits(up=False).least
            for found in (cost("marina", settings=(f"Q=rand_k(k = {number})",)), cost("gd"))
        )
        assert (marina < gd) == less


@pytest.mark.parametrize("text", ["K", "K=5..1", "K=1..x", "=1..2", "K=-1..2"])
def test_spans_are_whole_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="--cross"):
        read_span(text)


def test_uncompressed_vectors_are_floats() -> None:
    assert cost("diana", count="dense").bits(up=True).least == NODES * D * 32


def last_point(name: str, rounds: int, **options: Any) -> Point:
    recording, _ = run(name, **options_of(name, rounds=rounds, every=rounds, **options))
    return recording.points[-1]


@pytest.mark.parametrize("name", specs_by_tier(OF_CHANCE))
def test_the_cost_is_the_mean_of_runs(name: str) -> None:
    assert_mean(name, rounds=20, runs=40)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OF_CHANCE & REPRESENTATIVE))
def test_the_cost_is_the_mean_of_many_runs(name: str) -> None:
    assert_mean(name, rounds=30, runs=100)


def assert_mean(spec: str, rounds: int, runs: int, **options: Any) -> None:
    """A z-test for each total."""
    found, totals = cost(spec, rounds=rounds, **options), defaultdict[str, list[int]](list)
    for recording in runs_of_seeds(
        spec, range(runs), **options_of(spec, rounds=rounds, every=rounds, **options)
    ):
        last = recording.points[-1]
        totals["up"].append(last.bits_up)
        totals["down"].append(last.bits_down)
        totals["once"].append(last.bits_down_broadcast)
    means = {
        "up": rounds * found.bits(up=True).least + found.bits(up=True, in_init=True).least,
        "down": rounds * found.bits(up=False).least + found.bits(up=False, in_init=True).least,
        "once": rounds * found.broadcast().least + found.broadcast(in_init=True).least,
    }
    for total, counted in totals.items():
        deviation = stdev(counted) / sqrt(runs)
        assert abs(fmean(counted) - means[total]) <= FAR * deviation + 1e-9 * means[total], total


@pytest.mark.parametrize("name", specs_by_tier(OF_THE_RUN))
def test_what_the_run_decides_is_in_the_range(name: str) -> None:
    rounds = 20
    found, last = cost(name, rounds=rounds), last_point(name, rounds)
    for up, counted in ((True, last.bits_up), (False, last.bits_down)):
        each, before = found.bits(up=up), found.bits(up=up, in_init=True)
        assert rounds * each.least + before.least <= counted <= rounds * each.most + before.most
    up = found.bits(up=True)
    assert not up.known and found.formulas.up is None


def test_where_the_run_decides_there_is_a_range() -> None:
    found, rounds = cost("clag", rounds=40), 40
    each, before = found.bits(up=True), found.bits(up=True, in_init=True)
    counted = last_point("clag", rounds).bits_up - before.least
    assert each.least * rounds < counted < each.most * rounds
    assert each.least == NODES, "each node tells whether it sends"


HEAD = """algorithm Sets
problem minimize
compressor Q: any = rand_k(k = 3)
param p = 0.4
init:
    all: x = x0; g = zeros
round k:
"""
TAIL = """    all: x = x - 0.01 * g
output x
"""
SETS = {
    "coins of nodes": """    server: event S ~ each(p)
    server -> all: S
    node in S -> server: m = Q(grad(x))
""",
    "subset": """    server: event S ~ subset(n, 1 + k % 3)
    server -> all: S
    node in S -> server: m = grad(x)
""",
    "bag": """    server: event S ~ sample(n, 4)
    server -> all: S
    node in S -> server: m = Q(grad(x))
""",
    "both change": """    all: event c ~ bernoulli(1 / (k + 1))
    if c:
        node -> server: m = Q(grad(x))
""",
    "coins of entries": """    node -> server: m = Q(grad(x))
""",
    "a number": """    all: event H ~ choice(0, 5)
    server -> all: h = H
    repeat H:
        node -> server: m = Q(grad(x))
""",
}
COMPRESSORS = {"both change": "Q=rand_k(k = 1 + floor(k / 2))", "coins of entries": "Q=rand_p(p = 0.3)"}


@pytest.mark.parametrize("kind", SETS)
def test_sets_and_compressors_that_change(kind: str) -> None:
    settings = (COMPRESSORS[kind],) if kind in COMPRESSORS else ()
    assert_mean(HEAD + SETS[kind] + TAIL, rounds=12, runs=40, settings=settings)


@pytest.mark.slow
def test_sets_whose_codes_vary_in_length_have_the_mean_that_is_counted() -> None:
    """Large sets are written in gaps, whose lengths differ from message to message."""
    d, rounds, totals = 2000, 3, []
    given = {"nodes": 6, "rounds": rounds, "settings": ("Q=rand_k(k = 300)",)}
    found = cost_of(find_spec("diana"), Scale(Options(**given), d, samples=1)).bits(up=True)
    for seed in range(40):
        problem = f"quadratic(d = {d}, mu = 0.1, L = 1)"
        run_, _ = run("diana", problem=problem, every=rounds, seed=seed, **given)
        totals.append(run_.points[-1].bits_up)
    assert found.known and stdev(totals) > 0
    assert abs(fmean(totals) - rounds * found.least) <= FAR * stdev(totals) / sqrt(len(totals))


def test_the_mean_over_coins() -> None:
    assert mean_over_coins(float, 1000, 0.3) == pytest.approx(300, rel=1e-12)
    assert mean_over_coins(lambda k: float(k * k), 10**6, 1e-5) == pytest.approx(100 + 10 - 1e-4, rel=1e-8)
    assert [mean_over_coins(float, 7, p) for p in (0, 1)] == [0, 7]


def test_a_loop_of_the_run_has_no_upper_end() -> None:
    lines = "    all: H = floor(norm(x))\n    repeat H:\n        node -> server: m = grad(x)\n"
    each = cost(HEAD + lines + TAIL).bits(up=True)
    assert (each.least, each.most) == (0, float("inf"))


def test_a_number_of_the_problem_is_asked_for() -> None:
    spec = HEAD.replace("p = 0.4", "p = mu / L") + SETS["coins of nodes"] + TAIL
    with pytest.raises(SetupError, match=r"`p`, which is computed from `mu`.*--set p="):
        cost(spec)
    assert cost(spec, settings=("p = 0.5",)).bits(up=True).known
    unread = HEAD.replace("p = 0.4", "p = mu / L") + SETS["subset"] + TAIL
    assert cost(unread).bits(up=True).known


def test_state_by_role() -> None:
    found = cost("rand_mcm_g").state
    assert (found.server, found.node) == ((2 + 2 * 3) * D, 3 * D)
    assert cost("dpsgd").state.server == 0
    assert cost("choco_sgd").state.node == pytest.approx(D + D * (1 + 2 * (NODES - 1) / NODES))


LARGE = """
import tracemalloc
from cablese.runtime.execute.cost import cost_of
from cablese.runtime.execute.scale import Scale
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
names, settings = {names!r}, {settings!r}
given = [(find_spec(name), Options(nodes=10**6, settings=settings.get(name, ()))) for name in names]
costs = lambda: [cost_of(spec, Scale(options, 10**9, 10**6)) for spec, options in given]
costs()
tracemalloc.start()
found = costs()
print(tracemalloc.get_traced_memory()[1])
"""


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["marina", "pp_marina", "clag", "choco_sgd", "power_sgd", "rand_mcm_g"], id="some"),
        pytest.param(SPECS, id="all", marks=pytest.mark.slow),
    ],
)
def test_nothing_as_long_as_vectors_or_nodes_is_made(names: list[str]) -> None:
    settings = {name: extra["settings"] for name, extra in EXTRA.items() if "settings" in extra}
    code = LARGE.format(names=names, settings=settings)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 20_000_000
