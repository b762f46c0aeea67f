"""MARINA and DIANA with Rand-K as a careful NumPy programmer writes them: the yardstick of `rounds.py`.

Everything of a round that can be saved is saved: buffers are reused, MARINA's last gradient is kept, one
generator draws for all nodes, bits are counted by formula. What is sent is rounded to float32, as the runtime
does it.
The `_dense` versions hold messages as (n, d) arrays, the others as k indices and values a node.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
FLOAT_BITS = 32
SPARSE_PAYS_BELOW = 0.3  # density of the data under which products with CSR rows beat dense ones


# --- problems -------------------------------------------------------------------------------------


class Problem(Protocol):
    n: int
    d: int
    smoothness: float  # what the step is made of: sqrt(mean L_i^2), up to a constant

    def gradients(self, x: Vector, out: Vector) -> None:
        """Writes grad f_i(x) into row i of `out` (n, d)."""


class Quadratic:
    """f_i = 1/2 sum_c a_ic x_c^2 - b_ic x_c, the mean of a log-spaced over [0.01, 1]."""

    def __init__(self, n: int, d: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.n, self.d, self.smoothness = n, d, 1.0
        deviation = rng.uniform(-0.1, 0.1, (n, d))
        self.a = np.geomspace(0.01, 1.0, d) * (1 + deviation - deviation.mean(axis=0))
        self.b = rng.standard_normal((n, d))

    def gradients(self, x: Vector, out: Vector) -> None:
        np.multiply(self.a, x, out=out)
        out -= self.b


class Sigmoid:
    """f_i = mean_j (1 - 1 / (1 + exp(-y_j a_j.x)))^2 over node i's rows, dealt like `array_split`."""

    def __init__(self, rows: Any, signs: Vector, n: int) -> None:
        from scipy import sparse

        signed = sparse.csr_array(rows) * signs[:, None]
        bounds = np.cumsum([0] + [len(part) for part in np.array_split(signs, n)])
        blocks = [signed[i:j].T / (j - i) for i, j in pairwise(bounds)]
        self.n, self.d = n, signed.shape[1]
        self.smoothness = 0.15406 * float(np.mean(signed.multiply(signed).sum(axis=1)))
        self.sparse = signed.nnz < SPARSE_PAYS_BELOW * signed.shape[0] * signed.shape[1]
        self.rows: Any = sparse.csr_array(signed) if self.sparse else signed.toarray()
        # all nodes' gradients in one product: block i is node i's rows, transposed and divided by m_i
        self.back: Any = sparse.csr_array(sparse.block_diag(blocks, format="csr"))
        self.parts = [(i, slice(bounds[i], bounds[i + 1])) for i in range(n)]

    def gradients(self, x: Vector, out: Vector) -> None:
        tails = self.rows @ x
        np.exp(tails, out=tails)
        tails += 1
        np.reciprocal(tails, out=tails)  # 1 - sigma(y a.x)
        weights = tails - 1
        weights *= 2
        weights *= tails
        weights *= tails
        if self.sparse:
            np.copyto(out, (self.back @ weights).reshape(self.n, self.d))
            return
        for i, part in self.parts:
            np.matmul(weights[part], self.rows[part], out=out[i])
            out[i] /= part.stop - part.start


def read_rows(path: Path) -> tuple[Any, Vector]:
    """A svmlight file (plain, .gz, .bz2), the lower label -1."""
    from sklearn.datasets import load_svmlight_file

    rows, labels = load_svmlight_file(str(path))
    return rows, np.where(labels == labels.min(), -1.0, 1.0)


def make_rows(samples: int = 8124, d: int = 112, ones: int = 21, seed: int = 0) -> tuple[Any, Vector]:
    """Rows of `ones` random ones with the labels of a noisy plane: shape and density of `mushrooms`."""
    from scipy import sparse

    rng = np.random.default_rng(seed)
    columns = rng.random((samples, d)).argpartition(ones, axis=1)[:, :ones]
    starts = np.arange(0, samples * ones + 1, ones)
    rows = sparse.csr_array((np.ones(samples * ones), np.sort(columns, axis=1).ravel(), starts), (samples, d))
    scores = rows @ rng.standard_normal(d) + rng.standard_normal(samples)
    return rows, np.where(scores < np.median(scores), -1.0, 1.0)


# --- what both methods share ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """The model after the last round, the totals, and the seconds spent in rounds alone."""

    x: Vector
    bits_up: int
    bits_down: int
    seconds: float


Method = Callable[[Problem, int, int], Outcome]  # (problem, k, rounds)


def pick(rng: np.random.Generator, n: int, d: int, k: int) -> NDArray[np.int64]:
    """k coordinates of d for each of n nodes: (n, k)."""
    if d <= 4096:
        return rng.random((n, d)).argpartition(k - 1, axis=1)[:, :k]
    return np.stack([rng.choice(d, k, replace=False, shuffle=False) for _ in range(n)])


def message_bits(d: int, k: int) -> int:
    """k floats and an index set near its bound log2 C(d, k)."""
    subsets = math.lgamma(d + 1) - math.lgamma(k + 1) - math.lgamma(d - k + 1)
    return k * FLOAT_BITS + math.ceil(subsets / math.log(2))


def round_to_wire(v: Vector) -> None:
    """In place: what a dense float32 message leaves of v."""
    v[...] = v.astype(np.float32)


