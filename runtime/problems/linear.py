"""Problems with data: a loss of a_j.x averaged over each node's samples, plus a regulariser."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Backend
from .base import Oracle, Problem, Solution
from .data import DataSet, Matrix, load, two_classes
from .linear_oracle import LinearOracle, NodeTargets
from .losses import Logistic, Loss, Sigmoid, Square
from .plugins import Scalar, Setting
from .regularisers import Bounded, Regulariser, Ridge
from .rows import NodeRows, dense_rows
from .solve import logistic_solution, squares_solution
from .spectra import largest, one_thread, scaled, smallest
from .splits import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def make(name: str, arguments: Mapping[str, Scalar], setting: Setting) -> LinearProblem:
    """The problem `name` of the contracts with data, from complete and checked arguments."""
    data = load(
        str(arguments["data"]),
        int(arguments["features"]),
        bias=bool(arguments["bias"]),
        scale=str(arguments["scale"]),
    )
    loss, regulariser = terms(name, arguments)
    if loss.signed:
        two_classes(data, name)
    return LinearProblem(data, loss, regulariser, setting)


def terms(name: str, arguments: Mapping[str, Scalar]) -> tuple[Loss, Regulariser]:
    """The loss and the regulariser of the problem `name`."""
    match name:
        case "least_squares":
            return Square(), Ridge(float(arguments["l2"]))
        case "logreg":
            return Logistic(), Ridge(float(arguments["l2"]))
        case "nonconvex_logreg":
            return Logistic(), Bounded(float(arguments["reg"]))
        case _:
            return Sigmoid(), Ridge(0.0)


class LinearProblem(Problem):
    """f_i(x) = 1/m_i sum_j l(t_ij) + r(x); t_ij = y_ij a_ij.x for signed losses, else a_ij.x - y_ij."""

    kind = "minimize"

    def __init__(self, data: DataSet, loss: Loss, regulariser: Regulariser, setting: Setting) -> None:
        """Deals the samples; `SetupError` if nodes outnumber them or the split is none."""
        self.name = setting.written
        self.n = setting.n
        self.d = data.matrix.shape[1]
        self.blocks = (("x", (self.d,)),)
        self._parts = deal(data.targets, setting.n, setting.split, setting.seed, f"data {data.name}")
        self.samples = tuple(len(part) for part in self._parts)
        self._loss = loss
        self._regulariser = regulariser
        self._matrix = scaled(data.matrix, data.targets) if loss.signed else data.matrix
        self._targets = data.targets
        self._constants: dict[str, float | HostArray | None] = {}

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it."""
        if isinstance(self._matrix, np.ndarray):
            return self._matrix.nbytes
        return int(self._matrix.data.nbytes + self._matrix.indices.nbytes + self._matrix.indptr.nbytes)

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: 0."""
        return np.zeros(self.d)

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it. Exact but for the sigmoid's, which bound all samples' curvatures at once."""
        if name not in self._constants:
            with one_thread():
                self._constants[name] = self._computed(name)
        return self._constants[name]

    def solution(self) -> Solution | None:
        """As `Problem` has it, for convex f. Of several minimisers of least squares the shortest."""
        return self._solution

    @cached_property
    def _solution(self) -> Solution | None:
        if not self._loss.convex or self._regulariser.least_curvature < 0:
            return None
        strength = self._regulariser.strength
        with one_thread():
            if self._loss.signed:
                return logistic_solution(self._matrix, self._weights, strength)
            return squares_solution(self._matrix, self._targets, self._weights, strength)

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it. Sparse data stays sparse on NumPy only."""
        parts = self._parts[first:last]
        rows = self._rows(backend, parts)
        m = max(self.samples)
        counts = np.array([len(part) for part in parts], dtype=np.int64)
        used = np.arange(m) < counts[:, None]
        weights = backend.to_device(used / np.maximum(counts, 1)[:, None])
        targets = None if self._loss.signed else backend.to_device(_padded(self._targets, parts, m))
        sides = NodeTargets(weights, targets)
        return LinearOracle(backend, rows, sides, counts, self._loss, self._regulariser)

    def _rows(self, backend: Backend, parts: list[HostArray]) -> NodeRows:
        dense = isinstance(self._matrix, np.ndarray)
        if parts and not dense and backend.name == "numpy":
            from .sparse_rows import SparseRows

            counts = np.array([len(part) for part in parts], dtype=np.int64)
            return SparseRows(backend, self._matrix[np.concatenate(parts)], counts, max(self.samples))
        nodes = [self._matrix[part] for part in parts]
        return dense_rows(
            backend, nodes if dense else [node.toarray() for node in nodes], self.samples, self.d
        )

    @cached_property
    def _weights(self) -> HostArray:
        """(all samples,): what each sample's loss weighs in f."""
        weights = np.empty(len(self._targets))
        for part in self._parts:
            weights[part] = 1 / (self.n * len(part))
        return weights

    def _computed(self, name: str) -> float | HostArray | None:
        match name:
            case "L":
                return self._smoothness(self._matrix, self._weights)
            case "L_i":
                return np.array([self._smoothness(*self._node(i)) for i in range(self.n)])
            case "L_max":
                return float(np.max(self._local_smoothness))
            case "L_mean2":
                return float(np.sqrt(np.mean(self._local_smoothness**2)))
            case "calL":
                return float(np.sqrt(np.mean([self._sample_smoothness(part) ** 2 for part in self._parts])))
            case "mu":
                return self._convexity()
            case _:
                return None

    @property
    def _local_smoothness(self) -> HostArray:
        return np.asarray(self.constant("L_i"))

    def _node(self, i: int) -> tuple[Matrix, HostArray]:
        part = self._parts[i]
        return self._matrix[part], np.full(len(part), 1 / len(part))

    def _smoothness(self, matrix: Matrix, weights: HostArray) -> float:
        return self._loss.curvature * largest(matrix, weights) + self._regulariser.curvature

    def _sample_smoothness(self, part: HostArray) -> float:
        """max_j L_ij of a node, which bounds the average smoothness of its minibatch differences."""
        return self._loss.curvature * float(self._square_norms[part].max()) + self._regulariser.curvature

    @cached_property
    def _square_norms(self) -> HostArray:
        """(all samples,): ||a_j||^2."""
        return np.asarray((self._matrix * self._matrix).sum(axis=1)).ravel()

    def _convexity(self) -> float | None:
        """mu of f: exact for least squares (the ridge's if d is large), the ridge's for logreg."""
        if not self._loss.convex or isinstance(self._regulariser, Bounded):
            return None
        strength = self._regulariser.strength
        if self._loss.signed:
            return strength
        least = smallest(self._matrix, self._weights)
        return (least or 0.0) + strength if least is not None or strength else None


def _padded(values: HostArray, parts: list[HostArray], m: int) -> HostArray:
    """(nodes, m): each node's values, then zeros."""
    result = np.zeros((len(parts), m))
    for row, part in zip(result, parts, strict=True):
        row[: len(part)] = values[part]
    return result
