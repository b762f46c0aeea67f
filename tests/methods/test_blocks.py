"""Blocks: two players and layers with steps of their own against NumPy, compression by layer, blocks that there are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.bilinear import BilinearSaddle
from cablese.runtime.problems.blocks import entries_of, has_block
from cablese.runtime.problems.registry import make_problem
from runs import SADDLE, assert_close, run

TWO_PLAYERS = """
algorithm TwoPlayers
problem saddle
param gamma = 0.05
param eta   = 0.2
init:
    all: z = x0
round:
    node -> server: m = F(z)
    server -> all: g = mean(m)
    all: z = where(block("x"), z - gamma * g, z)
    node -> server: m = F(z)
    server -> all: g = mean(m)
    all: z = where(block("y"), z - eta * g, z)
output z
"""


def test_two_players_take_turns_and_steps_of_their_own() -> None:
    problem = make_problem(
        "bilinear_saddle", {"d": 6, "lam": 0.5, "seed": 0}, n=5, split="contiguous", seed=0
    )
    assert isinstance(problem, BilinearSaddle)
    matrices, shifts = problem.nodes(0, 5)
    matrix, a, b = matrices.mean(axis=0), shifts.mean(axis=0)[:6], -shifts.mean(axis=0)[6:]
    x, y = np.zeros(6), np.zeros(6)
    for _ in range(60):
        x = x - 0.05 * (0.5 * x + matrix @ y + a)
        y = y - 0.2 * (0.5 * y - matrix.T @ x - b)
    result = run(TWO_PLAYERS, 60, 5, SADDLE)
    assert_close(result.output, np.concatenate([x, y]), "the point")


def test_a_block_that_there_is_not_is_told_with_its_line_before_the_run() -> None:
    with pytest.raises(SetupError, match=r"11:20: the model of bilinear.* has no block `w`.*`x`, `y`"):
        run(TWO_PLAYERS.replace('block("x")', 'block("w")'), 5, 5, SADDLE)
    with pytest.raises(SetupError, match="no constant `block"):
        run(TWO_PLAYERS.replace("0.05", 'norm(where(block("x"), ones, 0))'), 5, 5, SADDLE)


def test_a_name_has_the_blocks_below_it() -> None:
    blocks = (("conv1.weight", (2, 1)), ("conv1.bias", (1,)), ("conv10.bias", (1,)), ("head", (2,)))
    assert entries_of(blocks, "conv1").tolist() == [True, True, True, False, False, False]
    assert entries_of(blocks, "conv1.bias").tolist() == [False, False, True, False, False, False]
    assert has_block(blocks, "head") and not has_block(blocks, "conv")


LAMB = """
algorithm LAMB: "You et al. (ICLR 2020), Algorithm 2, with phi the identity and no weight decay"
problem minimize
param eta = 0.02
init:
    all:
        x = x0
        m = zeros
        v = zeros
round k:
    node -> server: q = grad(x)
    server -> all: g = mean(q)
    all:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g^2
        u = (m / (1 - 0.9^(k + 1))) / (sqrt(v / (1 - 0.999^(k + 1))) + 1e-6)
        ratio = where(block_norm(x) > 0 and block_norm(u) > 0, block_norm(x) / block_norm(u), 1)
        x = x - eta * ratio * u
output x
"""
NETWORK = 'two_layer(data = "iris", hidden = 5, scale = "standard", x0 = "normal(0.5)")'


def test_lamb_takes_a_step_of_its_own_in_every_layer() -> None:
    problem = make_problem(
        "two_layer",
        {"data": "iris", "hidden": 5, "scale": "standard", "x0": "normal(0.5)"},
        n=3,
        split="contiguous",
        seed=0,
    )
    oracle = problem.oracle(backend("cpu", "float64", "float64"), 0, 3)
    sizes = [math.prod(shape) for _, shape in problem.blocks]
    x, m, v = problem.start, np.zeros(problem.d), np.zeros(problem.d)
    ratios = []
    for k in range(60):
        g = oracle.gradients(x).mean(axis=0)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        u = (m / (1 - 0.9 ** (k + 1))) / (np.sqrt(v / (1 - 0.999 ** (k + 1))) + 1e-6)
        parts = zip(*(np.split(each, np.cumsum(sizes)[:-1]) for each in (x, u)), strict=True)
        ratios = [np.linalg.norm(one) / np.linalg.norm(other) for one, other in parts]
        x = x - 0.02 * np.repeat(ratios, sizes) * u
    result = run(LAMB, 60, 3, NETWORK)
    assert_close(result.output, x, "the point")
    assert np.ptp(ratios) > 0.1 and result.trace["loss"][-1] < result.trace["loss"][0] / 2


POWERED = """
algorithm Powered
problem minimize
compressor P: collective = power_sgd(rank = 1)
init:
    all: x = x0
round:
    node -> all: u = P(grad(x))
    all: x = x - 0.1 * u
output x
"""


def test_compressors_by_layer_meet_matrices() -> None:
    """power_sgd sends factors of the two matrices and the biases as they are; mixed and block_sign go by block."""
    powered = run(POWERED, 40, 3, NETWORK)
    matrices, biases = (5 + 4) + (3 + 5), 5 + 3  # of rank 1, of shapes (5, 4) and (3, 5)
    sent = powered.trace["bits_up"][-1] / (40 * 3 * 64)
    assert sent == matrices + biases and powered.trace["loss"][-1] < powered.trace["loss"][0]
    signs = run("ef21", 40, 3, NETWORK, set={"C": "block_sign()", "gamma": 0.05})
    assert signs.trace["loss"][-1] < signs.trace["loss"][0]
