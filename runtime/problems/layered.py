"""Problems on data whose parameters are matrices: softmax regression, and networks of two layers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from ..data.load import DataSet
from . import errors
from .base import SMOOTHNESS, Oracle, Setting, Solution
from .model_oracle import ModelOracle, NodeData
from .models import CrossEntropy, HalfSquare, Linear, Model, Outcome, TwoLayers
from .registry import register
from .sampled import DATA, NORM, SHAPE, SampledProblem
from .softmax_solution import softmax_solution
from .spectra import norm_of, one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_L2 = Argument(
    "l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 times the squares of all parameters", least=0
)
_MOST_CLASSES = 1000
_CURVATURE = 0.5  # most of the Hessian of log sum exp (Boehning 1992), reached with two classes


class LayeredProblem(SampledProblem):
    """f_i(x) = 1/m_i sum_j l(model(x, a_ij), y_ij) + l2/2 ||x||^2. Subclasses make the model; classes are told by one-hot
    targets, (m, classes)."""

    kind = "minimize"

    def __init__(self, setting: Setting, *, l2: float, classes: bool, **data: Any) -> None:
        super().__init__(setting, **data)
        self._l2, self._seed = l2, setting.seed
        self._known = _classes_of(self.data, self.name) if classes else None
        self._targets = self._outputs_of(self.data.targets, self.data.name)
        self._outcome: Outcome = CrossEntropy() if classes else HalfSquare()
        self._model = self.model(self._targets.shape[1], self.data.matrix.shape[1])
        self.blocks = tuple(self._model.blocks)
        self.d = sum(int(np.prod(shape)) for _, shape in self.blocks)

    def model(self, outputs: int, features: int) -> Model:
        """The model of so many outputs and features."""
        raise NotImplementedError

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: the model's own."""
        return self._model.start(self._seed)

    @property
    def classifies(self) -> bool:
        """As `SampledProblem` has it: by the largest score."""
        return self._known is not None

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it: none, unless a subclass knows one."""
        return None

    def solution(self) -> Solution | None:
        """As `Problem` has it: none, unless a subclass finds it."""
        return None

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        return "f is not convex"

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it. Sparse data stays sparse on NumPy only."""
        nodes = [
            NodeData(_on(backend, self.data.matrix[part]), backend.to_device(self._targets[part]))
            for part in self.parts[first:last]
        ]
        return ModelOracle(backend, nodes, self._model, self._outcome, self._l2)

    def test_loss(self, point: HostArray) -> float:
        """As `SampledProblem` has it."""
        assert self.data.test is not None
        scores = self._model.scores(np, point, self.data.test.matrix)
        return float(np.mean(self._outcome.values(np, scores, self._tested)))

    def test_accuracy(self, point: HostArray) -> float:
        """As `SampledProblem` has it; of equal scores the first class counts."""
        assert self.data.test is not None
        scores = self._model.scores(np, point, self.data.test.matrix)
        return float(np.mean(scores.argmax(axis=1) == self._tested.argmax(axis=1)))

    @cached_property
    def _tested(self) -> HostArray:
        assert self.data.test is not None
        return self._outputs_of(self.data.test.targets, f"the test part of {self.data.name}")

    def _outputs_of(self, targets: HostArray, where: str) -> HostArray:
        """Targets (m, outputs): one-hot for classes, a column of numbers otherwise."""
        if self._known is None:
            return targets[:, None]
        unknown = np.setdiff1d(targets, self._known)
        if unknown.size:
            raise errors.unknown_classes(where, unknown.tolist())
        return np.asarray(targets[:, None] == self._known, dtype=np.float64)


