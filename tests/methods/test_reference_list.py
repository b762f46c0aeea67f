"""Reductions T1 - T36 and negative tests of the reference on these methods: each is a law of a spec, or a test that runs.

The first table says which is where, and is held to name what exists; what no other file has is tested below.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.problems import Problems
from cablese.runtime.library import find_spec
from cablese.runtime.verify.problems import Trial
from cablese.runtime.verify.trials import Bench, options_of
from runs import SADDLE, assert_same_path, run

TESTS = Path(__file__).parents[1]

LAWS: dict[str, tuple[tuple[str, str], ...]] = {
    "T1": (("dcgd", "GD when Q = identity()"),),
    "T2": (("diana", "DCGD when alpha = 0"),),
    "T3": (("diana", "SGD when Q = identity()"),),
    "T4": (("ef21", "GD when C = identity()"),),
    "T5": (("ef21_c", "DIANA(Q = C, alpha = 1"),),
    "T6": (("double_squeeze", "EF_SGD(C = C_up) when C_dwn = identity()"),),
    "T7": (("dist_ef_sgd", "DOUBLE_SQUEEZE"),),
    "T8": (("dgc", "EF_SGD when beta = 0"),),
    "T9": (("dgc", "SGD when C = identity()"),),
    "T11": (("dore", "DIANA(Q = C_up) when C_dwn = identity(), beta = 1"),),
    "T12": (("dore", "Artemis when eta = 0, beta = 1"),),
    "T13": (("artemis", "DIANA(Q = C_up) when C_dwn = identity()"), ("artemis", "BI_QSGD when alpha = 0")),
    "T14": (("mcm", "DIANA(Q = C_up, alpha = alpha_up) when C_dwn = identity()"),),
    "T15": (("mcm", "MODEL_DIFFERENCE_COMPRESSION when alpha_up = 0, alpha_dwn = 1"),),
    "T16": (("rand_mcm", "MCM when C_dwn = rand_k"), ("rand_mcm_g", "MCM when C_dwn = rand_k")),
    "T17": (("ghost", "DCGD(Q = C_up) when C_dwn = identity()"),),
    "T18": (("marina", "GD when Q = identity()"), ("marina", "GD when p = 1")),
    "T19": (("vr_marina", "MARINA when b = max(samples_i)"), ("vr_marina", "PAGE when Q = identity()")),
    "T20": (("vr_diana", "L_SVRG when Q = identity()"),),
    "T21": (("vr_diana", "DIANA when b = max(samples_i)"),),
    "T22": (("scaffold_2", "FED_GATE(eta = eta_l, gamma = eta_g) when S = everyone"),),
    "T23": (("fed_comgate", "GD(gamma = eta * gamma) when H = 1, Q = identity()"),),
    "T24": (("qsparse_local_sgd", "EF_SGD when H = 1"), ("qsparse_local_sgd", "LOCAL_SGD when C = identity()")),
    "T26": (("pp_marina", "MARINA when S = everyone"),),
    "T27": (("vr_pp_marina", "PP_MARINA when b = max(samples_i)"), ("vr_pp_marina", "VR_MARINA when S = everyone")),
    "T28": (("comp_ams", "AMS_GRAD when C = identity()"),),
    "T29": (("power_sgd", "SGD_M when P = power_sgd(rank = 1)"),),
    "T30": (("masha1", "Extragradient when tau = 0"),),
    "T31": (("masha1_stochastic", "EG_VR(p = 1 - tau) when Q_dev = identity()"),),
    "T32": (("masha2", "MASHA1(Q_dev = identity(), Q_srv = identity()) when C_dev = identity()"),),
    "T33": (
        ("quantised_eg", "Extragradient when Q = identity()"),
        ("qgda", "GDA when Q = identity()"),
        ("ef_gda", "GDA when C = identity()"),
    ),
    "T34": (("choco_sgd", "ADAPT_THEN_COMBINE when C = identity(), gamma = 1"),),
    "T36": (("extra_step_local_sgd", "Extragradient when H = 1, n = 1"), ("local_sgda", "GDA when H = 1")),
}  # fmt: skip
"""Laws of specs, which `cablese verify` proves or runs."""

RUN: dict[str, tuple[str, str]] = {
    "T8, first half": ("methods/test_reference_list.py", "test_ecq_sgd_with_full_weights_is_ef_sgd"),
    "T10": ("methods/test_reference_list.py", "test_what_memories_hold_back_is_all_that_parts_ef_sgd_from_gd"),
    "T14, second half": ("methods/test_laws.py", "test_mcm_without_downlink_compression_is_diana"),
    "T15, second half": ("methods/test_reference_list.py", "test_mcm_without_its_memory_is_model_compression"),
    "T16, as many groups as nodes": ("methods/test_laws.py", "test_rand_mcm_with_a_group_for_each_node_is_rand_mcm"),
    "T21, second half": ("methods/test_reference_list.py", "test_vr_diana_without_a_memory_compresses_l_svrg"),
    "T25": ("methods/test_reference_list.py", "test_fed_glomo_with_one_exact_step_is_gd"),
    "T35": ("methods/test_decentralised.py", "test_adapt_then_combine_over_a_complete_graph_is_sgd"),
    "A3 on differing nodes leaves a floor": ("methods/test_laws.py", "test_memories_are_what_makes_diana_converge"),
    "F4, F5 diverge on a near rotation": ("methods/test_reference_list.py", "test_compressed_descent_ascent_diverges"),
    "F8 with F_m(w) stalls": ("methods/test_reference_list.py", "test_masha1_with_the_full_operator_at_w_stalls"),
    "A5, A6 stand still on differing nodes": ("methods/test_reference_list.py", "test_a_vote_of_signs_can_be_stuck"),
    "unscaled Rand-K is biased": ("methods/test_reference_list.py", "test_unscaled_rand_k_shrinks_the_mean"),
    "Top-1 without memory diverges": ("methods/test_reference_list.py", "test_top_1_without_a_memory_walks_away"),
    "GD threshold": ("methods/test_laws.py", "test_gd_is_stable_below_two_over_lambda"),
    "A3 threshold": ("methods/test_reference_list.py", "test_the_threshold_of_compressed_descent"),
    "A12 threshold": ("methods/test_reference_list.py", "test_the_threshold_of_marina"),
    "GDA threshold": ("methods/test_reference_list.py", "test_the_threshold_of_descent_ascent"),
    "EG threshold": ("methods/test_laws.py", "test_extragradient_on_a_rotation"),
}  # fmt: skip
"""Tests by file and name."""


@pytest.mark.parametrize("row", LAWS)
def test_a_reduction_is_a_law_of_its_spec(row: str) -> None:
    for spec, law in LAWS[row]:
        assert f"\nequals {law}" in find_spec(spec).text


@pytest.mark.parametrize("row", RUN)
def test_a_row_that_is_no_law_is_a_test(row: str) -> None:
    file, name = RUN[row]
    assert f"\ndef {name}(" in (TESTS / file).read_text(encoding="utf-8")


def test_every_row_has_its_place() -> None:
    rows = {name.partition(",")[0] for name in (*LAWS, *RUN)}
    assert {f"T{number}" for number in range(1, 37)} <= rows


# --- reductions ----------------------------------------------------------------------------------------------

QUADRATIC = "quadratic(d = 6, mu = 0.1, L = 1, spread = 1, seed = 3)"


def test_ecq_sgd_with_full_weights_is_ef_sgd() -> None:
    """Errors are gradients here and steps there: natural compression keeps powers of two apart, so the step is one."""
    shared = {"gamma": 2.0**-5}
    left = run("ecq_sgd", 30, 3, QUADRATIC, set={"Q": "natural()", "a": 1, "beta": 1, **shared})
    right = run("ef_sgd", 30, 3, QUADRATIC, set={"C": "natural()", **shared})
    assert_same_path(left, right)


def test_what_memories_hold_back_is_all_that_parts_ef_sgd_from_gd() -> None:
    """x - mean e moves by -gamma grad f(x), taken at x itself: whatever the compressor, to rounding."""
    trial, seen = Trial(QUADRATIC, 3), list[tuple[np.ndarray, np.ndarray]]()
    options = options_of(trial, 20, ("C = rand_k(k = 2, scaled = false)", "gamma = 0.05"))
    bench = Bench.make(find_spec("ef_sgd"), options, Problems(), frozenset({"e"}))
    bench.course(1, lambda _, values: seen.append((np.array(values["x"]), np.array(values["e"]))))
    run_context = bench.prepared.context
    oracle = run_context.problem.oracle(run_context.backend, 0, 3)
    for (x, e), (x_new, e_new) in pairwise(seen):
        moved = (x_new - e_new.mean(axis=0)) - (x - e.mean(axis=0))
        np.testing.assert_allclose(moved, -0.05 * np.mean(oracle.gradients(x), axis=0), rtol=1e-9, atol=1e-13)
    assert max(np.abs(e).max() for _, e in seen) > 0.01


def test_fed_glomo_with_one_exact_step_is_gd() -> None:
    """Whatever the server's momentum is: its two estimates are the same."""
    left = run(
        "fed_glomo", 30, 3, QUADRATIC, set={"H": 1, "Q": "identity()", "r": 3, "beta": 0.3, "eta": 0.2}
    )
    assert_same_path(left, run("gd", 30, 3, QUADRATIC, set={"gamma": 0.2}))


