"""Test accuracy and uplink of COMP-AMS by compressor (arXiv:2205.05632, figure 3): 16 nodes, batches of 32.

python bench/accuracy.py --data …/train-images-idx3-ubyte.gz --test …/t10k-images-idx3-ubyte.gz --epochs 3
python bench/accuracy.py --quick                        # a small network on digits, seconds
"""

from __future__ import annotations

import argparse

import cablese

NODES, BATCH = 16, 32
COMPRESSORS = ("identity()", "top_k(k = ceil(d / 100))", "block_sign()")


def trained(compressor: str, problem: str, epochs: float, step: float) -> cablese.Result:
    """A run of so many passes over the data; `problem` has the number of samples in its first run's header."""
    samples = sum(cablese.run("sgd", problem=problem, nodes=NODES, rounds=0, set={"gamma": 1}).header.samples)
    rounds = max(1, round(epochs * samples / (NODES * BATCH)))
    settings = {"C": compressor, "b": BATCH, "eta": step}
    return cablese.run(
        "comp_ams", problem=problem, nodes=NODES, rounds=rounds, every=rounds, split="shuffled", set=settings
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits")
    parser.add_argument("--test", default="0.2")
    parser.add_argument("--model", default="mnist_cnn")
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--step", type=float, default=1e-3)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.model, given.epochs, given.step = "mlp(32)", 20, 1e-2
    problem = f'network(model = "{given.model}", data = "{given.data}", test = "{given.test}")'
    full = 0
    for compressor in COMPRESSORS:
        trace = trained(compressor, problem, given.epochs, given.step).trace
        sent = int(trace.bits_paper[-1])
        full = full or sent
        accuracy = 100 * trace.test_accuracy[-1]
        print(f"{compressor:26} accuracy {accuracy:.2f} %, {full / sent:.1f} x fewer bits up as papers count")


if __name__ == "__main__":
    main()
