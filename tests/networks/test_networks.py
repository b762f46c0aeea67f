"""Networks as problems: gradients, draws, initialisation and bits, against PyTorch written by hand."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.reading import read_problem
from cablese.runtime.problems.registry import make_problem

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch

SINGLE = backend("cpu", "float32", "float32")
NET = Path(__file__).with_name("net.py")
MLP = 'network(model = "mlp(12)", data = "digits", test = "0.2")'
OWN = f'torch(module = "{NET}", data = "digits", test = "0.2")'
RUN: dict[str, Any] = {"nodes": 5, "rounds": 8, "every": 4, "set": {"b": 6, "gamma": 0.05}}


def made(name: str = "network", n: int = 4, split: str = "shuffled", seed: int = 1, **more: Any) -> Any:
    given = {"data": "digits"} | ({"model": "mlp(12)"} if name == "network" else {}) | more
    return make_problem(name, given, n=n, split=split, seed=seed)


def by_hand(problem: Any, point: np.ndarray, inputs: Any, labels: Any, l2: float = 0.0) -> np.ndarray:
    """The gradient of the mean cross entropy of digits' rows through an mlp(12), by its formula, in float64."""
    w1, b1, w2, b2 = np.split(point.astype(np.float64), np.cumsum([12 * 64, 12, 10 * 12]))
    w1, w2 = w1.reshape(12, 64), w2.reshape(10, 12)
    x = inputs.astype(np.float64)
    hidden = np.maximum(x @ w1.T + b1, 0)
    scores = hidden @ w2.T + b2
    share = np.exp(scores - scores.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    share[np.arange(len(labels)), labels] -= 1
    share /= len(labels)
    back = (share @ w2) * (hidden > 0)
    parts = [back.T @ x, back.sum(axis=0), share.T @ hidden, share.sum(axis=0)]
    return np.concatenate([part.ravel() for part in parts]) + l2 * point


def test_gradients_are_those_of_the_formula() -> None:
    problem = made(l2=0.3)
    oracle, point = problem.oracle(SINGLE, 1, 4), problem.start.astype(np.float32)
    assert problem.blocks == (
        ("1.weight", (12, 64)),
        ("1.bias", (12,)),
        ("3.weight", (10, 12)),
        ("3.bias", (10,)),
    )
    indices = np.array([[0, 3, 5], [1, 2, -1]])
    batch = Batch(indices, np.array([3, 2]), full=False)
    found = oracle.batch_gradients(point, batch, np.array([2, 0]))
    for row, (node, picked) in enumerate(((3, [0, 3, 5]), (1, [1, 2]))):
        inputs, labels = (array[picked] for array in problem._shards[node])
        np.testing.assert_allclose(
            found[row], by_hand(problem, point, inputs, labels, 0.3), rtol=2e-4, atol=1e-6
        )
    everything = oracle.gradients(point)
    for row in range(3):
        expected = by_hand(problem, point, *problem._shards[row + 1], 0.3)
        np.testing.assert_allclose(everything[row], expected, rtol=2e-4, atol=1e-6)


def test_more_samples_than_go_through_at_once_are_averaged() -> None:
    problem = made(n=1, metric_samples=0)
    oracle = problem.oracle(SINGLE, 0, 1)
    point = problem.start.astype(np.float32)
    assert problem.samples == (1797,)
    expected = by_hand(problem, point, *problem._shards[0])
    np.testing.assert_allclose(oracle.gradients(point)[0], expected, rtol=1e-3, atol=1e-6)
    inputs, labels = map(torch.from_numpy, problem._shards[0])
    module = problem.module(problem.start)
    whole = float(torch.nn.functional.cross_entropy(module(inputs), labels).detach())
    assert oracle.losses(point)[0] == pytest.approx(whole, rel=1e-5)


def test_the_start_is_the_initialisation_under_the_seed_and_torch_goes_on_as_it_was() -> None:
    before = torch.get_rng_state()
    problem = made(seed=7)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(7)
    expected = torch.nn.utils.parameters_to_vector(
        [*torch.nn.Linear(64, 12).parameters(), *torch.nn.Linear(12, 10).parameters()]
    )
    assert np.array_equal(problem.start, expected.detach().numpy())
    assert not np.array_equal(problem.start, made(seed=8).start)
    torch.set_rng_state(before)


@pytest.mark.parametrize(
    ("model", "data", "d"),
    [("mnist_cnn", (1, 28, 28), 21_840), ("lenet5", (3, 32, 32), 62_006), ("fashion_cnn", (1, 28, 28), 421_642),
     ("resnet18", (3, 32, 32), 11_173_962), ("mlp(256, 128)", (784,), 235_146), ("mlp", (784,), 7850)],
)  # fmt: skip
def test_models_have_the_sizes_of_the_papers(model: str, data: tuple[int, ...], d: int) -> None:
    from cablese.runtime.networks.models import Shape, make_model

    module = make_model(model, Shape(data, 10))
    assert sum(each.numel() for each in module.parameters()) == d
    assert module(torch.zeros(2, *data)).shape == (2, 10)


@pytest.mark.parametrize("model", ["imdb_lstm", "transformer(16, 2, 1)"])
def test_texts_are_learnt(model: str, tmp_path: Path) -> None:
    """A word decides the label."""
    draws = np.random.default_rng(0)
    lines = []
    for i in range(80):
        words = [*draws.choice(["a", "film", "of", "its", "time"], 6).tolist(), "good" if i % 2 else "bad"]
        lines.append(
            json.dumps({"text": " ".join(words), "label": i % 2, "split": "test" if i > 60 else "train"})
        )
    (tmp_path / "texts.jsonl").write_text("\n".join(lines))
    problem = f'network(model = "{model}", data = "{tmp_path}/texts.jsonl", vocabulary = 20, length = 8)'
    result = cablese.run("comp_ams", problem=problem, nodes=3, rounds=40, set={"b": 8, "eta": 0.03})
    assert result.trace.test_accuracy[-1] > 0.9


# --- draws -------------------------------------------------------------------------------------------------------


def test_dropout_follows_from_the_key_and_metrics_have_none() -> None:
    problem = made("torch", module=str(NET))
    oracle, point = problem.oracle(SINGLE, 0, 4), problem.start.astype(np.float32)
    batch = Batch(np.tile(np.arange(6), (4, 1)), np.full(4, 6), full=False)
    keys = np.array([1, 2, 3, 4], dtype=np.uint64)
    one, again = (oracle.keyed_gradients(point, batch, keys) for _ in range(2))
    other = oracle.keyed_gradients(point, batch, keys[::-1].copy())
    assert np.array_equal(one, again) and not np.array_equal(one, other)
    alone = oracle.keyed_gradients(point, batch.rows(np.array([2])), keys[2:3], np.array([2]))
    assert np.array_equal(alone[0], one[2])
    assert not np.array_equal(oracle.batch_gradients(point, batch), one)
    assert np.array_equal(oracle.losses(point), oracle.losses(point))


def test_noise_belongs_to_the_minibatch_at_whatever_point() -> None:
    """SGD that asks twice at one point on one draw, at copies of it, gets one gradient: its difference is 0."""
    spec = """algorithm TWICE
problem minimize
param gamma = 0.05
init:
    all: x = x0
    node: r = zeros
round:
    node:
        event xi ~ minibatch(6)
        y = x + 0 * x
        r = grad(x, xi) - grad(y, xi)
    node -> server: m = r
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""
    result = cablese.run(spec, problem=OWN, nodes=3, rounds=5, every=1)
    assert len(set(result.trace.loss.tolist())) == 1


def test_full_gradients_draw_anew_in_every_round() -> None:
    one, again, other = (
        cablese.run("gd", problem=OWN, nodes=3, rounds=4, every=1, seed=seed, set={"gamma": 0.05})
        for seed in (0, 0, 1)
    )
    assert np.array_equal(one.trace.loss, again.trace.loss)
    assert not np.array_equal(one.trace.loss, other.trace.loss)


@pytest.mark.parametrize("spec", ["diana", "dcgd"])
def test_long_gradients_of_which_entries_are_read_come_node_by_node(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cablese.runtime.execute import oracles

    run: dict[str, Any] = {"problem": OWN, "nodes": 3, "rounds": 4, "set": {"gamma": 0.05, "b": 8}}
    whole = cablese.run(spec, **run)
    monkeypatch.setattr(oracles, "LONG_ROW", 1)
    turns = cablese.run(spec, **run)
    assert np.array_equal(whole.trace.loss, turns.trace.loss) and np.array_equal(whole.output, turns.output)
    assert np.array_equal(whole.trace.oracle_calls, turns.trace.oracle_calls)


@pytest.mark.parametrize("problem", [MLP, OWN], ids=["network", "torch"])
def test_bits_do_not_depend_on_which_nodes_share_a_process(problem: str) -> None:
    """Gradients of rows asked for together and one by one."""
    (name, arguments), _ = read_problem(problem)
    whole = make_problem(name, arguments, n=5, split="by_label", seed=3)
    point = whole.start.astype(np.float32)
    together = whole.oracle(SINGLE, 0, 5).gradients(point)
    for node in range(5):
        assert np.array_equal(whole.oracle(SINGLE, node, node + 1).gradients(point)[0], together[node])


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_and_one_process_write_the_same_points(ranks: int, tmp_path: Path) -> None:
    from launching import mpirun

    def points(file: Path) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [{**line, "seconds": 0} for line in lines if line["type"] == "point"]

    asked = [
        "vr_marina",
        "-n",
        "5",
        "-k",
        "12",
        "--every",
        "3",
        "--set",
        "gamma=0.05",
        "--set",
        "p=0.3",
        "--set",
        "b=6",
    ]
    for count, name in ((1, "one"), (ranks, "several")):
        words = [*asked, "--quiet", "--problem", OWN, "--trace", tmp_path / name]
        ended = mpirun(count, "-m", "cablese.cli.main", "run", *words)
        assert ended.returncode == 0, ended.stderr
    assert points(tmp_path / "one") == points(tmp_path / "several")


def write_images(folder: Path, m: int) -> str:
    """Images of 16 x 16 with a bright row that tells the class, as MNIST's files are named; the path."""
    draws = np.random.default_rng(0)
    for part, count in (("train", m), ("t10k", m // 4)):
        labels = draws.integers(0, 4, count)
        images = draws.integers(0, 60, (count, 16, 16))
        images[np.arange(count), 4 * labels] = 255
        for what, array in (("images-idx3", images), ("labels-idx1", labels)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"{part}-{what}-ubyte").write_bytes(head + array.astype(np.uint8).tobytes())
    return str(folder / "train-images-idx3-ubyte")


@pytest.mark.slow
@pytest.mark.mpi
@pytest.mark.parametrize("compressor", ["top_k(k = ceil(d / 100))", "block_sign()"])
def test_convolutions_with_dropout_write_the_same_points_on_ranks(compressor: str, tmp_path: Path) -> None:
    from launching import mpirun

    def points(file: Path) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [{**line, "seconds": 0} for line in lines if line["type"] == "point"]

    images = write_images(tmp_path, 400)
    problem = f'network(model = "mnist_cnn", data = "{images}", test = "{images.replace("train", "t10k")}")'
    words = ["comp_ams", "-n", "16", "-k", "10", "--every", "5", "--set", "b=8", "--set", f"C={compressor}"]
    words += ["--quiet", "--problem", problem, "--trace", tmp_path / "three"]
    ended = mpirun(3, "-m", "cablese.cli.main", "run", *words)
    assert ended.returncode == 0, ended.stderr
    alone = cablese.run(
        "comp_ams", problem=problem, nodes=16, rounds=10, every=5, set={"b": 8, "C": compressor}
    )
    alone.save(tmp_path / "one")
    one = points(tmp_path / "one")
    assert one == points(tmp_path / "three")
    assert len(one) == 3 and one[0]["loss"] != one[2]["loss"]


@pytest.mark.parametrize(
    ("model", "side"), [("mnist_cnn", 16), ("lenet5", 16), ("fashion_cnn", 4), ("resnet18(4)", 8)]
)
def test_the_least_image_of_a_model_goes_through_it_and_a_smaller_one_is_told(model: str, side: int) -> None:
    from cablese.runtime.networks.models import Shape, make_model

    module = make_model(model, Shape((1, side, side), 3))
    assert module(torch.zeros(2, 1, side, side)).shape == (2, 3)
    with pytest.raises(SetupError, match=f"images of at least {side} x {side}"):
        make_model(model, Shape((1, side, side - 1), 3))


# --- runs --------------------------------------------------------------------------------------------------------


def test_a_run_is_in_single_precision_tests_and_says_what_it_depends_on() -> None:
    result = cablese.run("comp_ams", problem=OWN, nodes=4, rounds=60, set={"b": 16, "eta": 0.01})
    assert result.header.dtype == "float32" and result.header.d == 64 * 12 + 12 + 130
    assert result.header.versions["torch"] == torch.__version__
    assert result.header.versions["net.py"] == f"sha256 {sha256(NET.read_bytes()).hexdigest()[:16]}"
    assert result.header.versions["network gradients"] == "one node at a time"
    assert result.trace.test_accuracy[-1] > 0.6 > result.trace.test_accuracy[0]
    double = cablese.run(
        "comp_ams", problem=OWN, nodes=4, rounds=60, set={"b": 16, "eta": 0.01}, dtype="float64"
    )
    assert double.header.dtype == "float64"
    assert double.trace.test_loss[-1] == pytest.approx(result.trace.test_loss[-1], rel=0.05)


def test_the_output_comes_back_as_a_module(tmp_path: Path) -> None:
    result = cablese.run("sgd", problem=MLP, **RUN)
    module = result.module()
    assert np.array_equal(
        torch.nn.utils.parameters_to_vector(module.parameters()).detach().numpy(), result.output
    )
    result.save_model(tmp_path / "model.safetensors")
    from safetensors.numpy import load_file

    kept = load_file(tmp_path / "model.safetensors")
    assert sorted(kept) == ["1.bias", "1.weight", "3.bias", "3.weight"] and kept["1.weight"].shape == (12, 64)
    assert np.array_equal(kept["3.bias"], module[3].bias.detach().numpy())


def test_a_run_on_the_command_line_saves_its_model_and_another_starts_from_it(tmp_path: Path) -> None:
    from cablese.cli.main import app

    saved = tmp_path / "model.safetensors"
    words = ["run", "sgd", "-n", "5", "-k", "8", "--set", "b=6", "--set", "gamma=0.05", "--quiet"]
    with pytest.raises(SystemExit) as ended:
        app(args=[*words, "--problem", MLP, "--save", str(saved)], prog_name="cablese")
    assert not ended.value.code
    first = cablese.run("sgd", problem=MLP, **RUN)
    second = cablese.run("sgd", problem=f'{MLP[:-1]}, x0 = "file:{saved}")', **RUN)
    assert second.trace.test_loss[0] == first.trace.test_loss[-1]
    with pytest.raises(SetupError, match=r"1\.weight"):
        cablese.run("sgd", problem=f'{MLP[:-1]}, x0 = "file:{saved}")'.replace("mlp(12)", "mlp(13)"), **RUN)


def test_epochs_of_a_walk_through_the_samples_are_whole() -> None:
    """359 samples a node are 18 batches, the last of 19: after 18 and 36 rounds an epoch and two are over."""
    spec = """algorithm WALK
problem minimize
param gamma = 0.05 / 2 ^ epoch(k)
init:
    all: x = x0
round:
    node: event xi ~ minibatch(20, order = epochs)
    node -> server: m = grad(x, xi)
    server -> all: x = x - gamma * mean(m)
output x
"""
    problem = 'network(model = "mlp(4)", data = "digits", equal = true)'
    result = cablese.run(spec, problem=problem, nodes=5, rounds=36, every=18)
    assert result.header.samples == (359,) * 5
    assert result.epochs.tolist() == [0, 1, 2]
    assert result.trace.loss[-1] < result.trace.loss[0]


def test_frozen_parameters_stay_as_they_were_made() -> None:
    problem = made("torch", module=f"{NET}:frozen")
    assert [name for name, _ in problem.blocks] == ["1.weight", "1.bias"]


def test_a_loss_of_ones_own_comes_with_the_module() -> None:
    result = cablese.run("sgd", problem=OWN.replace("net.py", "net.py:with_loss"), **RUN)
    assert result.trace.loss[-1] < result.trace.loss[0]


def test_constants_that_no_network_has_are_asked_for() -> None:
    with pytest.raises(
        SetupError,
        match=r"no constant `L_mean2`: give the param a value, `--set gamma=…`, or let it be est.* `smoothness = estimate`",
    ):
        cablese.run("marina", problem=MLP, nodes=3)


def test_smoothness_is_estimated_on_request_and_said_to_be() -> None:
    """The Hessian of a linear model at 0 has a closed form: each class's share is 1/10."""
    problem = made(model="mlp", l2=0.1, smoothness="estimate", metric_samples=0)
    problem._flat.start[:] = 0
    share = np.full(10, 0.1)
    part = np.diag(share) - np.outer(share, share)
    rows = [np.c_[inputs, np.ones(len(inputs))] for inputs, _ in problem._shards]
    matrices = [x.T @ x / len(x) for x in map(np.float64, rows)]
    most = np.linalg.eigvalsh(part)[-1]
    expected = [most * np.linalg.eigvalsh(each)[-1] + 0.1 for each in matrices]
    assert problem.estimated == {"L", "L_i", "L_max", "L_mean2"}
    np.testing.assert_allclose(problem.constant("L_i"), expected, rtol=0.03)
    assert problem.constant("L_max") == max(problem.constant("L_i"))
    whole = most * np.linalg.eigvalsh(np.mean(matrices, axis=0))[-1] + 0.1
    assert problem.constant("L") == pytest.approx(whole, rel=0.03)
    assert problem.constant("mu") is None


def test_a_run_with_estimated_constants_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    from cablese.cli.main import app

    problem = f"{MLP[:-1]}, smoothness = estimate)"
    with pytest.warns(UserWarning, match="L_mean2 = .*: estimated by power iteration"):
        result = cablese.run("marina", problem=problem, nodes=3, rounds=20)
    assert result.header.versions["constants"] == "estimated at x0 by power iteration"
    assert result.header.constants["L_mean2"] > 0 and result.trace.loss[-1] < result.trace.loss[0]
    with pytest.raises(SystemExit) as ended:
        app(args=["run", "marina", "-n", "3", "-k", "2", "--problem", problem], prog_name="cablese")
    assert not ended.value.code
    said = " ".join(capsys.readouterr().err.split())
    assert "estimated by power iteration at x0. It is no bound" in said


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "normed",
            "the module's `1` is a BatchNorm1d, which gathers statistics .* Take GroupNorm or LayerNorm",
        ),
        ("few", r"the module that `few` \(net.py:\d+\) makes gives shape \(2, 3\) .* here \(2, 10\)"),
        (
            "narrow",
            r"makes failed: RuntimeError: mat1 .* It was shown 2 samples of shape \(64,\), .* `info.shape`",
        ),
        ("none", "the module has no parameters that require gradients"),
        ("double", "parameter `weight` is of type torch.float64: all must be float32"),
        ("text", r"`text` \(net.py:\d+\) gives an object of type str, and must give a torch.nn.Module"),
        ("breaks", r"the module that `breaks` \(net.py:\d+\) makes failed at net.py:\d+: AttributeError"),
        ("nan", "the loss of the module that `nan` .* is not finite at the module's initialisation"),
        ("nowhere", "net.py has no `nowhere`"),
        (
            "with_losses",
            r"the loss of the module that `with_losses` .* gives shape \(2,\), .* one number, the mean",
        ),
        (
            "with_number",
            "the loss of the module that `with_number` .* gives an object of type float, .* one number",
        ),
        ("with_cut_loss", "no gradient of the loss of the module that `with_cut_loss` .* `detach`"),
        ("lazy", "parameter `weight` has no shape before the module's first call: .*nn.Linear"),
        ("elsewhere", "parameter `weight` is on the device meta: .* on the CPU"),
        ("a_class", r"`a_class` \(net.py:\d+\) gives the class Linear, and must give a torch.nn.Module"),
        ("counts", r"the module that `counts` .* two gradients at one point, .* torch's own draws"),
    ],
)
def test_a_module_that_does_not_serve_is_told(name: str, says: str) -> None:
    with pytest.raises(SetupError, match=says) as caught:
        made("torch", module=f"{NET}:{name}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("mnist_cn", "there is no model 'mnist_cn'. Did you mean mnist_cnn?"),
        (
            "mnist_cnn",
            r"the model mnist_cnn is for images of at least 16 x 16, and the samples have shape \(64,\)",
        ),
        ("mlp(0)", r"the model mlp\(0\) does not serve"),
        ("mlp(-3)", "it takes at most 64 whole numbers, each at least 1"),
        ("mlp(2.5)", "it takes at most 64 whole numbers"),
        ("lenet5(3)", "it takes no numbers"),
        ("imdb_lstm", "the model imdb_lstm is for texts"),
    ],
)
def test_a_model_that_does_not_serve_is_told(model: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        made(model=model)


def test_compressed_gradients_train_as_well_with_a_hundredth_and_a_thirtieth_of_the_bits() -> None:
    """The quick size of `bench/accuracy.py`: within five points on digits, where MNIST's are within one."""
    program = Path(__file__).parents[2] / "bench" / "accuracy.py"
    ended = subprocess.run([sys.executable, program, "--quick"], capture_output=True, text=True, timeout=200)
    assert ended.returncode == 0, ended.stderr
    found = [
        (float(line.split("accuracy")[1].split("%")[0]), float(line.split("%,")[1].split("x")[0]))
        for line in ended.stdout.splitlines()
    ]
    (full, _), (sparse, sparse_bits), (signs, sign_bits) = found
    assert min(sparse, signs) > full - 5 and full > 90
    assert sparse_bits > 90 and sign_bits > 25
