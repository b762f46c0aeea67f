"""Deterministic methods against independent programs: 200 rounds, 1e-9 relative at every point."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice, repeat
from typing import Any

import numpy as np
import pytest
import transcriptions
from cablese.runtime.problems.bilinear import BilinearSaddle
from cablese.runtime.problems.registry import make_problem
from runs import L2, SADDLE, assert_close, run

NODES, ROUNDS, K = 5, 200, 3


@pytest.fixture(scope="module")
def problem() -> transcriptions.Logistic:
    return transcriptions.breast_cancer(NODES, L2)


def compare(
    result: Any, problem: transcriptions.Logistic, path: Iterator[transcriptions.Vector], last: bool = True
) -> None:
    points = list(islice(path, ROUNDS + 1))
    assert list(result.trace["round"]) == list(range(ROUNDS + 1))
    norms = [g @ g for g in map(problem.gradient, points)]
    assert_close(result.trace["loss"], [problem.loss(x) for x in points], "loss")
    assert_close(result.trace["grad_norm2"], norms, "grad_norm2")
    np.testing.assert_allclose(result.trace["grad_norm2"], norms, rtol=1e-7)
    if last:
        assert_close(result.output, points[-1], "output")


def test_gd(problem: transcriptions.Logistic) -> None:
    result = run("gd", ROUNDS, NODES)
    gamma = result.header.params["gamma"]
    assert gamma == pytest.approx(1 / problem.smoothness(), rel=1e-9)
    compare(result, problem, transcriptions.gd(problem.local_gradients(), np.zeros(problem.d), gamma))


FEDAVG = """
algorithm FedAvg
problem minimize
param gamma = 1 / L_max
param H     = 3
init:
    server: x = x0
round k:
    server -> node: z = x
    node:
        y = z
        repeat H:
            y = y - gamma * grad(y)
    node when (samples_i + k) % 3 != 0 -> server: m = y
    server: x = sum(samples_i * m) / sum(samples_i over m)
