"""Laws between shipped specs: with the same draws, methods that reduce to each other take the same path.

Numbers T… are the rows of the equivalence table that the specs' `equals` lines come from.
"""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.execute.views import Groups
from runs import SADDLE, assert_close, assert_same_path, run
from tiers import every

RAND = "rand_k(k = 3)"
GAMMA = 1e-6  # of the size of 1/L of the unscaled data


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        ("sgd", {}),
        ("diana", {"Q": "identity()"}),  # T3
        ("diana", {"Q": "identity()", "alpha": 0.25}),
        ("ef_sgd", {"C": "identity()"}),
        ("ef21", {"C": "identity()"}),  # T4
        ("marina", {"Q": "identity()"}),  # T18
        ("marina", {"Q": "identity()", "p": 0.2}),
        ("marina", {"Q": RAND, "p": 1}),
        ("vr_marina", {"Q": RAND, "p": 1}),
        ("pp_marina", {"Q": RAND, "p": 1}),
        ("artemis", {"C_up": "identity()", "C_dwn": "identity()"}),
        ("mcm", {"C_up": "identity()", "C_dwn": "identity()"}),
    ],
)
def test_reduces_to_gd(spec: str, settings: dict[str, object]) -> None:
    assert_same_path(run(spec, set={"gamma": GAMMA, **settings}), run("gd", set={"gamma": GAMMA}))


def test_dist_ef_block_sgd_without_downlink_compression_is_ef_sgd() -> None:
    """T6: errors are in units of the gradient here and of the step there, which signs do not tell apart."""
    left = run(
        "dist_ef_block_sgd", set={"C_up": "block_sign(size = 7)", "C_dwn": "identity()", "gamma": GAMMA}
    )
    assert_same_path(left, run("ef_sgd", set={"C": "block_sign(size = 7)", "gamma": GAMMA}))


def test_sgd_and_diana_draw_the_same_minibatches() -> None:
    settings = {"gamma": GAMMA, "b": 16}
    left = run("diana", set={"Q": "identity()", **settings})
    assert_same_path(left, run("sgd", set=settings))
    full = run("gd", set={"gamma": GAMMA})
    assert left.trace["loss"][-1] != pytest.approx(full.trace["loss"][-1], rel=1e-6)


@pytest.mark.parametrize("batch", [{}, {"b": 16}])
def test_artemis_without_downlink_compression_is_diana(batch: dict[str, int]) -> None:
    """T13."""
    shared = {"gamma": GAMMA / 10, "alpha": 0.05, **batch}
    left = run("artemis", set={"C_up": RAND, "C_dwn": "identity()", **shared})
    right = run("diana", set={"Q": RAND, **shared})
    assert_same_path(left, right)
    assert_close(left.output, right.output, "output")


@pytest.mark.parametrize("alpha_dwn", [0, 0.5, 1])
def test_mcm_without_downlink_compression_is_diana(alpha_dwn: float) -> None:
    """T14: w_hat is w, whatever the memory does."""
    shared = {"gamma": GAMMA / 10, "b": 16}
    memories = {"alpha_up": 0.05, "alpha_dwn": alpha_dwn}
    left = run("mcm", set={"C_up": RAND, "C_dwn": "identity()", **memories, **shared})
    assert_same_path(left, run("diana", set={"Q": RAND, "alpha": 0.05, **shared}))


@pytest.mark.parametrize("compressor", ["identity()", "rand_k(k = 3, shared = true)"])
def test_rand_mcm_with_the_same_draws_for_all_is_mcm(compressor: str) -> None:
    """T16, first half."""
    shared = {"gamma": GAMMA / 10, "b": 16, "C_up": RAND, "alpha_up": 0.05, "alpha_dwn": 0.1}
    left = run("rand_mcm", set={"C_dwn": compressor, **shared})
    right = run("mcm", set={"C_dwn": compressor, **shared})
    assert_same_path(left, right)
    assert_close(left.output, right.output, "output")
    assert left.trace["bits_down_broadcast"][-1] == 5 * right.trace["bits_down_broadcast"][-1]


def test_rand_mcm_draws_for_each_node() -> None:
    shared = {"gamma": GAMMA / 10, "C_up": RAND, "alpha_up": 0.05, "alpha_dwn": 0.1, "C_dwn": RAND}
    left, right = run("rand_mcm", set=shared), run("mcm", set=shared)
    assert left.trace["loss"][-1] != pytest.approx(right.trace["loss"][-1], rel=1e-6)


GROUPED = {"gamma": GAMMA / 10, "b": 16, "C_up": RAND, "alpha_up": 0.05, "alpha_dwn": 0.1, "C_dwn": RAND}