def marina_step(problem: Problem, k: int) -> float:
    p, omega = k / problem.d, problem.d / k - 1
    return 1 / (problem.smoothness * (1 + math.sqrt((1 - p) * omega / (p * problem.n))))


def diana_step(problem: Problem, k: int) -> float:
    omega = problem.d / k - 1
    return 1 / (10 * problem.smoothness * math.sqrt(1 + omega / problem.n) * (2 + omega))


# --- the programs ---------------------------------------------------------------------------------


def marina(problem: Problem, k: int, rounds: int) -> Outcome:
    n, d, p, scale, gamma = problem.n, problem.d, k / problem.d, problem.d / k, marina_step(problem, k)
    rng, rows, short = np.random.default_rng(0), np.arange(n)[:, None], n * message_bits(d, k)
    x, old, new = np.zeros(d), np.empty((n, d)), np.empty((n, d))
    problem.gradients(x, old)
    g = old.astype(np.float32).mean(axis=0, dtype=np.float64)
    bits_up, bits_down, started = n * d * FLOAT_BITS, 0, time.perf_counter()
    for _ in range(rounds):
        coin = rng.random() < p
        round_to_wire(g)
        bits_down += n * (d * FLOAT_BITS + 1)
        x -= gamma * g
        problem.gradients(x, new)
        if coin:
            new.astype(np.float32).mean(axis=0, dtype=np.float64, out=g)
            bits_up += n * d * FLOAT_BITS
        else:
            kept = pick(rng, n, d, k)
            values = (scale * (new[rows, kept] - old[rows, kept])).astype(np.float32)
            np.add.at(g, kept.ravel(), values.ravel() / np.float64(n))
            bits_up += short
        old, new = new, old
    return Outcome(x, bits_up, bits_down, time.perf_counter() - started)


def marina_dense(problem: Problem, k: int, rounds: int) -> Outcome:
    n, d, p, scale, gamma = problem.n, problem.d, k / problem.d, problem.d / k, marina_step(problem, k)
    rng, rows, short = np.random.default_rng(0), np.arange(n)[:, None], n * message_bits(d, k)
    x, old, new, sent = np.zeros(d), np.empty((n, d)), np.empty((n, d)), np.empty((n, d), np.float32)
    problem.gradients(x, old)
    g = old.astype(np.float32).mean(axis=0, dtype=np.float64)
    bits_up, bits_down, started = n * d * FLOAT_BITS, 0, time.perf_counter()
    for _ in range(rounds):
        coin = rng.random() < p
        round_to_wire(g)
        bits_down += n * (d * FLOAT_BITS + 1)
        x -= gamma * g
        problem.gradients(x, new)
        if coin:
            new.astype(np.float32).mean(axis=0, dtype=np.float64, out=g)
            bits_up += n * d * FLOAT_BITS
        else:
            kept = pick(rng, n, d, k)
            np.subtract(new, old, out=old)
            sent.fill(0)
            sent[rows, kept] = scale * old[rows, kept]
            g += sent.mean(axis=0, dtype=np.float64)
            bits_up += short
        old, new = new, old
    return Outcome(x, bits_up, bits_down, time.perf_counter() - started)


def diana(problem: Problem, k: int, rounds: int) -> Outcome:
    n, d, scale, gamma, alpha = problem.n, problem.d, problem.d / k, diana_step(problem, k), k / problem.d
    rng, rows, short = np.random.default_rng(0), np.arange(n)[:, None], n * message_bits(d, k)
    x, h, memories, gradients = np.zeros(d), np.zeros(d), np.zeros((n, d)), np.empty((n, d))
    g, step = np.empty(d), np.empty(d)
    started = time.perf_counter()
    for _ in range(rounds):
        problem.gradients(x, gradients)
        kept = pick(rng, n, d, k)
        values = scale * (gradients[rows, kept] - memories[rows, kept])
        round_to_wire(values)
        memories[rows, kept] += alpha * values
        flat, shares = kept.ravel(), values.ravel() / n
        np.copyto(g, h)
        np.add.at(g, flat, shares)
        np.add.at(h, flat, alpha * shares)
        round_to_wire(g)
        x -= np.multiply(g, gamma, out=step)
    return Outcome(x, rounds * short, rounds * n * d * FLOAT_BITS, time.perf_counter() - started)


def diana_dense(problem: Problem, k: int, rounds: int) -> Outcome:
    n, d, scale, gamma, alpha = problem.n, problem.d, problem.d / k, diana_step(problem, k), k / problem.d
    rng, rows, short = np.random.default_rng(0), np.arange(n)[:, None], n * message_bits(d, k)
    x, h, memories, gradients = np.zeros(d), np.zeros(d), np.zeros((n, d)), np.empty((n, d))
    sent = np.empty((n, d), np.float32)
    started = time.perf_counter()
    for _ in range(rounds):
        problem.gradients(x, gradients)
        kept = pick(rng, n, d, k)
        gradients -= memories
        sent.fill(0)
        sent[rows, kept] = scale * gradients[rows, kept]
        memories += np.multiply(sent, alpha, out=gradients)
        average = sent.mean(axis=0, dtype=np.float64)
        g = h + average
        h += alpha * average
        round_to_wire(g)
        x -= gamma * g
    return Outcome(x, rounds * short, rounds * n * d * FLOAT_BITS, time.perf_counter() - started)


METHODS: dict[str, Method] = {"marina": marina, "diana": diana}
DENSE_METHODS: dict[str, Method] = {"marina": marina_dense, "diana": diana_dense}