output x
"""


def test_fed_avg(problem: transcriptions.Logistic) -> None:
    """Weighted by samples over those who take part: by turns one node, the other four, all."""
    result = run(FEDAVG, ROUNDS, NODES)
    gamma, sizes = 1 / max(problem.local_smoothness()), [len(rows) for rows in problem.rows]
    compare(
        result,
        problem,
        transcriptions.fed_avg(problem.local_gradients(), sizes, np.zeros(problem.d), gamma, 3),
    )


def test_ef_sgd(problem: transcriptions.Logistic) -> None:
    result = run("ef_sgd", ROUNDS, NODES, set={"C": f"top_k(k = {K})"})
    gamma, delta = result.header.params["gamma"], problem.d / K
    assert gamma == pytest.approx(1 / (28 * delta * max(problem.local_smoothness())), rel=1e-9)
    compare(
        result,
        problem,
        transcriptions.ef_sgd(problem.local_gradients(), np.zeros(problem.d), gamma, transcriptions.top(K)),
    )


def test_ef_sgd_with_a_step_that_moves(problem: transcriptions.Logistic) -> None:
    """At the cautious theoretical step the memory matters little; at 1/L_max it carries most of the path."""
    gamma = 1 / max(problem.local_smoothness())
    result = run("ef_sgd", ROUNDS, NODES, set={"C": f"top_k(k = {K})", "gamma": gamma})
    compare(
        result,
        problem,
        transcriptions.ef_sgd(problem.local_gradients(), np.zeros(problem.d), gamma, transcriptions.top(K)),
    )


@pytest.mark.parametrize("steps", [1, 7])
def test_local_sgd(problem: transcriptions.Logistic, steps: int) -> None:
    result = run("local_sgd", ROUNDS, NODES, set={"H": steps})
    gamma = result.header.params["gamma"]
    assert gamma == pytest.approx(1 / (8 * steps * max(problem.local_smoothness())), rel=1e-9)
    compare(
        result, problem, transcriptions.local_gd(problem.local_gradients(), np.zeros(problem.d), gamma, steps)
    )


@pytest.mark.parametrize("steps", [1, 5])
def test_qsparse_local_sgd(problem: transcriptions.Logistic, steps: int) -> None:
    gamma = 1 / (steps * max(problem.local_smoothness()))
    result = run("qsparse_local_sgd", ROUNDS, NODES, set={"C": f"top_k(k = {K})", "H": steps, "gamma": gamma})
    start = np.zeros(problem.d)
    compare(
        result,
        problem,
        transcriptions.qsparse_local_gd(
            problem.local_gradients(), start, gamma, steps, transcriptions.top(K)
        ),
    )


def test_ef21(problem: transcriptions.Logistic) -> None:
    result = run("ef21", ROUNDS, NODES, set={"C": f"top_k(k = {K})"})
    gamma = result.header.params["gamma"]
    a = K / problem.d
    theta, beta = 1 - np.sqrt(1 - a), (1 - a) / (1 - np.sqrt(1 - a))
    mean_square = np.mean(np.square(problem.local_smoothness()))
    assert gamma == pytest.approx(1 / (problem.smoothness() + np.sqrt(mean_square * beta / theta)), rel=1e-9)
    compare(
        result,
        problem,
        transcriptions.ef21(problem.local_gradients(), np.zeros(problem.d), gamma, transcriptions.top(K)),
        last=False,
    )


@pytest.mark.parametrize(("k", "zeta"), [(K, 1.0), (K, 40.0), (30, 9.0)])
def test_clag(problem: transcriptions.Logistic, k: int, zeta: float) -> None:
    """The path, and how many nodes sent in every round; with k = d it is LAG."""
    result = run("clag", ROUNDS, NODES, set={"C": f"top_k(k = {k})", "zeta": zeta})
    gamma, sent = result.header.params["gamma"], list[int]()
    root = np.sqrt(1 - k / problem.d)
    ratio = max(root**2 / (1 - root), zeta) / (1 - root)
    mean_square = np.mean(np.square(problem.local_smoothness()))
    assert gamma == pytest.approx(1 / (problem.smoothness() + np.sqrt(mean_square * ratio)), rel=1e-9)
    compress = transcriptions.top(k) if k < problem.d else np.copy
    path = transcriptions.clag(problem.local_gradients(), np.zeros(problem.d), gamma, zeta, compress, sent)
    compare(result, problem, path, last=False)
    assert result.summary is not None
    rows = [row for row in result.summary.messages if row.codec.startswith("top_k")]
    assert sum(row.messages for row in rows) == sum(sent)
    assert 0 < sum(sent) < ROUNDS * NODES


@pytest.mark.parametrize(("size", "momentum"), [(7, 0.0), (30, 0.0), (7, 0.9)])
def test_dist_ef_block_sgd(problem: transcriptions.Logistic, size: int, momentum: float) -> None:
    signs = f"block_sign(size = {size})"
    result = run("dist_ef_block_sgd", ROUNDS, NODES, set={"C_up": signs, "C_dwn": signs, "beta": momentum})
    gamma = result.header.params["gamma"]
    expected = (1 - momentum) / (28 * size * max(problem.local_smoothness()))
    assert gamma == pytest.approx(expected, rel=1e-9)
    compress, start = transcriptions.block_signs(size), np.zeros(problem.d)
    path = transcriptions.dist_ef_block_sgd(
        problem.local_gradients(), start, repeat(gamma), momentum, compress, compress
    )
    compare(result, problem, path, last=False)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_dist_ef_block_sgd_carries_errors_on_by_the_ratio_of_steps(
    problem: transcriptions.Logistic, momentum: float
) -> None:
    first = 0.02 / max(problem.local_smoothness())
    settings = {
        "C_up": "block_sign(size = 7)",
        "C_dwn": "block_sign(size = 30)",
        "beta": momentum,
        "gamma": f"{first!r} / (1 + k)",
    }
    result = run("dist_ef_block_sgd", ROUNDS, NODES, set=settings)
    steps = (first / (1 + k) for k in count())
    up, down, start = transcriptions.block_signs(7), transcriptions.block_signs(30), np.zeros(problem.d)
    path = transcriptions.dist_ef_block_sgd(problem.local_gradients(), start, steps, momentum, up, down)
    compare(result, problem, path, last=False)


@pytest.mark.parametrize(("beta", "decay"), [(0.9, 0.0), (0.0, 0.0), (0.9, 3.0)])
def test_sign_sgd_by_majority_vote(problem: transcriptions.Logistic, beta: float, decay: float) -> None:
    result = run("sign_sgd_mv", ROUNDS, NODES, set={"beta": beta, "decay": decay})
    gamma = result.header.params["gamma"]
    assert gamma == pytest.approx(1 / np.sqrt(problem.smoothness() * problem.d * ROUNDS), rel=1e-9)
    path = transcriptions.sign_sgd_by_vote(problem.local_gradients(), np.zeros(problem.d), gamma, beta, decay)
    compare(result, problem, path, last=False)
    assert result.trace["bits_up"][-1] == ROUNDS * NODES * problem.d


@pytest.mark.parametrize("eta", [1e-3, 1e-5])
def test_comp_ams(problem: transcriptions.Logistic, eta: float) -> None:
    result = run("comp_ams", ROUNDS, NODES, set={"C": f"top_k(k = {K})", "eta": eta})
    params = result.header.params
    assert (params["beta1"], params["beta2"], params["eps"]) == (0.9, 0.999, 1e-8)
    path = transcriptions.comp_ams(
        problem.local_gradients(), np.zeros(problem.d), eta, transcriptions.top(K), 0.9, 0.999, 1e-8
    )
    compare(result, problem, path, last=False)


def saddle(nodes: int) -> tuple[list[transcriptions.Vector], list[transcriptions.Vector]]:
    """F_i(z) = M_i z + c_i of min max (1/n) sum_i x'A_i y + a_i.x + b_i.y + lam/2 (|x|^2 - |y|^2)."""
    made = make_problem(
        "bilinear_saddle", {"d": 6, "lam": 0.5, "seed": 0}, n=nodes, split="contiguous", seed=0
    )
    assert isinstance(made, BilinearSaddle)
    square = 0.5 * np.eye(6)
    data = list(zip(*made.nodes(0, nodes), strict=True))
    return [np.block([[square, m], [-m.T, square]]) for m, _ in data], [shift for _, shift in data]


def test_extragradient() -> None:
    matrices, offsets = saddle(NODES)
    fields = [lambda z, m=m, c=c: m @ z + c for m, c in zip(matrices, offsets, strict=True)]
    result = run("extragradient", ROUNDS, NODES, problem=SADDLE)
    gamma = result.header.params["gamma"]
    largest = np.linalg.norm(transcriptions.mean(matrices), 2)
    assert gamma == pytest.approx(1 / (np.sqrt(2) * largest), rel=1e-9)
    points = list(islice(transcriptions.extragradient(fields, np.zeros(12), gamma), ROUNDS + 1))
    residuals = [r @ r for r in (transcriptions.mean([f(z) for f in fields]) for z in points)]
    assert_close(result.trace["residual2"], residuals, "residual2")
    assert_close(result.output, points[-1], "output")
    np.testing.assert_allclose(result.trace["residual2"][:50], residuals[:50], rtol=1e-8)