def test_rand_mcm_with_one_group_is_mcm(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16, second half. A group draws from a stream of its own: here from that of all."""
    monkeypatch.setattr(Groups, "scope", "none")
    left, right = run("rand_mcm_g", set=GROUPED), run("mcm", set=GROUPED)
    assert_same_path(left, right)
    for bits in ("bits_up", "bits_down", "bits_down_broadcast"):
        assert left.trace[bits][-1] == right.trace[bits][-1]


def test_rand_mcm_with_a_group_for_each_node_is_rand_mcm(monkeypatch: pytest.MonkeyPatch) -> None:
    """T16, second half. Here a group draws as its only node would."""
    monkeypatch.setattr(Groups, "scope", "node")
    left, right = run("rand_mcm_g", groups=5, set=GROUPED), run("rand_mcm", set=GROUPED)
    assert_same_path(left, right)
    for bits in ("bits_up", "bits_down", "bits_down_broadcast"):
        assert left.trace[bits][-1] == right.trace[bits][-1]


def test_each_group_is_sent_one_message() -> None:
    """Two groups of three and two nodes: a message counts once each, and for every node that receives it."""
    found = run("rand_mcm_g", rounds=10, groups=2, set={"C_dwn": "identity()"}).trace
    assert found["bits_down_broadcast"][-1] == 10 * 2 * 30 * 64
    assert found["bits_down"][-1] == 10 * 5 * 30 * 64


def test_clag_that_always_sends_is_ef21() -> None:
    settings = {"C": "top_k(k = 3)", "gamma": GAMMA}
    left, right = run("clag", set={"zeta": 0, **settings}), run("ef21", set=settings)
    assert_same_path(left, right)
    assert left.trace["bits_up"][-1] == right.trace["bits_up"][-1] + 60 * 5  # whether a node sends is a bit


@pytest.mark.parametrize("batch", [{}, {"b": 16}])
def test_local_sgd_with_one_local_step_is_sgd(batch: dict[str, int]) -> None:
    """D1 at H = 1. Draws are keyed by the iteration too, so minibatches agree in number alone."""
    left = run("local_sgd", set={"H": 1, "gamma": GAMMA, **batch})
    right = run("sgd", set={"gamma": GAMMA, **batch})
    assert_close(left.trace["oracle_calls"], right.trace["oracle_calls"], "oracle_calls")
    if not batch:
        assert_same_path(left, right)


def test_qsparse_local_sgd_with_one_local_step_is_ef_sgd() -> None:
    """T24, first half: what is dropped, and when it is sent, agree."""
    settings = {"C": "top_k(k = 2)", "gamma": GAMMA}
    left, right = run("qsparse_local_sgd", set={"H": 1, **settings}), run("ef_sgd", set=settings)
    assert_same_path(left, right)
    assert_close(left.trace["bits_up"], right.trace["bits_up"], "bits_up")


@pytest.mark.parametrize("batch", [{}, {"b": 16}])
@pytest.mark.parametrize("steps", [1, 5])
def test_qsparse_local_sgd_without_compression_is_local_sgd(steps: int, batch: dict[str, int]) -> None:
    """T24, second half: the same minibatches in every iteration."""
    shared = {"H": steps, "gamma": GAMMA, **batch}
    left = run("qsparse_local_sgd", set={"C": "identity()", **shared})
    assert_same_path(left, run("local_sgd", set=shared))


def test_local_steps_are_not_one_longer_step() -> None:
    left, right = run("local_sgd", set={"H": 4, "gamma": GAMMA}), run("gd", set={"gamma": 4 * GAMMA})
    assert left.trace["loss"][-1] != pytest.approx(right.trace["loss"][-1], rel=1e-6)


def test_no_local_step_stands_still() -> None:
    trace = run("local_sgd", set={"H": 0, "gamma": GAMMA}).trace
    assert trace["loss"][-1] == trace["loss"][0]
    assert trace["oracle_calls"][-1] == 0


def test_vr_marina_on_full_batches_is_marina() -> None:
    """T19: same coins, same coordinates."""
    settings = {"Q": RAND, "p": 0.2, "gamma": GAMMA / 4}
    left, right = run("vr_marina", set=settings), run("marina", set=settings)
    assert_same_path(left, right)
    assert_close(left.trace["bits_up"], right.trace["bits_up"], "bits_up")


def test_vr_marina_on_small_batches_is_not() -> None:
    settings = {"Q": RAND, "p": 0.2, "gamma": GAMMA / 4}
    left, right = run("vr_marina", set={"b": 8, **settings}), run("marina", set=settings)
    assert left.trace["loss"][-1] != pytest.approx(right.trace["loss"][-1], rel=1e-6)


@pytest.mark.parametrize("tau", [0, 0.6])
def test_masha1_reduces_to_extragradient(tau: float) -> None:
    """T30 at tau = 0; at tau > 0 the reference point lags behind, and the paths part."""
    left = run("masha1", problem=SADDLE, set={"Q_dev": "identity()", "tau": tau, "gamma": 0.3})
    right = run("extragradient", problem=SADDLE, set={"gamma": 0.3})
    if tau == 0:
        assert_same_path(left, right)
        assert_close(left.output, right.output, "output")
    else:
        assert left.trace["residual2"][-1] > 10 * right.trace["residual2"][-1]


# --- scalar thresholds and what must not work --------------------------------------------------------


SCALAR = "quadratic(d = 1, mu = 1, L = 1, spread = 0, seed = 0)"


@pytest.mark.parametrize(("gamma", "settles"), [(1.9, True), (2.1, False)])
def test_gd_is_stable_below_two_over_lambda(gamma: float, settles: bool) -> None:
    norms = run("gd", 200, 2, SCALAR, set={"gamma": gamma}).trace["grad_norm2"]
    assert (norms[-1] < norms[0]) == settles
    # x - x* is multiplied by 1 - gamma in each round
    assert norms[20] / norms[0] == pytest.approx((1 - gamma) ** 40, rel=1e-6)


@pytest.mark.parametrize(("gamma", "settles"), [(0.9, True), (1.1, False)])
def test_extragradient_on_a_rotation(gamma: float, settles: bool) -> None:
    """z+ = (1 - gamma^2 - i gamma) z, stable if and only if gamma < 1."""
    rotation = "bilinear_saddle(d = 1, lam = 0, seed = 0)"
    norms = run("extragradient", 100, 1, rotation, set={"gamma": gamma}).trace["residual2"]
    assert (norms[-1] < norms[0]) == settles
    factor = (1 - gamma**2) ** 2 + gamma**2
    assert norms[20] / norms[0] == pytest.approx(factor**20, rel=1e-6)


SPREAD = "quadratic(d = 20, mu = 0.1, L = 1, spread = 1, seed = 0)"


@pytest.mark.slow
def test_memories_are_what_makes_diana_converge() -> None:
    """Without them (alpha = 0) compressed gradients of differing nodes never become small."""
    settings = {"Q": "rand_k(k = 5)", "gamma": 0.1}
    with_memory = run("diana", 2000, 5, SPREAD, set=settings).trace["grad_norm2"]
    without = run("diana", 2000, 5, SPREAD, set={"alpha": 0, **settings}).trace["grad_norm2"]
    assert with_memory[-1] < 1e-12 * with_memory[0]
    assert np.min(without) > 1e-6 * without[0]


@pytest.mark.slow
def test_constant_steps_hold_ef_sgd_off_where_ef21_arrives() -> None:
    settings = {"C": "top_k(k = 1)", "gamma": 0.02}
    ef21, ef_sgd = (
        run(spec, 8000, 5, SPREAD, every=1000, set=settings).trace["grad_norm2"]
        for spec in ("ef21", "ef_sgd")
    )
    assert ef21[-1] < 1e-10 * ef21[0]
    assert ef_sgd[-1] > 1e-6 * ef_sgd[0]


ROWS = 'logreg(data = "breast_cancer", l2 = 0.1, scale = "columns")'


@pytest.mark.parametrize(
    ("spec", "problem", "settings"),
    every(
        2,
        [
            ("marina", SPREAD, {"Q": "rand_k(k = 5)", "gamma": 0.15}),
            ("pp_marina", SPREAD, {"Q": "rand_k(k = 10)", "r": 3, "p": 0.3, "gamma": 0.1}),
            ("vr_marina", ROWS, {"Q": "rand_k(k = 10)", "b": 8, "p": 0.2, "gamma": 0.03}),
            ("artemis", SPREAD, {"gamma": 0.05}),
            ("mcm", SPREAD, {"gamma": 0.05}),
            ("masha1", SADDLE, {"Q_dev": "rand_k(k = 6)", "gamma": 0.15}),
            ("masha1", SADDLE, {"Q_dev": "rand_k(k = 6)", "Q_srv": "rand_k(k = 6)", "gamma": 0.1}),
        ],
    ),
)
def test_variance_reduced_methods_reach_the_solution(
    spec: str, problem: str, settings: dict[str, object]
) -> None:
    """All noise of compression and sampling must vanish with the distance: no floor, though nodes differ."""
    trace = run(spec, 4000, 5, problem, every=500, set=settings).trace
    norms = trace["residual2" if problem is SADDLE else "grad_norm2"]
    assert norms[-1] < 1e-12 * norms[0]