def test_mcm_without_its_memory_is_model_compression() -> None:
    shared = {"C_up": "rand_k(k = 3)", "C_dwn": "natural()", "gamma": 0.02}
    left = run("mcm", 30, 3, QUADRATIC, set={"alpha_up": 0, "alpha_dwn": 0, **shared})
    assert_same_path(left, run("model_compression", 30, 3, QUADRATIC, set=shared))


COMPRESSED_SVRG = """algorithm Compressed
problem minimize
compressor Q: unbiased
param b
param p
param gamma
init:
    all:
        x = x0
        w = x0
    node: full = grad(w)
round:
    server: event c ~ bernoulli(p)
    server -> all: c
    node: event xi ~ minibatch(b)
    node -> server: m = Q(grad(x, xi) - grad(w, xi) + full)
    if c:
        all: w = x
        node: full = grad(w)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""
"""QSGD on the gradients of L-SVRG."""


def test_vr_diana_without_a_memory_compresses_l_svrg() -> None:
    problem = 'least_squares(data = "diabetes", scale = "columns")'
    shared = {"Q": "rand_k(k = 3)", "b": 4, "p": 0.25, "gamma": 0.01}
    left = run("vr_diana", 30, 3, problem, set={"alpha": 0, **shared})
    assert_same_path(left, run(Source("c.alg", COMPRESSED_SVRG), 30, 3, problem, set=shared))


# --- what must not work --------------------------------------------------------------------------------------

BIASED = """algorithm Biased
problem minimize
compressor C: contractive
param gamma
init:
    all: x = x0
