"""An objective of one's own with a regulariser or set: its own functions, or a shipped one that is added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese import Objective
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.problems.python import PythonProblem
from problem_cases import NUMPY, STRICT
from scipy.optimize import lsq_linear, minimize

GOALS = np.random.default_rng(0).normal(size=(4, 3))
RUN: dict[str, Any] = {"nodes": 4, "rounds": 60, "every": 20}


def soft(v: Any, gamma: float) -> Any:
    return np.sign(v) * np.maximum(np.abs(v) - 0.2 * gamma, 0)


def size(x: Any) -> Any:
    return 0.2 * np.abs(x).sum()


def clip(v: Any, gamma: float) -> Any:
    return np.clip(v, 0.1, 0.3)


def goals(**more: Any) -> Objective:
    return Objective(
        lambda x, i: np.sum((x - GOALS[i]) ** 2) / 2,
        lambda x, i: x - GOALS[i],
        3,
        **({"constants": {"L_i": np.ones(4), "mu": 1.0}} | more),
    )


def test_a_prox_of_ones_own_is_what_specs_ask_for() -> None:
    mine = cablese.run("gd", problem=goals(prox=soft, psi=size, check=True), metrics="f_gap,dist2", **RUN)
    theirs = cablese.run("gd", problem=goals() + "l1(lam = 0.2)", metrics="f_gap,dist2", **RUN)
    mean = GOALS.mean(axis=0)
    exact = np.sign(mean) * np.maximum(np.abs(mean) - 0.2, 0)
    assert mine.output is not None and theirs.output is not None
    np.testing.assert_allclose(mine.output, exact, atol=1e-8)
    assert np.array_equal(mine.output, theirs.output)
    assert np.array_equal(mine.trace.loss, theirs.trace.loss)
    assert mine.trace.dist2[-1] < 1e-14 and mine.trace.grad_map2[-1] < 1e-14
    assert theirs.header.problem == "objective + l1(lam = 0.2)"


def test_without_psi_it_is_a_set() -> None:
    result = cablese.run("gd", problem=goals(prox=clip, check=True), metrics="dist2", **RUN)
    bounded = lsq_linear(np.eye(3), GOALS.mean(axis=0), bounds=(0.1, 0.3))
    assert result.output == pytest.approx(bounded.x, abs=1e-8)
    assert np.all(result.trace.outside2 < 1e-30)  # from x0 on, which is projected


def test_a_file_with_a_term_added_by_either(tmp_path: Path) -> None:
    text = Path(__file__).with_name("mine.py").read_text()
    (tmp_path / "mine.py").write_text(text + '\nadded = objective + "l1(lam = 0.1)"\n')
    run: dict[str, Any] = {"set": {"gamma": 0.2}, **RUN}
    outside = cablese.run("gd", problem=f'python(file = "{tmp_path}/mine.py") + l1(lam = 0.1)', **run)
    inside = cablese.run("gd", problem=f'python(file = "{tmp_path}/mine.py:added")', **run)
    assert np.array_equal(outside.trace.loss, inside.trace.loss)
    assert inside.header.problem.endswith("+ l1(lam = 0.1)")


def test_composite_objectives_of_ones_own_reach_a_reference_solver() -> None:
    """Samples, a smooth loss, l1: against SLSQP on the split x = p - q."""
    draws = np.random.default_rng(3)
    A, y = draws.normal(size=(60, 5)), draws.normal(size=60)
    mine = Objective(
        lambda x, A, y: np.mean((A @ x - y) ** 2) / 2,
        lambda x, A, y: A.T @ (A @ x - y) / len(y),
        5,
        (A, y),
        constants=lambda shards: {
            "L_i": [np.linalg.norm(A, 2) ** 2 / len(A) for A, _ in shards],
            "mu": float(np.linalg.eigvalsh(A.T @ A / 60)[0]),
        },
    )
    result = cablese.run("gd", problem=mine + "l1(lam = 0.05)", metrics="dist2", nodes=4, rounds=400)

    def split(pq: Any) -> Any:
        residual = A @ (pq[:5] - pq[5:]) - y
        slope = A.T @ residual / 60
        return residual @ residual / 120 + 0.05 * pq.sum(), np.concatenate([slope, -slope]) + 0.05

    found = minimize(split, np.zeros(10), jac=True, bounds=[(0, None)] * 10, method="L-BFGS-B", tol=1e-15)
    assert result.output == pytest.approx(found.x[:5] - found.x[5:], abs=1e-6)
    assert result.trace.dist2[-1] < 1e-16


@pytest.mark.parametrize("backend", [NUMPY, STRICT], ids=["numpy", "strict"])
def test_rows_and_steps_on_every_backend(backend: Any) -> None:
    psi = PythonProblem.of(goals(prox=soft, psi=size), 4, "contiguous", 0).regulariser
    rows, steps = np.random.default_rng(1).normal(size=(5, 3)), np.linspace(0, 2, 5)[:, None]
    assert psi is not None
    found = psi.prox(backend.xp, backend.to_device(rows), backend.to_device(steps))
    assert np.array_equal(backend.to_host(found), soft(rows, steps))
    values = backend.to_host(psi.values(backend.xp, backend.to_device(rows)))
    np.testing.assert_allclose(values, 0.2 * np.abs(rows).sum(axis=1))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"prox": 3}, "`prox` of an Objective must be a function of a vector, and is int"),
        ({"psi": size}, "an Objective with `psi` needs `prox` too"),
        (
            {"prox": lambda v, gamma: v[:2]},
            r"`prox` \(test_own_prox.py:\d+\) of the objective gives an array of shape",
        ),
        ({"prox": lambda v, gamma: None}, "gives NoneType, and must give an array"),
        ({"prox": lambda v, gamma: v / 0.0 * 0}, "not finite, for one that is"),
        ({"prox": lambda v: v}, r"TypeError"),
        (
            {"prox": soft, "psi": lambda x: x},
            r"`psi` .* gives an array of shape \(3,\), and must give a number",
        ),
        ({"prox": clip, "psi": lambda x: float("inf")}, "a set is stated by its `prox` alone"),
        ({"prox": lambda v, gamma: 2 * v, "check": True}, "further apart than a proximal operator can"),
        ({"prox": soft, "check": True}, "moves a point that it gave"),
        (
            {"prox": soft, "psi": lambda x: 3 * size(x), "check": True},
            "a point near the one that it gives has less",
        ),
        ({"prox": soft, "psi": size, "solution": GOALS.mean(axis=0)}, r"x - prox\(x - g, 1\)"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_no_prox_is_told(more: dict[str, Any], says: str) -> None:
    with pytest.raises((SetupError, RunFailed), match=says):
        cablese.run("gd", problem=goals(**more), metrics="dist2", **RUN)


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ("l1", "needs its argument `lam`"),
        ("l2(lam = 1)", "there is no regulariser or set `l2`"),
        (
            "l1(0.1)",
            r"`l1\(0.1\)` cannot be added: arguments of a regulariser or set are written `name = value`",
        ),
        ("l1(lam = 1, on = y)", "the block `y`, which the problem has not"),
        ("l1(lam = 1) + ball(r = 1)", "act on the same block"),
        ("l1(lam = ", "never closed"),
    ],
)
def test_what_cannot_be_added_is_told(added: str, says: str) -> None:
    with pytest.raises((SetupError, cablese.SpecError), match=says):
        cablese.run("gd", problem=goals() + added, **RUN)


def test_two_regularisers_of_which_one_is_ones_own() -> None:
    with pytest.raises(SetupError, match="has a `prox` of its own"):
        goals(prox=soft, psi=size) + "l1(lam = 1)"
    with pytest.raises(TypeError):
        goals() + 3  # type: ignore[operator]
