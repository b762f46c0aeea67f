"""The gradients of a method, from its plan alone, are those that oracles count in the mean of runs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan, sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.cost import Cost, cost_of
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.scale import Scale
from cablese.runtime.library import find_spec
from execute_runs import runs_of_seeds
from library_tiers import REPRESENTATIVE, VARIATIONAL, specs_by_tier

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "algorithms").glob("*/*.alg"))
OF_CHANCE = {
    "adiana",
    "artemis_pp1",
    "artemis_pp2",
    "byz_vr_marina",
    "canita",
    "dasha_pp",
    "ef21_pp",
    "eg_vr",
    "l_svrg",
    "marina",
    "marina_perm_k",
    "masha1",
    "masha1_monotone",
    "masha1_stochastic",
    "masha1_stochastic_monotone",
    "masha2",
    "masha2_stochastic",
    "mifa",
    "page",
    "pp_marina",
    "vr_diana",
    "vr_diana_sgda",
    "vr_marina",
    "vr_marina_online",
    "vr_pp_marina",
}
OWN_COUNTS = {"ec_lsvrg_diana", "fed_nova"}
"""Specs of which each node decides for itself how many it computes: for them there is an upper bound alone."""
LOOPING = {"tamuna"}
"""Specs whose loops are as long as a draw says: of them the cost is told for each pass."""
FIXED = {
    "locodl": ("p=0.4",),
    "scaffnew": ("p=0.4",),
    "compressed_scaffnew": ("p=0.4",),
}  # their p is computed from mu, which only a problem tells
SAMPLES, NODES, D = 34, 13, 10
FAR = 6.0
"""A mean of 40 normal runs is so many of its estimated deviations off with a chance of some 1e-6."""


def source_of(spec: str) -> Source:
    return Source("spec.alg", spec) if "\n" in spec else find_spec(spec)


def cost(spec: str, rounds: int, samples: int | None, **options: Any) -> Cost:
    return cost_of(source_of(spec), Scale(Options(nodes=NODES, rounds=rounds, **options), D, samples))


def calls(spec: str, rounds: int, seeds: Sequence[int] = (0,), **options: Any) -> list[float]:
    """Sample gradients of a node that runs count, one of each seed."""
    problem = (
        'least_squares(data = "diabetes")'
        if spec not in VARIATIONAL
        else f"bilinear_saddle(d = {D // 2}, lam = 0.5)"
    )
    given = {"nodes": NODES, "rounds": rounds, "every": max(1, rounds), "problem": problem, **options}
    found = []
    for recording in runs_of_seeds(spec, seeds, **given):
        assert recording.header is not None and set(recording.header.samples) <= {1, SAMPLES}
        found.append(recording.points[-1].oracle_calls)
    return found


def predicted(spec: str, rounds: int, **options: Any) -> float:
    samples = 1 if spec in VARIATIONAL else SAMPLES
    found = cost(spec, rounds, samples, **options)
    assert found.gradients is not None and found.gradients_in_init is not None
    assert not found.gradients.note
    return rounds * found.gradients.samples(samples) + found.gradients_in_init.samples(samples)


CERTAIN = [
    pytest.param(name, settings, marks=[] if name in REPRESENTATIVE else [pytest.mark.slow])
    for name in SPECS
    if name not in OF_CHANCE | OWN_COUNTS | LOOPING
    for settings in (FIXED.get(name, ()), ("b=5",))
    if settings != ("b=5",) or "minibatch(b)" in find_spec(name).text
]


@pytest.mark.parametrize(("name", "settings"), CERTAIN)
def test_without_chance_the_gradients_are_those_that_are_counted(
    name: str, settings: tuple[str, ...]
) -> None:
    found = predicted(name, 6, settings=settings)
    assert [found] == pytest.approx(calls(name, 6, settings=settings), rel=1e-12)


def assert_mean(spec: str, rounds: int, runs: int, **options: Any) -> None:
    counted = calls(spec, rounds, range(runs), **options)
    mean = predicted(spec, rounds, **options)
    assert abs(fmean(counted) - mean) <= FAR * stdev(counted) / sqrt(runs) + 1e-9 * mean


@pytest.mark.parametrize("name", specs_by_tier(OF_CHANCE))
def test_gradients_are_the_mean_of_runs(name: str) -> None:
    assert_mean(name, rounds=12, runs=40, settings=("b=5",) if name == "vr_marina" else ())


HEAD = """algorithm Kept
problem minimize
param b = max(samples_i)
init:
    all: x = x0; w = x0; g = zeros
    node: h = zeros