round:
    node -> server: m = C(grad(x))
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""
"""DCGD with a compressor that it is not made for."""


@pytest.mark.parametrize(
    ("spec", "compressor"), [("qgda", "Q = rand_k(k = 4)"), ("ef_gda", "C = top_k(k = 4)")]
)
def test_compressed_descent_ascent_diverges(spec: str, compressor: str) -> None:
    """Near a rotation only steps below 2 lam/(lam^2 + sigma^2) contract, and extragradient takes a hundred times longer."""
    near = "bilinear_saddle(d = 4, lam = 0.01, seed = 0)"
    name, _, value = compressor.partition(" = ")
    norms = run(spec, 300, 3, near, set={name: value, "gamma": 0.3}).trace["residual2"]
    assert norms[-1] > 100 * norms[0]
    assert run("extragradient", 300, 3, near, set={"gamma": 0.3}).trace["residual2"][-1] < norms[0]


@pytest.mark.slow
def test_masha1_with_the_full_operator_at_w_stalls() -> None:
    """The paper's device line subtracts F_m(w), not the sample's operator there: the noise of sampling stays."""
    right = find_spec("masha1_stochastic").text
    wrong = right.replace("F(z_half, xi) - F(w, xi)", "F(z_half, xi) - F(w)")
    game = "bilinear_game(d = 3, lam = 0.5, samples = 10, seed = 0)"
    ends = []
    for text in (right, wrong):
        found = cablese.run(
            Source("m.alg", text), problem=game, nodes=3, rounds=1500, wire="float64",
            set={"Q_dev": "identity()", "tau": "0.9", "gamma": "0.1"},
        )  # fmt: skip
        ends.append(found.trace["residual2"][-1])
    assert ends[0] < 1e-6
    assert ends[1] > 1e-3


