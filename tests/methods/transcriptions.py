"""Methods written from their papers in plain NumPy, one loop over nodes each; nothing of cablese is used.

Every method is a generator of its model after 0, 1, 2, … rounds, as the trace's points count them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Field = Callable[[Vector], Vector]


# --- the problem: l2-regularised logistic regression, f_i the mean over node i's rows -------------


@dataclass(frozen=True)
class Logistic:
    """f = (1/n) sum_i f_i over nodes that hold `rows[i]` (m_i, d) with `signs[i]` (m_i,) in {-1, 1}."""

    rows: list[Vector]
    signs: list[Vector]
    l2: float

    @property
    def d(self) -> int:
        return self.rows[0].shape[1]

    def loss(self, x: Vector) -> float:
        pairs = zip(self.rows, self.signs, strict=True)
        local = [np.mean(np.logaddexp(0.0, -y * (a @ x))) for a, y in pairs]
        return float(np.mean(local) + 0.5 * self.l2 * (x @ x))

    def local_gradient(self, i: int, x: Vector) -> Vector:
        a, y = self.rows[i], self.signs[i]
        margins = y * (a @ x)
        weights = np.exp(-np.logaddexp(0.0, margins))
        return np.asarray(-(a.T @ (y * weights)) / len(y) + self.l2 * x)

    def local_gradients(self) -> list[Field]:
        return [lambda x, i=i: self.local_gradient(i, x) for i in range(len(self.rows))]

    def gradient(self, x: Vector) -> Vector:
        return mean([g(x) for g in self.local_gradients()])

    def local_smoothness(self) -> list[float]:
        """L_i: the largest eigenvalue of the Hessian's bound A_i' A_i / (4 m_i) + l2."""
        return [float(np.linalg.eigvalsh(a.T @ a)[-1]) / (4 * len(a)) + self.l2 for a in self.rows]

    def smoothness(self) -> float:
        """L of f."""
        bound = mean([a.T @ a / (4 * len(a)) for a in self.rows])
        return float(np.linalg.eigvalsh(bound)[-1]) + self.l2


def breast_cancer(nodes: int, l2: float) -> Logistic:
    """scikit-learn's set, rows dealt contiguously in file order, the lower label -1."""
    from sklearn.datasets import load_breast_cancer

    data, target = load_breast_cancer(return_X_y=True)
    signs = np.where(target == target.min(), -1.0, 1.0)
    return Logistic(np.array_split(data, nodes), np.array_split(signs, nodes), l2)


def mean(vectors: Sequence[Vector]) -> Vector:
    """Added one by one, then divided."""
    total = np.zeros_like(vectors[0])
    for v in vectors:
        total = total + v
    return np.asarray(total / len(vectors))


def top(k: int) -> Field:
    """Top-K: the k largest magnitudes stay; of equal ones the lowest index."""

    def compress(v: Vector) -> Vector:
        kept = sorted(range(len(v)), key=lambda j: (-abs(v[j]), j))[:k]
        result = np.zeros_like(v)
        result[kept] = v[kept]
        return result

    return compress


def block_signs(size: int) -> Field:
    """Signs of blocks of `size` entries, each times its block's mean magnitude; sign(0) = 1."""

    def compress(v: Vector) -> Vector:
        blocks = [v[first : first + size] for first in range(0, len(v), size)]
        return np.concatenate([np.where(b < 0, -1.0, 1.0) * np.mean(np.abs(b)) for b in blocks])

    return compress


# --- the methods ----------------------------------------------------------------------------------


def gd(gradients: list[Field], x: Vector, gamma: float) -> Iterator[Vector]:
    """x+ = x - gamma grad f(x)."""
    while True:
        yield x
        x = x - gamma * mean([g(x) for g in gradients])


def fed_avg(
    gradients: list[Field], sizes: Sequence[int], x: Vector, gamma: float, steps: int
) -> Iterator[Vector]:
    """FedAvg: of those who take part, (m_i + k) % 3 != 0, the local models, weighted by samples."""
    k = 0
    while True:
        yield x
        total, weight = np.zeros_like(x), 0
        for gradient, m in zip(gradients, sizes, strict=True):
            if (m + k) % 3 == 0:
                continue
            y = x
            for _ in range(steps):
                y = y - gamma * gradient(y)
            total, weight = total + m * y, weight + m
        x, k = total / weight, k + 1


def ef_sgd(gradients: list[Field], x: Vector, gamma: float, compress: Field) -> Iterator[Vector]:
    """Error feedback: v_i = C(e_i + gamma grad f_i(x)), e_i keeps what was not sent, x+ = x - mean v_i."""
    errors = [np.zeros_like(x) for _ in gradients]
    while True:
        yield x
        wanted = [e + gamma * g(x) for e, g in zip(errors, gradients, strict=True)]
        sent = [compress(w) for w in wanted]
        errors = [w - s for w, s in zip(wanted, sent, strict=True)]
        x = x - mean(sent)


