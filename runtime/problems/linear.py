"""Problems with data: a loss of a_j.x averaged over each node's samples, plus a regulariser."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from .base import SMOOTHNESS, Oracle, Problem, Setting, Solution
from .data import DataSet, Matrix, load, two_classes
from .linear_oracle import LinearOracle, NodeTargets
from .losses import Logistic, Loss, Sigmoid, Square
from .registry import register
from .rows import NodeRows, dense_rows
from .smooth_terms import Bounded, Ridge, SmoothTerm
from .solve import logistic_solution, squares_solution
from .spectra import largest, one_thread, scaled, smallest
from .splits import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


_DATA = Argument(
    "data",
    ArgumentKind.TEXT,
    doc="a bundled set's name, or the path of a svmlight or .npz file",
    example='"breast_cancer"',
)
_SHAPE = (
    Argument(
        "features",
        ArgumentKind.INT,
        0,
        doc="columns of a svmlight set; 0: as many as it mentions",
        least=0,
    ),
    Argument("bias", ArgumentKind.BOOL, False, doc="add a column of ones"),
    Argument(
        "scale",
        ArgumentKind.WORD,
        "none",
        ("none", "rows", "columns"),
        "rows: unit Euclidean norm; columns: mean square 1",
    ),
)


class LinearProblem(Problem):
    """f_i(x) = 1/m_i sum_j l(t_ij) + r(x); t_ij = y_ij a_ij.x for signed losses, else a_ij.x - y_ij. Subclasses say l, r."""

    kind = "minimize"
    arguments: ClassVar[tuple[Argument, ...]] = (_DATA, *_SHAPE)
    constants = SMOOTHNESS
    loss: ClassVar[Loss]

    def __init__(self, setting: Setting, regulariser: SmoothTerm, **data: Any) -> None:
        """Deals the samples; `SetupError` if nodes outnumber them or the split is none."""
        super().__init__(setting)
        read = self.read(**data)
        self.d = read.matrix.shape[1]
        self.blocks = (("x", (self.d,)),)
        self._parts = deal(read.targets, setting.n, setting.split, setting.seed, f"data {read.name}")
        self.samples = tuple(len(part) for part in self._parts)
        self._regulariser = regulariser
        self._matrix = scaled(read.matrix, read.targets) if self.loss.signed else read.matrix
        self._targets = read.targets
        self._constants: dict[str, float | HostArray | None] = {}

    def read(self, data: str, features: int, bias: bool, scale: str) -> DataSet:
        """The samples that these arguments name; `SetupError` if a signed loss has not two classes of them."""
        found = load(data, features, bias=bias, scale=scale)
        if self.loss.signed:
            two_classes(found, self.name)
        return found

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
        """As `Problem` has it, for convex f: the shortest of several minimisers of least squares."""
        return self._solution

    @cached_property
    def _solution(self) -> Solution | None:
        if not self.loss.convex or self._regulariser.least_curvature < 0:
            return None
        strength = self._regulariser.strength
        with one_thread():
            if self.loss.signed:
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
        targets = None if self.loss.signed else backend.to_device(_padded(self._targets, parts, m))
        sides = NodeTargets(weights, targets)
        return LinearOracle(backend, rows, sides, counts, self.loss, self._regulariser)

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
        """(all samples,): the weight of each sample's loss in f."""
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
        return self.loss.curvature * largest(matrix, weights) + self._regulariser.curvature

    def _sample_smoothness(self, part: HostArray) -> float:
        """max_j L_ij of a node, which bounds the average smoothness of its minibatch differences."""
        return self.loss.curvature * float(self._square_norms[part].max()) + self._regulariser.curvature

    @cached_property
    def _square_norms(self) -> HostArray:
        """(all samples,): ||a_j||^2."""
        return np.asarray((self._matrix * self._matrix).sum(axis=1)).ravel()

    def _convexity(self) -> float | None:
        """mu of f: exact for least squares (the ridge's if d is large), the ridge's for logreg."""
        if not self.loss.convex or isinstance(self._regulariser, Bounded):
            return None
        strength = self._regulariser.strength
        if self.loss.signed:
            return strength
        least = smallest(self._matrix, self._weights)
        return (least or 0.0) + strength if least is not None or strength else None


class RidgeProblem(LinearProblem):
    """A linear problem with r(x) = l2/2 ||x||^2, which makes a convex loss strongly convex."""

    arguments = (
        _DATA,
        Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(x)", least=0),
        *_SHAPE,
    )
    constants = SMOOTHNESS | {"mu"}

    def __init__(self, setting: Setting, *, l2: float, **data: Any) -> None:
        super().__init__(setting, Ridge(l2), **data)


@register
class LeastSquares(RidgeProblem):
    """Ridge regression."""

    name = "least_squares"
    doc = "f_i = 1/(2 m_i) sum_j (a_j.x - y_j)^2 + l2/2 norm2(x)"
    loss = Square()


@register
class LogisticRegression(RidgeProblem):
    """Logistic regression with a ridge."""

    name = "logreg"
    doc = "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + l2/2 norm2(x), y in {-1, 1}"
    loss = Logistic()


@register
class NonconvexLogisticRegression(LinearProblem):
    """Logistic regression with a regulariser that no long vector feels."""

    name = "nonconvex_logreg"
    doc = "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + reg sum_c x_c^2/(1 + x_c^2)"
    arguments = (
        _DATA,
        Argument("reg", ArgumentKind.REAL, 0.0, doc="strength of sum_c x_c^2/(1 + x_c^2)", least=0),
        *_SHAPE,
    )
    loss = Logistic()

    def __init__(self, setting: Setting, *, reg: float, **data: Any) -> None:
        super().__init__(setting, Bounded(reg), **data)


@register
class SigmoidClassification(LinearProblem):
    """The non-convex loss of MARINA's experiments."""

    name = "sigmoid_classification"
    doc = "f_i = 1/m_i sum_j (1 - 1/(1 + exp(-y_j a_j.x)))^2"
    loss = Sigmoid()

    def __init__(self, setting: Setting, **data: Any) -> None:
        super().__init__(setting, Ridge(0.0), **data)


def _padded(values: HostArray, parts: list[HostArray], m: int) -> HostArray:
    """(nodes, m): each node's values, then zeros."""
    result = np.zeros((len(parts), m))
    for row, part in zip(result, parts, strict=True):
        row[: len(part)] = values[part]
    return result
