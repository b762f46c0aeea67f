"""Problems of every kind on small random data, with the samples at hand so that tests can compute them anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.batch import Batch
from cablese.runtime.data.load import DataSet
from cablese.runtime.problems.base import Problem, Setting
from cablese.runtime.problems.layered import LayeredProblem
from cablese.runtime.problems.linear import LinearProblem
from cablese.runtime.problems.registry import make_problem, registry

NUMPY = backend("cpu", "float64", "float32")
STRICT = backend("strict", "float64", "float32")

LINEAR = ("least_squares", "logreg", "nonconvex_logreg", "sigmoid_classification")
STRENGTHS: dict[str, Any] = {"l2": 0.3, "reg": 0.2}


def samples(m: int, d: int, seed: int = 0, density: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Features (m, d) and labels -1, +1 (m,), both present."""
    draws = np.random.default_rng(seed)
    features = draws.standard_normal((m, d)) * (draws.random((m, d)) < density)
    labels = np.where(draws.random(m) < 0.4, 1.0, -1.0)
    labels[:2] = 1.0, -1.0
    return features, labels


def linear(
    name: str,
    features: np.ndarray,
    labels: np.ndarray,
    n: int,
    split: str = "contiguous",
    *,
    sparse: bool = False,
    **strengths: float,
) -> LinearProblem:
    """A problem with these very samples, stored as asked."""
    from scipy.sparse import csr_array

    data = DataSet("random data", csr_array(features) if sparse else features, labels)
    family: Any = type(name, (registry()[name],), {"read": lambda self: data})
    own = {a.name for a in family.arguments} & STRENGTHS.keys()
    found: LinearProblem = family(
        Setting(name, n, split, 0), **{name: (STRENGTHS | strengths)[name] for name in own}
    )
    return found


def quadratic(n: int = 5, d: int = 20, **arguments: Any) -> Problem:
    given = {"d": d, "mu": 0.1, "L": 10} | arguments
    return make_problem("quadratic", given, n=n, split="contiguous", seed=0)


def bilinear(n: int = 5, d: int = 6, **arguments: Any) -> Problem:
    given = {"d": d, "lam": 0.5} | arguments
    return make_problem("bilinear_saddle", given, n=n, split="contiguous", seed=0)


def layered(
    name: str,
    features: np.ndarray,
    targets: np.ndarray,
    n: int = 5,
    *,
    sparse: bool = False,
    **arguments: Any,
) -> LayeredProblem:
    """A problem whose parameters are matrices, with these very samples."""
    from scipy.sparse import csr_array

    data = DataSet("random data", csr_array(features) if sparse else features, targets)
    family: Any = type(name, (registry()[name],), {"read": lambda self: data})
    found: LayeredProblem = family(Setting(name, n, "contiguous", 0), l2=0.3, **arguments)
    return found


def factorisation(n: int = 5, **arguments: Any) -> Problem:
    given = {"rows": 4, "columns": 3, "rank": 2, "entries": 7, "noise": 0.1, "l2": 0.3} | arguments
    return make_problem("matrix_factorisation", given, n=n, split="contiguous", seed=0)


def game(name: str, n: int = 5, **arguments: Any) -> Problem:
    return make_problem(name, arguments, n=n, split="contiguous", seed=0)


def robust(
    name: str,
    features: np.ndarray,
    labels: np.ndarray,
    n: int,
    split: str = "contiguous",
    *,
    sparse: bool = False,
    **arguments: float,
) -> Problem:
    """A robust problem with these very samples."""
    from scipy.sparse import csr_array

    data = DataSet("random data", csr_array(features) if sparse else features, labels)
    family: Any = type(name, (registry()[name],), {"read": lambda self: data})
    found: Problem = family(Setting(name, n, split, 0), **arguments)
    return found


NOISY: dict[str, dict[str, float]] = {
    "robust_least_squares": {"lam": 1.7, "l2": 0.3},
    "robust_logreg": {"l2": 0.3, "beta": 1.0, "noise": 0.2, "radius": 1.5},
}
PER_SAMPLE: dict[str, float] = {**NOISY["robust_logreg"], "per_sample": True}


@dataclass(frozen=True)
class Case:
    label: str
    problem: Problem

    def __str__(self) -> str:
        return self.label


def cases() -> list[Case]:
    """Every problem, with nodes of unequal sizes, stacked, looped and sparse."""
    found = [Case("quadratic", quadratic()), Case("bilinear", bilinear()), *matrix_cases()]
    dense, sparse, wide = samples(23, 6), samples(23, 6, 1, 0.3), samples(120, 400, 2)
    for name in LINEAR:
        found.append(Case(f"{name} stacked", linear(name, *dense, 5)))
        found.append(Case(f"{name} sparse", linear(name, *sparse, 5, sparse=True)))
        found.append(Case(f"{name} looped", linear(name, *wide, 6, "dirichlet(0.3)")))
    found.append(Case("bilinear_game", game("bilinear_game", d=3, lam=0.3, samples=4)))
    found.append(Case("quadratic_game", game("quadratic_game", d=3, mu=-0.1, L=1, samples=4)))
    found.append(Case("matrix_game", game("matrix_game", rows=3, columns=4, samples=4)))
    found.append(Case("policy_evaluation", game("policy_evaluation", features=3, samples=6)))
    found.append(Case("shifts per sample", robust("robust_logreg", *dense, 5, **PER_SAMPLE)))
    found.append(Case("sparse, per sample", robust("robust_logreg", *sparse, 5, sparse=True, **PER_SAMPLE)))
    for name, arguments in NOISY.items():
        found.append(Case(f"{name} on dense data", robust(name, *dense, 5, **arguments)))
        found.append(Case(f"{name} on sparse data", robust(name, *sparse, 5, sparse=True, **arguments)))
    return found


def matrix_cases() -> list[Case]:
    """Problems whose parameters are matrices."""
    features, _ = samples(23, 6)
    classes, numbers = np.arange(23) % 3.0, np.linspace(-1, 2, 23)
    thin, _ = samples(23, 6, 1, 0.3)
    return [
        Case("softmax", layered("softmax", features, classes)),
        Case("sparse softmax", layered("softmax", thin, classes, sparse=True)),
        Case("two_layer tanh", layered("two_layer", features, classes, hidden=4)),
        Case("sparse two_layer", layered("two_layer", thin, classes, sparse=True, hidden=4)),
        Case("two_layer square", layered("two_layer", features, numbers, hidden=3, loss="squares")),
        Case("matrix_factorisation", factorisation()),
    ]


CASES = cases()


def drawn(problem: Problem, b: int, seed: int = 0, nodes: list[int] | None = None) -> Batch:
    """A minibatch without replacement for each of the nodes, as `runtime.chance` makes them."""
    draws = np.random.default_rng(seed)
    rows, sizes = [], []
    for m in problem.samples:
        size = min(b, m)
        rows.append(np.concatenate([np.sort(draws.permutation(m)[:size]), np.full(b - size, -1)]))
        sizes.append(size)
    kept = list(range(problem.n)) if nodes is None else nodes
    return Batch(np.array(rows)[kept], np.array(sizes)[kept], full=all(b >= m for m in problem.samples))
