"""The same job in decent-bench, a public simulator, and here: `python bench/simulators.py`.

Decentralised gradient descent on a ring and federated averaging with four local steps, logistic regression with 50 samples a
node. Both get the same samples, weights and steps, and must end at the same point to 1e-9, or the program fails. Prints
microseconds a round (the difference of a long and a short run, so that set-up does not count), medians of runs in turns, and
their ratio. Ours counts the bits of every message that its codecs write; decent-bench counts entries by a formula.
Needs `pip install decent-bench`, which needs Python 3.13.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cablese
import networkx
import numpy as np
from decent_array import interoperability
from decent_bench.agents import Agent
from decent_bench.algorithms.federated import FedAvg
from decent_bench.algorithms.p2p import DGD
from decent_bench.costs import LogisticRegressionCost
from decent_bench.networks import FedNetwork, P2PNetwork
from measured import processor, seconds, versions
from numpy.typing import NDArray

Vector = NDArray[np.float64]
SAMPLES, STEP, LOCAL_STEPS = 50, 0.1, 4
AGREE = 1e-9
SHORT = 4
"""The long run is so many times the short one."""


@dataclass(frozen=True)
class Shards:
    """Samples of each node, (n, m, d), and their labels -1 and 1, (n, m)."""

    rows: Vector
    labels: Vector

    @classmethod
    def drawn(cls, nodes: int, d: int) -> Shards:
        """Normal features of unit norm on average, and labels of a noisy plane."""
        random = np.random.default_rng(0)
        rows = random.standard_normal((nodes, SAMPLES, d)) / np.sqrt(d)
        plane = rows @ random.standard_normal(d) + 0.1 * random.standard_normal((nodes, SAMPLES))
        return cls(rows, np.where(plane > 0, 1.0, -1.0))

    def write(self, path: Path) -> None:
        """A CSV file of all samples, node by node, the label last."""
        nodes, _, d = self.rows.shape
        with path.open("w", newline="") as stream:
            table = csv.writer(stream)
            table.writerow([*(f"a{column}" for column in range(d)), "label"])
            for node in range(nodes):
                for row, label in zip(self.rows[node], self.labels[node], strict=True):
                    table.writerow([*map(repr, row.tolist()), int(label)])

    def agents(self) -> list[Agent]:
        """decent-bench's nodes, which keep no history of their iterates."""
        return [
            Agent(
                LogisticRegressionCost(
                    [
                        (
                            interoperability.from_numpy(row),
                            interoperability.from_numpy(np.array([label > 0], float)),
                        )
                        for row, label in zip(rows, labels, strict=True)
                    ]
                ),
                state_snapshot_period=10**9,
            )
            for rows, labels in zip(self.rows, self.labels, strict=True)
        ]


@dataclass(frozen=True)
class Job:
    """One method in both programs: run for so many rounds, each returns the mean iterate of the nodes, or the server's."""

    name: str
    theirs: Callable[[Shards, int], Callable[[], Vector]]
    ours: Callable[[Path, int, int], Callable[[], Vector]]


def _their_descent(shards: Shards, rounds: int) -> Callable[[], Vector]:
    agents = shards.agents()
    network = P2PNetwork(networkx.cycle_graph(len(agents)), agents)

    def run() -> Vector:
        DGD(step_size=STEP).run(network, rounds)
        return np.mean([interoperability.to_numpy(agent.x) for agent in agents], axis=0)

    return run


def _their_averaging(shards: Shards, rounds: int) -> Callable[[], Vector]:
    network = FedNetwork(shards.agents())

    def run() -> Vector:
        FedAvg(step_size=STEP, num_local_steps=LOCAL_STEPS).run(network, rounds)
        return np.asarray(interoperability.to_numpy(network.server().x))

    return run


def _our(spec: str, **choices: Any) -> Callable[[Path, int, int], Callable[[], Vector]]:
    def prepared(data: Path, nodes: int, rounds: int) -> Callable[[], Vector]:
        def run() -> Vector:
            ended = cablese.run(
                spec, problem=f"logreg(data = '{data}')", nodes=nodes, rounds=rounds, every=rounds, wire="float64",
                metrics=[], **choices,
            )  # fmt: skip
            output = np.asarray(ended.output)
            return output.mean(axis=0) if output.ndim > 1 else output

        return run

    return prepared


JOBS = (
    Job("DGD, ring", _their_descent, _our("dpsgd", graph="ring", set={"gamma": STEP})),
    Job(
        "FedAvg, 4 steps",
        _their_averaging,
        _our("local_sgd", set={"gamma": STEP, "H": LOCAL_STEPS}),
    ),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--nodes", type=int, nargs="+", default=[10, 100, 1000])
    options.add_argument("--dimensions", type=int, nargs="+", default=[20, 200])
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--node-rounds", type=int, default=20_000, help="of a short run")
    given = options.parse_args()
    interoperability.set_backend("numpy")
    print(processor(), versions("cablese", "decent-bench", "numpy"), sep=", ")
    print(f"{'job':18}{'nodes':>7}{'d':>7}{'theirs, us':>13}{'ours, us':>11}{'ratio':>8}{'apart':>10}")
    for job in JOBS:
        for nodes in given.nodes:
            for d in given.dimensions:
                _compare(job, nodes, d, max(10, given.node_rounds // nodes), given.repeats)


def _compare(job: Job, nodes: int, d: int, rounds: int, repeats: int) -> None:
    shards = Shards.drawn(nodes, d)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "samples.csv"
        shards.write(data)
        theirs, ours = job.theirs(shards, rounds)(), job.ours(data, nodes, rounds)()
        apart = float(np.abs(theirs - ours).max())
        if not apart <= AGREE:
            raise SystemExit(f"{job.name}, {nodes} nodes, d = {d}: the points are {apart:.1e} apart")
        found: dict[str, list[float]] = {"theirs": [], "ours": []}
        for _ in range(repeats):
            for name, prepare in (
                ("theirs", lambda rounds: job.theirs(shards, rounds)),
                ("ours", lambda rounds: job.ours(data, nodes, rounds)),
            ):
                short, long = seconds(prepare(rounds)), seconds(prepare(SHORT * rounds))
                found[name].append((long - short) / ((SHORT - 1) * rounds) * 1e6)
    them, us = (statistics.median(found[name]) for name in ("theirs", "ours"))
    print(f"{job.name:18}{nodes:7}{d:7}{them:13.0f}{us:11.0f}{them / us:8.1f}{apart:10.0e}", flush=True)


if __name__ == "__main__":
    main()