def _of_rows(
    folder: Path, rows: list[list[float]], targets: list[float], start: list[float]
) -> dict[str, Any]:
    """Least squares with a row a node, started elsewhere than at 0."""
    np.savez(folder / "rows.npz", X=np.array(rows), y=np.array(targets))
    np.savez(folder / "start.npz", x=np.array(start))
    text = f'least_squares(data = "{folder / "rows.npz"}", x0 = "file:{folder / "start.npz"}"'
    return {"nodes": len(rows), "problem": text}


def test_a_vote_of_signs_can_be_stuck(tmp_path: Path) -> None:
    """f_i = (x - y_i)^2/2 with y = 1, 1, -1: two of three nodes pull to 1 for ever, and the minimum is at 1/3."""
    given = _of_rows(tmp_path, [[1.0], [1.0], [1.0]], [1.0, 1.0, -1.0], [0.0])
    found = run("sign_sgd_mv", 400, given["nodes"], given["problem"] + ")", set={"beta": 0, "gamma": 0.01})
    assert found.output == pytest.approx([1.0], abs=0.02)


def test_unscaled_rand_k_shrinks_the_mean() -> None:
    """Without scale rand_k(k = 1) of 4 entries keeps a quarter in the mean: 20 000 nodes with one gradient tell."""
    problem = "quadratic(d = 4, mu = 1, L = 1, spread = 0, seed = 0)"
    found = cablese.run(
        BIASED, problem=problem, nodes=20000, rounds=1, wire="float64",
        set={"C": "rand_k(k = 1, scaled = false)", "gamma": "1"},
    )  # fmt: skip
    whole = cablese.run("gd", problem=problem, nodes=2, rounds=1, wire="float64", set={"gamma": "1"})
    assert found.output == pytest.approx(whole.output / 4, rel=0.1)


def test_top_1_without_a_memory_walks_away(tmp_path: Path) -> None:
    """Beznosikov et al. (2020): f_i = <a_i, x>^2 + |x|^2/4 on n = d = 3; each round multiplies x by 1 + 11 gamma/6."""
    rows = np.sqrt(2.0) * np.array([[-3.0, 2, 2], [2, -3, 2], [2, 2, -3]])
    given = _of_rows(tmp_path, rows.tolist(), [0.0, 0.0, 0.0], [0.5, 0.5, 0.5])
    problem, gamma = given["problem"] + ", l2 = 0.5)", 0.01
    chosen = {"gamma": str(gamma), "C": "top_k(k = 1)"}
    away = cablese.run(BIASED, problem=problem, nodes=3, rounds=50, wire="float64", set=chosen)
    assert away.output == pytest.approx(np.full(3, 0.5 * (1 + 11 * gamma / 6) ** 50), rel=1e-9)
    for spec in ("ef_sgd", "ef21"):
        norms = run(spec, 2000, 3, problem, set={"C": "top_k(k = 1)", "gamma": gamma}, every=100).trace[
            "grad_norm2"
        ]
        assert norms[-1] < 1e-6 * norms[0]


ALIKE = "quadratic(d = 20000, mu = 1, L = 1, spread = 0, seed = 0)"


