"""Adversarial training and games of modules: operators against formulas, what is learnt, and every mistake a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.registry import make_problem

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch

SINGLE = backend("cpu", "float32", "float32")
FILE = Path(__file__).with_name("players.py")
DIGITS = {"data": "digits", "test": "0.2"}


def made(name: str, n: int = 3, **given: Any) -> Any:
    return make_problem(name, {"data": "digits"} | given, n=n, split="shuffled", seed=1)


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_operator_of_a_perturbed_linear_model_is_its_formula() -> None:
    problem = made("adversarial", model="mlp", radius=1, beta=0.5, l2=0.3)
    assert [name for name, _ in problem.blocks] == ["1.weight", "1.bias", "perturbation"]
    assert problem.d == 650 + 64 and not problem.start[650:].any()
    point = (problem.start + 0.1 * np.random.default_rng(0).standard_normal(problem.d)).astype(np.float32)
    batch = Batch(np.array([[0, 2, 5]]), np.array([3]), full=False)
    found = problem.oracle(SINGLE, 0, 3).batch_gradients(point, batch, np.array([1]))[0]
    inputs, labels = (array[[0, 2, 5]] for array in problem._shards[1])
    x = point.astype(np.float64)
    w, b, y = x[:640].reshape(10, 64), x[640:650], x[650:]
    shown = inputs + y
    share = softmax(shown @ w.T + b)
    share[np.arange(3), labels] -= 1
    share /= 3
    expected = [(share.T @ shown).ravel(), share.sum(axis=0), -(share @ w).sum(axis=0)]
    ridge = np.concatenate([0.3 * x[:650], 0.5 * y])
    np.testing.assert_allclose(found, np.concatenate(expected) + ridge, rtol=2e-4, atol=2e-6)


def test_a_model_trained_against_perturbations_stands_them_better() -> None:
    """Descent on the same model is beaten by the worst perturbation that ascent finds."""
    problem = 'adversarial(model = "mlp", data = "digits", test = "0.2", radius = 3)'
    result = cablese.run("extragradient", problem=problem, nodes=4, rounds=150, set={"gamma": 0.3})
    trace, point = result.trace, result.output
    assert np.linalg.norm(point[650:]) == pytest.approx(3, rel=1e-4)
    assert trace.test_accuracy[-1] > 0.85 and trace.test_accuracy_perturbed[-1] > 0.8
    plain = cablese.run(
        "gd", problem='network(model = "mlp", data = "digits", test = "0.2")', nodes=4, rounds=150,
        set={"gamma": 0.3},
    )  # fmt: skip
    naive = result.problem.metrics["test_accuracy_perturbed"](np.concatenate([plain.output, point[650:]]))
    assert naive < trace.test_accuracy_perturbed[-1]


def test_texts_are_perturbed_where_they_are_embedded(tmp_path: Path) -> None:
    lines = [{"text": "a b c d"[: 1 + 2 * (i % 4)], "label": i % 2} for i in range(12)]
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    problem = made(
        "adversarial",
        n=2,
        model="imdb_lstm",
        radius=1,
        data=f"{tmp_path}/texts.jsonl",
        length=3,
        vocabulary=9,
    )
    assert problem.blocks[-1] == ("perturbation", (3, 32))
    oracle, point = problem.oracle(SINGLE, 0, 2), problem.start.astype(np.float32)
    assert np.abs(oracle.gradients(point)[:, -96:]).max() > 0
    module = problem.module(point)
    words = torch.from_numpy(problem._shards[0][0])
    shifted = problem.start.astype(np.float32)
    shifted[-96:] = 1
    assert torch.equal(module(words), problem.module(shifted)(words))  # the model alone is what comes back


def test_a_module_of_ones_own_is_perturbed_like_a_shipped_one() -> None:
    net = FILE.with_name("net.py")
    shipped, own = (
        made("adversarial", model="mlp", radius=2),
        made("adversarial", module=f"{net}:plain", radius=2),
    )
    assert own.blocks[-1] == ("perturbation", (64,)) and own.versions["net.py"].startswith("sha256")
    point = np.random.default_rng(0).standard_normal(own.d).astype(np.float32)
    found, expected = (each.oracle(SINGLE, 0, 3).gradients(point) for each in (own, shipped))
    np.testing.assert_array_equal(found, expected)
    problem = f'adversarial(module = "{net}", data = "digits", test = "0.2", radius = 1)'
    result = cablese.run("extragradient", problem=problem, nodes=3, rounds=40, set={"gamma": 0.3})
    assert result.trace.test_accuracy_perturbed[-1] > result.trace.test_accuracy_perturbed[0]


def test_modules_of_ones_own_for_texts_have_an_embedding(tmp_path: Path) -> None:
    lines = [{"text": "a b c d"[: 1 + 2 * (i % 4)], "label": i % 2} for i in range(12)]
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    given = {"data": f"{tmp_path}/texts.jsonl", "length": 3, "radius": 1, "n": 2}
    net = FILE.with_name("net.py")
    problem = made("adversarial", module=f"{net}:reader", **given)
    assert problem.blocks[-1] == ("perturbation", (3, 5))
    assert np.abs(problem.oracle(SINGLE, 0, 2).gradients(problem.start.astype(np.float32))[:, -15:]).max() > 0
    with pytest.raises(SetupError, match=r"reads texts and has no part `embedding` of type nn\.Embedding"):
        made("adversarial", module=f"{net}:reader_without_embedding", **given)


def test_one_of_model_and_module_is_given() -> None:
    with pytest.raises(SetupError, match=r"takes `model`, .* and has neither"):
        made("adversarial", radius=1)
    with pytest.raises(SetupError, match=r"takes `model`, .* and has both"):
        made("adversarial", model="mlp", module=f"{FILE}:zero_sum", radius=1)


# --- games -------------------------------------------------------------------------------------------------------


def by_hand(z: np.ndarray, inputs: np.ndarray, *, different: bool) -> np.ndarray:
    """F of players.py: f = mean (x.a)(y.a) + 1/2 ||x||^2, g = f - 1/2 ||y||^2, or f for both."""
    a = inputs[:, :4].astype(np.float64)
    x, y = np.split(z.astype(np.float64), 2)
    first = ((a @ y)[:, None] * a).mean(axis=0) + x
    second = ((a @ x)[:, None] * a).mean(axis=0) - (y if different else 0)
    return np.concatenate([first, -second])


@pytest.mark.parametrize("name", ["zero_sum", "of_two_losses"])
def test_the_operator_of_a_game_is_its_formula(name: str) -> None:
    problem = made("game", module=f"{FILE}:{name}")
    assert problem.kind == "vi" and problem.blocks == (("x.weight", (1, 4)), ("y.weight", (1, 4)))
    point = problem.start.astype(np.float32)
    found = problem.oracle(SINGLE, 0, 3).gradients(point)
    for node in range(3):
        expected = by_hand(point, problem._shards[node][0], different=name == "of_two_losses")
        np.testing.assert_allclose(found[node], expected, rtol=2e-4, atol=1e-5)


def test_players_find_the_equilibrium_and_tell_their_losses() -> None:
    problem = f'game(module = "{FILE}:of_two_losses", data = "digits", test = "0.2")'
    result = cablese.run("extragradient", problem=problem, nodes=3, rounds=200, set={"gamma": 0.2})
    assert result.trace.residual2[-1] < 1e-8 < result.trace.residual2[0]
    assert np.abs(result.output).max() < 1e-3
    assert abs(result.trace.test_f[-1]) < 1e-6 and abs(result.trace.test_g[-1]) < 1e-6


def test_noise_of_a_generator_follows_from_the_key_and_is_fixed_in_metrics() -> None:
    problem = made("game", module=f"{FILE}:gan")
    oracle, point = problem.oracle(SINGLE, 0, 3), problem.start.astype(np.float32)
    batch = Batch(np.tile(np.arange(6), (3, 1)), np.full(3, 6), full=False)
    keys = np.array([1, 2, 3], dtype=np.uint64)
    one, again = (oracle.keyed_gradients(point, batch, keys) for _ in range(2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, oracle.keyed_gradients(point, batch, keys[::-1].copy()))
    assert np.array_equal(oracle.gradients(point), oracle.gradients(point))


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("method", "problem"),
    [
        ("local_sgda", f'game(module = "{FILE}:gan", data = "digits")'),
        ("eg_vr", 'adversarial(model = "mlp(8)", data = "digits", radius = 1)'),
    ],
    ids=["game", "adversarial"],
)
def test_ranks_and_one_process_write_the_same_points(method: str, problem: str, tmp_path: Path) -> None:
    from launching import mpirun

    def points(file: Path) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [{**line, "seconds": 0} for line in lines if line["type"] == "point"]

    asked = [method, "-n", "5", "-k", "6", "--every", "2", "--set", "gamma=0.05", "--set", "b=6"]
    for count, name in ((1, "one"), (3, "several")):
        words = [*asked, "--quiet", "--problem", problem, "--trace", tmp_path / name]
        ended = mpirun(count, "-m", "cablese.cli.main", "run", *words)
        assert ended.returncode == 0, ended.stderr
    assert points(tmp_path / "one") == points(tmp_path / "several")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "one_player",
            "a game's module has two modules as its parts, the players in order, and this one has x",
        ),
        ("strangers", "the parameter `bias` belongs to neither player, x or y"),
        ("idle", "the player `y` has no parameters"),
        ("vectors", r"`forward` gives losses of shape \(2,\), \(2,\)"),
        ("not_finite", "the operator F of .* is not finite at the module's initialisation"),
        ("breaks", "failed at players.py:"),
    ],
)
def test_a_game_that_is_none_is_told(name: str, says: str) -> None:
    with pytest.raises(SetupError, match=says) as caught:
        made("game", module=f"{FILE}:{name}")
    assert "\n" not in str(caught.value)


def test_a_game_is_no_minimisation() -> None:
    with pytest.raises(SetupError, match="is of kind vi"):
        cablese.run("sgd", problem=f'game(module = "{FILE}:gan", data = "digits")', nodes=2)