@register
class Softmax(LayeredProblem):
    """Regression on several classes; its one block is a matrix with a row for each class."""

    name = "softmax"
    doc = "f_i = 1/m_i sum_j (log sum_c exp(w_c.a_j) - w_(y_j).a_j) + l2/2 norm2(W), W (classes, features)"
    arguments = (DATA, _L2, *SHAPE, NORM)
    constants = SMOOTHNESS | {"mu"}

    def __init__(
        self, setting: Setting, *, l2: float = 0.0, smoothness: str = "spectral", **data: Any
    ) -> None:
        super().__init__(setting, l2=l2, classes=True, **data)
        self._norm = norm_of(smoothness)
        self._constants: dict[str, float | HostArray | None] = {}

    def model(self, outputs: int, features: int) -> Model:
        """As `LayeredProblem` has it."""
        return Linear(outputs, features)

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it: upper bounds by half the largest eigenvalue of A'A/m (Boehning 1992), exact for two classes;
        mu = l2."""
        if name not in self._constants:
            with one_thread():
                self._constants[name] = self._computed(name)
        return self._constants[name]

    def _computed(self, name: str) -> float | HostArray | None:
        match name:
            case "mu":
                return self._l2
            case "L":
                return _CURVATURE * self._norm(self.data.matrix, self.weights) + self._l2
            case "L_i":
                return np.array([self._smoothness_at(part) for part in self.parts])
            case "L_max":
                return float(np.max(np.asarray(self.constant("L_i"))))
            case "L_mean2" | "L_pm":  # the second no more than the first
                return float(np.sqrt(np.mean(np.asarray(self.constant("L_i")) ** 2)))
            case "calL":
                return float(np.sqrt(np.mean(self._sample_smoothness**2)))
            case "L_sample":
                return float(self._sample_smoothness.max())
            case _:
                return None

    @property
    def _sample_smoothness(self) -> HostArray:
        """(n,): the largest constant of a single sample of each node."""
        squares = np.asarray((self.data.matrix * self.data.matrix).sum(axis=1)).ravel()
        return np.array([_CURVATURE * squares[part].max() + self._l2 for part in self.parts])

    def _smoothness_at(self, part: HostArray) -> float:
        matrix = self.data.matrix[part]
        return _CURVATURE * self._norm(matrix, np.full(len(part), 1 / len(part))) + self._l2

    def solution(self) -> Solution | None:
        """As `Problem` has it, by Newton's method where l2 > 0; without it shifts of all rows change nothing."""
        return self._solution

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        if not self._l2:
            return "l2 = 0 leaves it no minimiser, or many; with l2 = 1e-3, say, it has one"
        return "rounding stopped the solver before the gradient was 1e-12"

    @cached_property
    def _solution(self) -> Solution | None:
        if not self._l2:
            return None
        with one_thread():
            return softmax_solution(self.data.matrix, self._targets, self.weights, self._l2)


@register
class TwoLayer(LayeredProblem):
    """A network of two layers; four blocks."""

    name = "two_layer"
    doc = "f_i = 1/m_i sum_j l(V s(W a_j + b) + c, y_j) + l2/2 times all squares, s = tanh or relu"
    arguments: ClassVar[tuple[Argument, ...]] = (
        DATA,
        Argument("hidden", ArgumentKind.INT, 32, doc="hidden values", least=1),
        Argument("activation", ArgumentKind.WORD, "tanh", ("tanh", "relu"), doc="the s of the hidden values"),
        Argument(
            "loss",
            ArgumentKind.WORD,
            "cross_entropy",
            ("cross_entropy", "squares"),
            doc="l: cross_entropy of classes, squares of numbers",
        ),
        _L2,
        *SHAPE,
    )

    def __init__(
        self,
        setting: Setting,
        *,
        hidden: int = 32,
        activation: str = "tanh",
        loss: str = "cross_entropy",
        l2: float = 0.0,
        **data: Any,
    ) -> None:
        self._hidden, self._activation = hidden, activation
        super().__init__(setting, l2=l2, classes=loss == "cross_entropy", **data)

    def model(self, outputs: int, features: int) -> Model:
        """As `LayeredProblem` has it."""
        return TwoLayers(outputs, self._hidden, features, self._activation)


def _classes_of(data: DataSet, problem: str) -> HostArray:
    """The distinct labels, ascending."""
    classes = np.unique(data.targets)
    if not 2 <= len(classes) <= _MOST_CLASSES:
        raise errors.no_classes(problem, data.name, len(classes), _MOST_CLASSES)
    if (parts := classes[classes != np.floor(classes)]).size:
        raise errors.class_with_a_fraction(problem, data.name, float(parts[0]))
    return classes


def _on(backend: Backend, matrix: Any) -> Any:
    """Samples on the device; sparse ones stay so on NumPy."""
    if isinstance(matrix, np.ndarray):
        return backend.to_device(matrix)
    return matrix.astype(backend.real) if backend.name == "numpy" else backend.to_device(matrix.toarray())