@pytest.mark.parametrize("gamma", [1.2, 1.45])
def test_the_threshold_of_compressed_descent(gamma: float) -> None:
    """Half of the entries, doubled: omega = 1. E |x - x*|^2 is multiplied by (1 - gamma)^2 + gamma^2 omega/n a round; of two
    nodes it falls if and only if gamma < 2/(1 + omega/n) = 4/3."""
    chosen = {"Q": "rand_p(p = 0.5)", "gamma": gamma}
    norms = run("dcgd", 3, 2, ALIKE, set=chosen).trace["grad_norm2"]
    factor = (1 - gamma) ** 2 + gamma**2 / 2
    assert (factor < 1) is (gamma < 4 / 3)
    # gradients of noise alone: x - x* = (1 - gamma) (x - x*) - gamma noise of (x - x*)
    assert norms[3] / norms[0] == pytest.approx(factor**3, rel=0.1)


def _moments(gamma: float, n: int) -> np.ndarray:
    """The map of E x^2, E x g, E g^2 in a round of MARINA on x^2/2: each node sends its difference, doubled, or 0, by a
    coin of its own, and the shared coin of p = 1/2 sets g right."""
    stepped = np.array([1, -2 * gamma, gamma**2])  # E x+^2
    beside = np.array([0, 1 - gamma, -gamma * (1 - gamma)])  # E x+ g+ without the shared coin
    square = np.array([0, 0, (1 - gamma) ** 2 + gamma**2 / n])
    return np.array([stepped, (stepped + beside) / 2, (stepped + square) / 2])


@pytest.mark.parametrize(
    ("n", "threshold"), [(1, 1.0), (2, 1.2808), (5, 1.6046), (10, 1.7732), (100, 1.9738)]
)
def test_the_reference_s_thresholds_of_marina(n: int, threshold: float) -> None:
    """s_n = (n + sqrt(9 n^2 + 16 n)) / (2 (n + 2))."""
    assert threshold == pytest.approx((n + np.sqrt(9 * n**2 + 16 * n)) / (2 * (n + 2)), abs=1e-4)
    growth = [max(abs(np.linalg.eigvals(_moments(share * threshold, n)))) for share in (0.99, 1.01)]
    assert growth[0] < 1 < growth[1]


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [1.15, 1.45])
def test_the_threshold_of_marina(gamma: float) -> None:
    """The mean over all sequences of five coins, each run on 20 000 coordinates that draw by themselves, of two nodes."""
    rounds, total = 5, np.zeros(6)
    text = find_spec("marina").text.replace("event c ~ bernoulli(p)", "c = floor(code / 2^k) % 2 == 1")
    text = text.replace("round:", "round k:").replace("init:", "param code = 0\n\ninit:", 1)
    text = "".join(f"{line}\n" for line in text.splitlines() if not line.startswith(("guarantee", "equals")))
    for code in range(2**rounds):
        chosen = {"Q": "rand_p(p = 0.5)", "gamma": gamma, "code": code}
        total += run(Source("coins.alg", text), rounds, 2, ALIKE, set=chosen).trace["grad_norm2"]
    found, moments = total / total[0], np.ones(3)
    for k in range(rounds + 1):
        assert found[k] == pytest.approx(moments[0], rel=0.05)
        moments = _moments(gamma, 2) @ moments


@pytest.mark.parametrize("share", [0.95, 1.05])
def test_the_threshold_of_descent_ascent(share: float) -> None:
    """On eigenvalues lam ± i sigma: stable if and only if gamma < 2 lam/(lam^2 + sigma^2), here of d = 1 and one node."""
    game = "bilinear_saddle(d = 1, lam = 0.5, seed = 0)"
    gamma = share * 2 * 0.5 / (0.25 + 1)
    norms = run("gda", 200, 1, game, set={"gamma": gamma}).trace["residual2"]
    assert bool(norms[-1] < norms[0]) is (share < 1)


def test_the_games_of_these_tests_have_a_solution() -> None:
    assert run("extragradient", 200, 3, SADDLE, set={"gamma": 0.3}).trace["residual2"][-1] < 1e-3