round k:
"""
TAIL = """    all: x = x - 0.001 * g
output x
"""
KEPT = {
    "a reference point": """    all: event c ~ bernoulli(0.3)
    if c:
        all: w = x
    node -> server: m = grad(x) - grad(w)
    server -> all: g = mean(m)
""",
    "a reference point, now and then": """    all: event c ~ bernoulli(0.3); event a ~ bernoulli(0.5)
    if c:
        all: w = x
    if a:
        node -> server: m = grad(w)
        server -> all: g = mean(m)
""",
    "sets that overlap": """    all: event S ~ subset(n, 4); event T ~ each(0.2); event B ~ sample(n, 6)
    node in S -> server: m = grad(x)
    node in T -> server: u = grad(x)
    node in B -> server: v = grad(w) + grad(x)
    server -> all: g = sum(m) / n
""",
    "a reference point of some": """    all: event S ~ subset(n, 4)
    node in S -> server: m = grad(x) - grad(w)
    server -> all: g = sum(m) / n
""",
    "own points of copies": """    all: event B ~ sample(n, 6)
    node in B:
        y = x - 0.1 * grad(x)
        z = grad(y)
    node in B -> server: m = z
    server -> all: g = mean(m)
""",
    "sets that nodes learn of": """    server: event S ~ subset(n, 4)
    server -> node in S: u = 1.0 * x
    node in who(u) -> server: m = grad(x)
    server -> all: g = sum(m) / n
""",
    "sets by coins": """    node: event c ~ bernoulli(0.3)
    node when c -> server: m = grad(x) - grad(w)
    server -> all: g = sum(m) / n
""",
    "loops": """    all: event H ~ choice(0, 3)
    node:
        y = x
        repeat H:
            event xi ~ minibatch(5)
            y = y - 0.01 * grad(y, xi)
    node -> server: m = x - y
    server -> all: g = mean(m)
""",
    "a long loop": """    node:
        y = x
        repeat 100:
            y = y - 0.0001 * grad(y)
    node -> server: m = x - y
    server -> all: g = mean(m)
""",
    "minibatches kept": """    node: event xi ~ minibatch(5)
    node -> server: m = grad(x, xi) - grad(w, xi) + grad(w)
    server -> all: g = mean(m)
    if k % 4 == 3:
        all: w = x
""",
    "with replacement": """    node: event xi ~ minibatch(60, replace = true)
    node -> server: m = grad(x, xi)
    server -> all: g = mean(m)
""",
}


@pytest.mark.parametrize("kind", KEPT)
def test_gradients_that_nodes_still_hold_are_free(kind: str) -> None:
    assert_mean(HEAD + KEPT[kind] + TAIL, rounds=8, runs=40)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KEPT)
def test_gradients_are_the_mean_of_many_runs(kind: str) -> None:
    assert_mean(HEAD + KEPT[kind] + TAIL, rounds=15, runs=150)


@pytest.mark.parametrize("last", ["", ", drop_last = true"])
def test_batches_in_epochs_count_what_remains(last: str) -> None:
    """34 samples are 30 and 4, over whole epochs."""
    lines = f"""    node: event xi ~ minibatch(30, order = epochs{last})
    node -> server: m = grad(x, xi)
    server -> all: g = mean(m)
"""
    assert_mean(HEAD + lines + TAIL, rounds=8, runs=2)


def test_of_no_round_a_round_is_told_all_the_same() -> None:
    found = cost("gd", 0, None)
    assert found.gradients is not None and found.gradients.all_samples == 1


def test_where_the_run_decides_the_dearer_way_is_taken() -> None:
    lines = "    if norm2(x) > 1:\n        node -> server: m = grad(x)\n    node -> server: u = grad(x)\n"
    found = cost(HEAD + lines + TAIL, 5, None).gradients
    assert found is not None
    assert (found.all_samples, found.note) == (2, "at most")


def test_sizes_of_minibatches_that_only_a_problem_tells() -> None:
    lines = "    node: event xi ~ minibatch(b)\n    node -> server: m = grad(x, xi)\n"
    found = [
        cost(HEAD.replace("max(samples_i)", size) + lines + TAIL, 5, None).gradients
        for size in ("max(samples_i)", "min(samples_i)", "7")
    ]
    assert found[0] is not None and (found[0].all_samples, found[0].single) == (1, 0)
    assert found[1] is not None and isnan(found[1].single)
    assert found[2] is not None and (found[2].all_samples, found[2].single) == (0, 7)
