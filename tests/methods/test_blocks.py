"""Blocks by name: two players with steps of their own against NumPy, blocks below a name, and blocks that there are not."""

from __future__ import annotations

import numpy as np
import pytest
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
