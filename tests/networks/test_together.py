"""Gradients of several nodes by vmap: the loop's but for rounding, and a node's bits whoever shares the call."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.problems.registry import make_problem

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch

SINGLE = backend("cpu", "float32", "float32")
NET = Path(__file__).with_name("net.py")
MLP = 'network(model = "mlp(12)", data = "digits", test = "0.2")'
WAY = "network gradients"


def made(n: int, model: str = "mlp(12)", **more: Any) -> Any:
    return make_problem("network", {"data": "digits", "model": model, **more}, n=n, split="shuffled", seed=1)


def test_gradients_together_are_those_of_the_loop() -> None:
    """Batches that differ in size, at points of the nodes' own, and all samples, more than go through at once."""
    problem = made(8, l2=0.3, metric_samples=0, equal=True)
    assert problem.versions[WAY] == "nodes together, by vmap"
    oracle = problem.oracle(SINGLE, 2, 7)
    draws = np.random.default_rng(0)
    points = (problem.start + 0.1 * draws.standard_normal((4, problem.d))).astype(np.float32)
    batch = Batch(draws.integers(0, 200, (4, 9)), np.array([9, 5, 9, 9]), full=False)
    members = np.array([3, 0, 3, 1])
    found = oracle.batch_gradients(points, batch, members)
    expected = torch.empty(4, problem.d)
    for row, node in enumerate(members + 2):
        chosen = batch.indices[row, : batch.sizes[row]]
        inputs, labels = (torch.from_numpy(array[chosen]) for array in problem._shards[node])
        problem._flat.write_gradient(expected[row], torch.from_numpy(points[row]), inputs, labels, None)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)
    whole = make_problem("network", {"data": "digits", "model": "mlp"}, n=8, split="quantity(0.3)", seed=1)
    assert max(whole.samples) > 256
    point, shards = torch.from_numpy(whole.start.astype(np.float32)), whole._shards
    for row, found in enumerate(whole.oracle(SINGLE, 0, 8).gradients(point.numpy())):
        target = torch.empty(whole.d)
        whole._flat.write_gradient(target, point, *map(torch.from_numpy, shards[row]), None)
        np.testing.assert_allclose(found, target, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_bits_of_a_node_are_the_same_whoever_shares_the_call(seed: int) -> None:
    from cablese.runtime.networks.flat import LOSSES, FlatModule, own_draws
    from cablese.runtime.networks.together import Together, may_share
    from torch import nn

    chance = random.Random(seed)
    for _ in range(12):
        widths = [chance.choice([1, 2, 3, 5, 8, 16, 33, 64, 130]) for _ in range(chance.randrange(1, 4))]
        classes = chance.choice([2, 3, 10, 26])
        layers: list[Any] = [nn.Flatten()]
        for before, after in zip(widths, [*widths[1:], classes], strict=True):
            layers += [nn.Linear(before, after), chance.choice([nn.ReLU, nn.LeakyReLU])()]
        flat = FlatModule(nn.Sequential(*layers[:-1]), LOSSES["cross_entropy"])
        assert may_share(flat, 8, 1)
        n, b = chance.choice([8, 11, 20]), chance.choice([1, 3, 6, 7, 20, 32])
        samples = [(torch.randn(b, widths[0]), torch.randint(0, classes, (b,))) for _ in range(n)]
        points = list(0.3 * torch.randn(n, flat.d))
        alone, whole = torch.empty(n, flat.d), torch.empty(n, flat.d)
        with own_draws():
            together = Together(flat)
            nodes = range(n)
            together.write(whole, points, samples, nodes)
            for count in (1, 2, 3, 5):
                for first in range(0, n, count):
                    rows = slice(first, first + count)
                    together.write(alone[rows], points[rows], samples[rows], nodes[rows])
                assert torch.equal(alone, whole), (widths, classes, n, b, count)
            together.write(
                whole, points[:1] * n, samples, nodes
            )  # one point of all, or a copy of it for each
            together.write(alone, list(points[0].repeat(n, 1)), samples, nodes)
        assert torch.equal(alone, whole), (widths, classes, n, b)


def test_the_loop_is_for_other_layers_few_nodes_and_large_models() -> None:
    from cablese.runtime.networks.flat import LOSSES, FlatModule
    from cablese.runtime.networks.together import may_share
    from torch import nn

    def shared(*layers: Any, nodes: int = 8, axes: int = 1) -> bool:
        return may_share(FlatModule(nn.Sequential(*layers), LOSSES["cross_entropy"]), nodes, axes)

    first, last = nn.Linear(8, 6), nn.Linear(6, 3)
    assert shared(first, nn.ReLU(), last)
    assert not shared(first, nn.ReLU(), last, nodes=7)
    assert not shared(first, nn.ReLU(), last, axes=3)
    for other in (nn.Tanh(), nn.Dropout(0.2), nn.ReLU(inplace=True), nn.Flatten(0), nn.LayerNorm(6)):
        assert not shared(first, other, last)
    assert not shared(nn.Linear(256, 256), last)
    hooked = nn.Linear(6, 3)
    hooked.register_forward_hook(lambda *_: None)
    assert not shared(first, hooked)
    assert not shared(first, nn.Linear(6, 3).requires_grad_(False))
    assert made(7).versions[WAY] == made(8, "mlp(600, 600)").versions[WAY] == "one node at a time"
    own = make_problem(
        "torch", {"module": f"{NET}:with_loss", "data": "digits"}, n=8, split="shuffled", seed=1
    )
    assert own.versions[WAY] == "one node at a time"


def points_of(file: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [{**line, "seconds": 0} for line in lines if line["type"] == "point"]


@pytest.mark.slow
@pytest.mark.mpi
@pytest.mark.parametrize(
    ("spec", "nodes", "more"),
    [
        ("comp_ams", 9, ["b=8", "eta=0.01"]),
        ("vr_marina", 8, ["gamma=0.05", "p=0.3", "b=6"]),  # full gradients and minibatches
    ],
)
def test_ranks_write_the_same_points(spec: str, nodes: int, more: list[str], tmp_path: Path) -> None:
    """8 nodes on 7 ranks leave one node alone on most of them."""
    from launching import mpirun

    words = [spec, "-n", str(nodes), "-k", "9", "--every", "3", "--quiet", "--problem", MLP]
    for name in more:
        words += ["--set", name]
    found = []
    for ranks in (1, 2, 3, 7):
        file = tmp_path / str(ranks)
        ended = mpirun(ranks, "-m", "cablese.cli.main", "run", *words, "--trace", file)
        assert ended.returncode == 0, ended.stderr
        assert json.loads(file.read_text().splitlines()[0])["versions"][WAY] == "nodes together, by vmap"
        found.append(points_of(file))
    assert found[0] == found[1] == found[2] == found[3] and len(found[0]) == 4


def test_a_run_says_the_way_of_its_gradients() -> None:
    result = cablese.run("sgd", problem=MLP, nodes=8, rounds=30, set={"b": 8, "gamma": 0.1})
    assert result.header.versions[WAY] == "nodes together, by vmap"
    assert result.trace.loss[-1] < 0.8 * result.trace.loss[0]


@pytest.mark.parametrize("nodes", [8, 3])
def test_gradients_in_turn_have_the_bits_of_all(nodes: int) -> None:
    """Together, and one node at a time."""
    problem = made(nodes)
    oracle, point = problem.oracle(SINGLE, 0, nodes), problem.start.astype(np.float32)
    assert np.array_equal(list(oracle.serial_gradients(point)), oracle.gradients(point))


def test_bits_of_a_node_are_the_same_whatever_node_it_stands_behind() -> None:
    """Rows of an odd length begin anywhere within a register, where products of matrices have other last bits."""
    problem = make_problem("torch", {"module": f"{NET}:odd", "data": "digits"}, n=8, split="shuffled", seed=1)
    assert problem.d % 4
    points = np.stack([problem.start] * 8).astype(np.float32)
    one_each = Batch(np.zeros((8, 1), dtype=np.int64), np.ones(8, dtype=np.int64), False)
    whole = problem.oracle(SINGLE, 0, 8).batch_gradients(points, one_each)
    for node in range(8):
        oracle = problem.oracle(SINGLE, node, node + 1)
        alone = oracle.batch_gradients(points[node : node + 1].copy(), one_each.rows(np.array([node])))
        assert np.array_equal(alone[0], whole[node])
