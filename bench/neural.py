"""Time of a round of COMP-AMS on a network: cablese against a careful loop in PyTorch, in turns; the median ratio.

python bench/neural.py --data path/to/train-images-idx3-ubyte.gz --rounds 20 --repeats 5
python bench/neural.py --quick                          # a small network on digits, seconds
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import cablese
import numpy as np
import torch
from cablese.runtime.networks.models import Shape, make_model
from cablese.runtime.problems.network_data import load_samples
from measured import processor, versions
from threadpoolctl import threadpool_limits

NODES, BATCH, SHARE = 16, 32, 0.01


def ours(problem: str, rounds: int) -> float:
    """Seconds a round, without set-up and metrics."""
    result = cablese.run(
        "comp_ams",
        problem=problem,
        nodes=NODES,
        rounds=rounds,
        every=rounds,
        split="shuffled",
        set={"b": BATCH},
    )
    assert result.summary is not None
    return result.summary.seconds / rounds


def by_hand(model: str, data: str, rounds: int) -> float:
    """Seconds a round of the same method: gradients node by node, top-k of the error-fed gradient, AMSGrad at the server."""
    samples = load_samples(data, vocabulary=1000, length=80)
    module = make_model(model, Shape(samples.shape, samples.classes, samples.words))
    parameters = list(module.parameters())
    x = torch.nn.utils.parameters_to_vector(parameters).detach()
    k, d = max(1, -(-len(x) // 100)), len(x)
    draws = np.random.default_rng(0)
    parts = np.array_split(draws.permutation(len(samples.train.labels)), NODES)
    shards = [
        (torch.from_numpy(samples.train.inputs[part]), torch.from_numpy(samples.train.labels[part]))
        for part in parts
    ]
    errors = torch.zeros(NODES, d)
    m, v, top = torch.zeros(d), torch.zeros(d), torch.zeros(d)
    module.train()
    began = time.perf_counter()
    for _ in range(rounds):
        torch.nn.utils.vector_to_parameters(x, parameters)
        total = torch.zeros(d)
        for node, (inputs, labels) in enumerate(shards):
            chosen = torch.from_numpy(draws.choice(len(labels), BATCH, replace=False))
            loss = torch.nn.functional.cross_entropy(module(inputs[chosen]), labels[chosen])
            found = torch.autograd.grad(loss, parameters)
            fed = errors[node]
            torch.add(fed, torch.cat([part.flatten() for part in found]), out=fed)
            places = fed.abs().topk(k, sorted=False).indices
            total[places] += fed[places]
            fed[places] = 0
        g = total / NODES
        m.mul_(0.9).add_(g, alpha=0.1)
        v.mul_(0.999).addcmul_(g, g, value=0.001)
        torch.maximum(top, v, out=top)
        x = x - 1e-3 * m / torch.sqrt(top + 1e-8)
    return (time.perf_counter() - began) / rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--model", default="mnist_cnn")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.data, given.model, given.rounds, given.repeats = "digits", "mlp(64)", 5, 1
    problem = f'network(model = "{given.model}", data = "{given.data}")'
    print(processor(), versions("torch", "numpy"), sep=", ")
    pairs: list[tuple[float, float]] = []
    torch.set_num_threads(1)
    with threadpool_limits(1):
        by_hand(given.model, given.data, 1)
        for _ in range(given.repeats):
            pairs.append((ours(problem, given.rounds), by_hand(given.model, given.data, given.rounds)))
    times: list[Any] = [1e3 * statistics.median(each) for each in zip(*pairs, strict=True)]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    print(f"cablese {times[0]:.1f} ms, by hand {times[1]:.1f} ms a round, ratio {ratio:.3f}")


if __name__ == "__main__":
    main()
