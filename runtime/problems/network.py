"""Neural networks as problems: a shipped model or one's own PyTorch module on samples dealt to the nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from ..data.library import Library
from ..networks import errors
from .base import Oracle, Problem, Setting, Solution
from .chance import generator
from .network_data import load_samples
from .network_modules import OwnModule, ShippedModel, Source
from .registry import register
from .sampled import DATA, SHAPE
from .splits import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..networks.flat import FlatModule
    from ..networks.together import Together

MORE = (
    *(argument for argument in SHAPE if argument.name in ("target", "test", "vocabulary", "equal")),
    Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(x)", least=0),
    Argument(
        "metric_samples",
        ArgumentKind.INT,
        1000,
        doc="samples of all nodes that metrics are measured on; 0: all",
        least=0,
    ),
    Argument("length", ArgumentKind.INT, 80, doc="of texts: words of each that count, the first", least=1),
)
LOSS = Argument(
    "loss", ArgumentKind.WORD, "cross_entropy", ("cross_entropy", "squares"), "of scores and labels"
)
ESTIMATE = Argument(
    "smoothness",
    ArgumentKind.WORD,
    "unknown",
    ("unknown", "estimate"),
    "estimate: L, L_i, L_max and L_mean2 by power iteration at x0, which is no bound",
)
MODEL = Argument(
    "model",
    ArgumentKind.TEXT,
    doc="mnist_cnn, lenet5, fashion_cnn, resnet18, mlp(256, 128), imdb_lstm, transformer",
    example='"mlp(8)"',
)
MODULE = Argument(
    "module",
    ArgumentKind.TEXT,
    doc='a function make(info) by file and name: "net.py:make"',
    example='"net.py:make"',
)
"""Arguments of a network: what is the same of every one, the loss, constants, and the name of a model or module."""


def _torch_version(problem: str) -> str:
    """The version of PyTorch. Raises SetupError with the line to type where it is not installed."""
    try:
        import torch
    except ImportError:
        raise errors.no_torch(problem) from None
    return str(torch.__version__)


class TrainedProblem(Problem):
    """f_i, the mean loss of a network over node i's samples; the parameters, by name and in order, are the blocks."""

    kind = "minimize"
    dtype: ClassVar[str] = "float32"
    remedy = "or let it be estimated at x0, `smoothness = estimate` in the problem"

    def __init__(
        self,
        setting: Setting,
        source: Callable[[], Source],
        *,
        loss: str,
        l2: float,
        metric_samples: int,
        equal: bool,
        data: str,
        smoothness: str = "unknown",
        **how: Any,
    ) -> None:
        """Reads and deals the samples and makes the module under the run's seed."""
        super().__init__(setting)
        self._torch = _torch_version(
            self.name
        )  # before a file that imports it fails with an error of its own
        self._source = source()
        self._estimates, self._seed = smoothness == "estimate", setting.seed
        library = setting.library or Library()
        self._data = library.read(load_samples, data, whole_labels=loss == "cross_entropy", **how)
        self._flat = self._made(setting, loss, l2)
        self.d, self.blocks = self._flat.d, self._flat.blocks
        train = self._data.train
        parts = deal(
            train.labels,
            setting.n,
            setting.split,
            setting.seed,
            f"data {self._data.name}",
            equal=equal,
            data=self._data.dealt,
        )
        self._shards = [(train.inputs[part], train.labels[part]) for part in parts]
        self.samples = tuple(len(labels) for _, labels in self._shards)
        self._together = self._made_together(setting.n)
        each = -(-metric_samples // setting.n)
        self._sample = [
            np.sort(generator(setting.seed, "metrics", i).permutation(m)[: each or m])
            for i, m in enumerate(self.samples)
        ]

    def _made(self, setting: Setting, loss: str, l2: float) -> FlatModule:
        from ..networks.flat import FlatModule, initialised
        from ..networks.trial import try_module

        make = self._source.make
        module, function = initialised(lambda: make(setting, self._data, loss), setting.seed)
        flat = FlatModule(module, function, l2)
        inputs, labels = (array[:2] for array in (self._data.train.inputs, self._data.train.labels))
        try_module(flat, inputs, labels, self._data.classes, self._source.ask, self._source.place)
        return flat

    def _made_together(self, nodes: int) -> Together | None:
        from ..networks.together import Together, may_share

        return Together(self._flat) if may_share(self._flat, nodes, len(self._data.shape)) else None

    @property
    def versions(self) -> Mapping[str, str]:
        """As `Problem` has it; how gradients of several nodes are computed, too."""
        way = "nodes together, by vmap" if self._together else "one node at a time"
        found = {"torch": self._torch, "network gradients": way}
        found |= self._source.versions
        return found | ({"constants": "estimated at x0 by power iteration"} if self._estimates else {})

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """As `Problem` has it: loss and accuracy on the test part, if there is one."""
        if self._data.test is None:
            return {}
        tested = self._tested
        return {"test_loss": tested.first} | ({"test_accuracy": tested.second} if self._data.classes else {})

    @cached_property
    def _tested(self) -> Any:
        from ..networks.oracle import TestPart

        assert self._data.test is not None
        return TestPart(self._flat, self._data.test.inputs, self._data.test.labels)

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it."""
        return int(self._data.train.inputs.nbytes + self._data.train.labels.nbytes)

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: the module's own initialisation under the run's seed."""
        return self._flat.start.astype(np.float64)

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it: none is known of a network, some may be estimated."""
        if not self._estimates or name not in self.estimated:
            return None
        if name == "L":
            return self._estimated_of(range(self.n))
        local = self._local_estimates
        match name:
            case "L_max":
                return float(local.max())
            case "L_mean2":
                return float(np.sqrt(np.mean(local**2)))
            case _:
                return local

    @property
    def estimated(self) -> frozenset[str]:
        """As `Problem` has it: on request."""
        return frozenset({"L", "L_i", "L_max", "L_mean2"} if self._estimates else ())

    @cached_property
    def _local_estimates(self) -> HostArray:
        return np.array([self._estimated_of([node]) for node in range(self.n)])

    def _estimated_of(self, nodes: Iterable[int]) -> float:
        """The estimate of the smoothness of the mean of some nodes' f_i, on the samples that metrics are measured on."""
        from ..networks.curvature import curvature

        held = [tuple(array[self._sample[i]] for array in self._shards[i]) for i in nodes]
        direction = generator(self._seed, "curvature", 0).standard_normal(self.d)
        found = curvature(self._flat, held, direction, self._source.ask)
        if not (np.isfinite(found) and found > 0):
            raise errors.no_estimate(self._source.place)
        return found

    def solution(self) -> Solution | None:
        """As `Problem` has it: none is known."""
        return None

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        return "f is not convex"

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it."""
        from ..networks.oracle import NetworkOracle

        shards, sample = self._shards[first:last], self._sample[first:last]
        return NetworkOracle(backend, self._flat, shards, sample, self._source.ask, self._together, first)

    def module(self, point: HostArray) -> Any:
        """The module with the parameters of a point (d,)."""
        return self._flat.filled(point)


@register
class Network(TrainedProblem):
    """A model that ships."""

    name = "network"
    doc = "f_i the mean loss of a shipped network over node i's samples (needs PyTorch)"
    arguments = (
        MODEL,
        DATA,
        LOSS,
        *MORE,
        ESTIMATE,
    )

    def __init__(self, setting: Setting, *, model: str, **rest: Any) -> None:
        super().__init__(setting, lambda: ShippedModel(model), **rest)


@register
class TorchProblem(TrainedProblem):
    """A module that a Python file makes, and perhaps its loss."""

    name = "torch"
    doc = "f_i the mean loss of a PyTorch module of your own over node i's samples"
    arguments = (
        MODULE,
        DATA,
        LOSS,
        *MORE,
        ESTIMATE,
    )

    def __init__(self, setting: Setting, *, module: str, **rest: Any) -> None:
        super().__init__(setting, lambda: OwnModule(module), **rest)


def module_at(problem: Problem | None, point: HostArray | None) -> Any:
    """The module of a network at a point; SetupError without either."""
    if not isinstance(problem, TrainedProblem):
        raise errors.no_module_here("" if problem is None else problem.written)
    if point is None:
        raise errors.no_output()
    return problem.module(point)