def dist_ef_block_sgd(
    gradients: list[Field], x: Vector, steps: Iterable[float], momentum: float, up: Field, down: Field
) -> Iterator[Vector]:
    """Zheng, Huang, Kwok (2019), Algorithms 2 and 3: errors at nodes and server are carried on by the ratio of the
    last step to this one, 0 in the first round; with Nesterov's momentum nodes compress momentum * m_i + grad f_i(x)."""
    momenta, errors = ([np.zeros_like(x) for _ in gradients] for _ in range(2))
    error, last = np.zeros_like(x), 0.0
    for step in steps:
        yield x
        sent = []
        for i, gradient in enumerate(gradients):
            g = gradient(x)
            momenta[i] = momentum * momenta[i] + g
            wanted = momentum * momenta[i] + g + last / step * errors[i]
            sent.append(up(wanted))
            errors[i] = wanted - sent[i]
        answer = last / step * error + mean(sent)
        x = x - step * down(answer)
        error, last = answer - down(answer), step


def sign_sgd_by_vote(
    gradients: list[Field], x: Vector, gamma: float, beta: float, decay: float
) -> Iterator[Vector]:
    """Signum: m_i = beta m_i + (1 - beta) grad f_i(x), x+ = x - gamma (sign(sum_i sign(m_i)) + decay x), sign(0) = 1."""
    momenta = [np.zeros_like(x) for _ in gradients]
    while True:
        yield x
        momenta = [beta * m + (1 - beta) * g(x) for m, g in zip(momenta, gradients, strict=True)]
        votes = sum(np.where(m < 0, -1, 1) for m in momenta)
        x = (1 - gamma * decay) * x - gamma * np.where(votes < 0, -1.0, 1.0)


def local_gd(gradients: Sequence[Field], x: Vector, gamma: float, steps: int) -> Iterator[Vector]:
    """Local SGD on all samples: each node takes `steps` steps alone, then models are averaged."""
    while True:
        yield x
        x = mean([alone(g, x, gamma, steps) for g in gradients])


def alone(gradient: Field, y: Vector, gamma: float, steps: int) -> Vector:
    """Where gradient steps lead from y."""
    for _ in range(steps):
        y = y - gamma * gradient(y)
    return y


def qsparse_local_gd(
    gradients: Sequence[Field], x: Vector, gamma: float, steps: int, compress: Callable[[Vector], Vector]
) -> Iterator[Vector]:
    """Basu et al. (2019), Algorithm 1 on all samples, every node in step."""
    memories = [np.zeros_like(x) for _ in gradients]
    while True:
        yield x
        sent = []
        for i, g in enumerate(gradients):
            change = memories[i] + x - alone(g, x, gamma, steps)
            sent.append(compress(change))
            memories[i] = change - sent[i]
        x = x - mean(sent)


def ef21(gradients: list[Field], x: Vector, gamma: float, compress: Field) -> Iterator[Vector]:
    """EF21 from exact local gradients at x0: x+ = x - gamma g, c_i = C(grad f_i(x+) - g_i), g_i += c_i."""
    estimates = [g(x) for g in gradients]
    total = mean(estimates)
    while True:
        yield x
        x = x - gamma * total
        corrections = [compress(g(x) - h) for g, h in zip(gradients, estimates, strict=True)]
        estimates = [h + c for h, c in zip(estimates, corrections, strict=True)]
        total = total + mean(corrections)


def clag(
    gradients: list[Field], x: Vector, gamma: float, zeta: float, compress: Field, sent: list[int]
) -> Iterator[Vector]:
    """EF21 in which node i keeps g_i unless ||grad f_i(x+) - g_i||^2 > zeta ||grad f_i(x+) - grad f_i(x)||^2.

    `sent` takes how many nodes sent in each round.
    """
    before = [g(x) for g in gradients]
    estimates = list(before)
    while True:
        yield x
        x = x - gamma * mean(estimates)
        after = [g(x) for g in gradients]
        sent.append(0)
        for i, (new, old) in enumerate(zip(after, before, strict=True)):
            error, moved = new - estimates[i], new - old
            if error @ error > zeta * (moved @ moved):
                estimates[i] = estimates[i] + compress(error)
                sent[-1] += 1
        before = after


def comp_ams(
    gradients: list[Field], x: Vector, eta: float, compress: Field, beta1: float, beta2: float, eps: float
) -> Iterator[Vector]:
    """Error feedback in gradient units, AMSGrad at the server: no bias correction, eps in the root."""
    errors = [np.zeros_like(x) for _ in gradients]
    m, v, v_hat = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    while True:
        yield x
        wanted = [g(x) + e for e, g in zip(errors, gradients, strict=True)]
        sent = [compress(w) for w in wanted]
        errors = [w - s for w, s in zip(wanted, sent, strict=True)]
        g_bar = mean(sent)
        m = beta1 * m + (1 - beta1) * g_bar
        v = beta2 * v + (1 - beta2) * g_bar**2
        v_hat = np.maximum(v, v_hat)
        x = x - eta * m / np.sqrt(v_hat + eps)


def extragradient(operators: list[Field], z: Vector, gamma: float) -> Iterator[Vector]:
    """z_half = z - gamma F(z), z+ = z - gamma F(z_half)."""
    while True:
        yield z
        half = z - gamma * mean([f(z) for f in operators])
        z = z - gamma * mean([f(half) for f in operators])
