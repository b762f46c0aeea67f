"""Problems with data: a loss of a_j.x averaged over each node's samples, plus a regulariser."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from ..data.load import DataSet, two_classes
from ..data.scales import Matrix
from .base import SMOOTHNESS, Oracle, Setting, Solution
from .linear_oracle import LinearOracle, NodeTargets
from .losses import Logistic, Loss, Sigmoid, Square
from .ragged import Group, RaggedOracle, alike, is_ragged
from .registry import register
from .rows import NodeRows, PaddedRows, are_stacked, dense_rows
from .sampled import DATA, NORM, SHAPE, SampledProblem
from .smooth_terms import Bounded, Ridge, SmoothTerm
from .solve import logistic_solution, squares_solution
from .spectra import (
    MOST_DENSE,
    are_few,
    gram,
    largest,
    largest_of_each,
    norm_of,
    one_thread,
    scaled,
    smallest,
)

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


_ALIKE = 8  # nodes with equally many samples, from which on they are stacked for their constants
_ENTRIES = 1 << 20  # of such a stack

_L2 = Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(x)", least=0)


class LinearProblem(SampledProblem):
    """f_i(x) = 1/m_i sum_j l(t_ij) + r(x); t_ij = y_ij a_ij.x for signed losses, else a_ij.x - y_ij. Subclasses say l, r."""

    kind = "minimize"
    arguments: ClassVar[tuple[Argument, ...]] = (DATA, *SHAPE, NORM)
    constants = SMOOTHNESS
    loss: ClassVar[Loss]

    def __init__(
        self, setting: Setting, regulariser: SmoothTerm, *, smoothness: str = "spectral", **data: Any
    ) -> None:
        super().__init__(setting, **data)
        matrix, targets = self.data.matrix, self.data.targets
        self.d = matrix.shape[1]
        self.blocks = (("x", (self.d,)),)
        self._regulariser = regulariser
        self._norm = norm_of(smoothness)
        # squares of samples, and so constants, are the same whatever the labels
        self._matrix, self._targets = matrix, targets
        self._constants: dict[str, float | HostArray | None] = {}

    def read(self, data: str, **choices: Any) -> DataSet:
        """As `SampledProblem` has it: a signed loss needs two classes."""
        found = super().read(data, **choices)
        if self.loss.signed:
            two_classes(found, self.name)
        return found

    @property
    def classifies(self) -> bool:
        """As `SampledProblem` has it: by the sign of a.x."""
        return self.loss.signed

    def test_loss(self, point: HostArray) -> float:
        """As `SampledProblem` has it."""
        products, targets = self._tested(point)
        return float(
            np.mean(self.loss.values(np, products * targets if self.loss.signed else products - targets))
        )

    def test_accuracy(self, point: HostArray) -> float:
        """As `SampledProblem` has it; a.x = 0 counts as the class -1."""
        products, targets = self._tested(point)
        return float(np.mean(np.where(products > 0, 1.0, -1.0) == targets))

    def _tested(self, point: HostArray) -> tuple[HostArray, HostArray]:
        """Products of the test samples with the point, and their targets."""
        assert self.data.test is not None
        return np.asarray(self.data.test.matrix @ point), self.data.test.targets

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
                return logistic_solution(self._of_loss(slice(None)), self.weights, strength)
            return squares_solution(self._matrix, self._targets, self.weights, strength)

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        if not self.loss.convex or self._regulariser.least_curvature < 0:
            return "f is not convex"
        if self.loss.signed and not self._regulariser.strength:
            return "its classes can be separated, so that f has no minimiser; with l2 = 1e-3, say, it has one"
        return "rounding stopped the solver before the gradient was 1e-12"

    def _of_loss(self, chosen: HostArray | slice) -> Matrix:
        """Samples as the loss has them, times their labels where it is signed: not held beside those that were read; where
        it is not signed, perhaps these themselves."""
        own = self._matrix[chosen]
        if not self.loss.signed:
            return own
        labels = self._targets[chosen]
        if isinstance(chosen, slice) or not isinstance(own, np.ndarray):
            return scaled(own, labels)
        own *= labels[:, None]  # they were copied already
        return own

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it. Sparse data stays sparse on NumPy only."""
        counts, m = np.array(self.samples[first:last], dtype=np.int64), max(self.samples)
        if backend.name != "numpy" or not is_ragged(counts, m, self._width):
            return self._linear_oracle(backend, first, last)
        groups = [
            Group(
                members, self._oracle_of(backend, [self.parts[first + i] for i in members.tolist()], length)
            )
            for members, length in alike(counts, m, self._width)
        ]
        return RaggedOracle(backend, counts, groups)

    def _linear_oracle(self, backend: Backend, first: int, last: int) -> LinearOracle:
        return self._oracle_of(backend, self.parts[first:last], max(self.samples))

    def _oracle_of(self, backend: Backend, parts: list[HostArray], length: int) -> LinearOracle:
        """The oracle of nodes with these samples, of which none has more than `length`."""
        counts = np.array([len(part) for part in parts], dtype=np.int64)
        used = np.arange(length) < counts[:, None]
        weights = backend.to_device(used / np.maximum(counts, 1)[:, None])
        targets = None if self.loss.signed else backend.to_device(_padded(self._targets, parts, length))
        sides, rows = NodeTargets(weights, targets), self._rows(backend, parts, counts, length)
        return LinearOracle(backend, rows, sides, counts, self.loss, self._regulariser)

    def _rows(self, backend: Backend, parts: list[HostArray], counts: HostArray, length: int) -> NodeRows:
        own = self._of_loss(_selection(parts))
        if not isinstance(own, np.ndarray):
            if parts and backend.name == "numpy":
                from .sparse_rows import SparseRows

                return SparseRows(backend, own, counts, length)
            own = own.toarray()
        m = max(self.samples)
        if self._stacked and length < m:
            return PaddedRows(backend, own.astype(backend.real), counts, m, length)
        return dense_rows(backend, own, counts, length, stacked=self._stacked)

    @property
    def _width(self) -> int:
        """Entries that a node takes in a product: its gradient's, or those of its padded samples."""
        stacked = isinstance(self._matrix, np.ndarray) and self._stacked
        return self.d * max(self.samples) if stacked else self.d

    @property
    def _stacked(self) -> bool:
        return are_stacked(self.samples, self.d)

    def _computed(self, name: str) -> float | HostArray | None:
        match name:
            case "L":
                return self._smoothness(self._matrix, self.weights)
            case "L_i":
                return self._smoothness_of_nodes()
            case "L_max":
                return float(np.max(self._local_smoothness))
            case "L_mean2":
                return float(np.sqrt(np.mean(self._local_smoothness**2)))
            case "L_pm":
                return self._disagreement()
            case "calL":
                return float(np.sqrt(np.mean([self._sample_smoothness(part) ** 2 for part in self.parts])))
            case "L_sample":
                return max(self._sample_smoothness(part) for part in self.parts)
            case "mu":
                return self._convexity()
            case _:
                return None

    def _disagreement(self) -> float:
        """The root of the Hessian variance, or a bound of it: no variance is above the mean square."""
        return float(np.asarray(self.constant("L_mean2")))

    @property
    def _local_smoothness(self) -> HostArray:
        return np.asarray(self.constant("L_i"))

    def _node(self, i: int) -> tuple[Matrix, HostArray]:
        part = self.parts[i]
        return self._matrix[part], np.full(len(part), 1 / len(part))

    def _smoothness_of_nodes(self) -> HostArray:
        """(n,): L_i, of nodes with equally many samples some at a time."""
        found, counts = np.empty(self.n), np.array(self.samples)
        for count in np.unique(counts).tolist():
            nodes = np.flatnonzero(counts == count)
            if self._norm is not largest or len(nodes) < _ALIKE or not are_few(count, self._matrix):
                found[nodes] = [self._smoothness(*self._node(i)) for i in nodes.tolist()]
                continue
            step = max(1, _ENTRIES // (count * self.d))
            for some in (nodes[first : first + step] for first in range(0, len(nodes), step)):
                norms = largest_of_each(self._stack([self.parts[i] for i in some.tolist()]))
                found[some] = self.loss.curvature * norms + self._regulariser.curvature
        return found

    def _stack(self, parts: list[HostArray]) -> HostArray:
        """(nodes, m, d): the samples of nodes with m each."""
        own = self._matrix[_selection(parts)]
        dense: HostArray = own if isinstance(own, np.ndarray) else own.toarray()
        return dense.reshape(len(parts), -1, self.d)

    def _smoothness(self, matrix: Matrix, weights: HostArray) -> float:
        return self.loss.curvature * self._norm(matrix, weights) + self._regulariser.curvature

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
        least = smallest(self._matrix, self.weights)
        return (least or 0.0) + strength if least is not None or strength else None


class RidgeProblem(LinearProblem):
    """A linear problem with r(x) = l2/2 ||x||^2, which makes a convex loss strongly convex."""

    arguments = (
        DATA,
        _L2,
        *SHAPE,
        NORM,
    )
    constants = SMOOTHNESS | {"mu"}

    def __init__(self, setting: Setting, *, l2: float, **data: Any) -> None:
        super().__init__(setting, Ridge(l2), **data)


@register
class LeastSquares(RidgeProblem):
    """Ridge regression."""

    name = "least_squares"
    seedless = True
    doc = "f_i = 1/(2 m_i) sum_j (a_j.x - y_j)^2 + l2/2 norm2(x)"
    loss = Square()

    def _disagreement(self) -> float:
        """As `LinearProblem` has it, exact for up to MOST_DENSE features."""
        if self.d > MOST_DENSE:
            return super()._disagreement()
        mean, squares = np.zeros((2, self.d, self.d))
        for i in range(self.n):
            hessian = gram(*self._node(i))
            mean += hessian / self.n
            squares += hessian @ hessian / self.n
        return float(np.sqrt(max(0.0, np.linalg.eigvalsh(squares - mean @ mean)[-1])))


@register
class LogisticRegression(RidgeProblem):
    """Logistic regression with a ridge."""

    name = "logreg"
    seedless = True
    doc = "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + l2/2 norm2(x), y in {-1, 1}"
    loss = Logistic()


@register
class NonconvexLogisticRegression(LinearProblem):
    """Logistic regression with a regulariser that no long vector feels."""

    name = "nonconvex_logreg"
    seedless = True
    doc = "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + reg sum_c x_c^2/(1 + x_c^2)"
    arguments = (
        DATA,
        Argument("reg", ArgumentKind.REAL, 0.0, doc="strength of sum_c x_c^2/(1 + x_c^2)", least=0),
        *SHAPE,
        NORM,
    )
    loss = Logistic()

    def __init__(self, setting: Setting, *, reg: float, **data: Any) -> None:
        super().__init__(setting, Bounded(reg), **data)


@register
class SigmoidClassification(LinearProblem):
    """The non-convex loss of MARINA's experiments."""

    name = "sigmoid_classification"
    seedless = True
    doc = "f_i = 1/m_i sum_j (1 - 1/(1 + exp(-y_j a_j.x)))^2 + l2/2 norm2(x)"
    arguments = (DATA, _L2, *SHAPE, NORM)
    loss = Sigmoid()

    def __init__(self, setting: Setting, *, l2: float = 0.0, **data: Any) -> None:
        super().__init__(setting, Ridge(l2), **data)


def _selection(parts: list[HostArray]) -> HostArray | slice:
    """The samples of these nodes, as a slice where they stand one below the other: what it selects is no copy."""
    chosen = np.concatenate([np.zeros(0, dtype=np.int64), *parts])
    first = int(chosen[0]) if len(chosen) else 0
    in_order = np.array_equal(chosen, np.arange(first, first + len(chosen)))
    return slice(first, first + len(chosen)) if in_order else chosen


def _padded(values: HostArray, parts: list[HostArray], m: int) -> HostArray:
    """(nodes, m): each node's values, then zeros."""
    result = np.zeros((len(parts), m))
    for row, part in zip(result, parts, strict=True):
        row[: len(part)] = values[part]
    return result
