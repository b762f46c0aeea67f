"""Neural networks as problems: a shipped model or one's own PyTorch module on samples dealt to the nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.dsl.text.records import record

from ..arrays.backend import Backend
from ..data.library import Library
from ..networks import errors
from ..python_files import ask, named, place_of
from .base import Oracle, Problem, Setting, Solution
from .chance import generator
from .network_data import load_samples
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
MODEL = Argument(
    "model",
    ArgumentKind.TEXT,
    doc="mnist_cnn, lenet5, fashion_cnn, resnet18, mlp(256, 128), imdb_lstm, transformer",
    example='"mlp(8)"',
)
"""Arguments of a network: what is the same of every one, the loss, and the name of a model that ships."""


@record
class ModuleInfo:
    """Facts that `make(info)` may build its module by: the run's, one sample's shape, the numbers of classes and words."""

    nodes: int
    seed: int
    shape: tuple[int, ...]
    classes: int
    words: int


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

    def __init__(
        self,
        setting: Setting,
        *,
        loss: str,
        l2: float,
        metric_samples: int,
        equal: bool,
        data: str,
        **how: Any,
    ) -> None:
        """Reads and deals the samples and makes the module under the run's seed."""
        super().__init__(setting)
        self._torch = _torch_version(self.name)
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

    def _module(self, setting: Setting, shape: tuple[int, ...], loss: str) -> tuple[Any, Any]:
        """The module, newly initialised, and its loss."""
        raise NotImplementedError

    def _made(self, setting: Setting, loss: str, l2: float) -> FlatModule:
        from ..networks.flat import FlatModule, initialised
        from ..networks.trial import try_module

        shape = self._data.shape
        module, function = initialised(lambda: self._module(setting, shape, loss), setting.seed)
        flat = FlatModule(module, function, l2)
        inputs, labels = (array[:2] for array in (self._data.train.inputs, self._data.train.labels))
        try_module(flat, inputs, labels, self._data.classes, self._ask, self._place)
        return flat

    def _made_together(self, nodes: int) -> Together | None:
        from ..networks.together import Together, may_share

        return Together(self._flat) if may_share(self._flat, nodes, len(self._data.shape)) else None

    @property
    def _place(self) -> str:
        return "the model"

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A call of the module; errors of a user's own name the line."""
        return function(*arguments)

    @property
    def versions(self) -> Mapping[str, str]:
        """As `Problem` has it; how gradients of several nodes are computed, too."""
        way = "nodes together, by vmap" if self._together else "one node at a time"
        return {"torch": self._torch, "network gradients": way}

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
        """As `Problem` has it: none is known of a network."""
        return None

    def solution(self) -> Solution | None:
        """As `Problem` has it: none is known."""
        return None

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it."""
        from ..networks.oracle import NetworkOracle

        shards, sample = self._shards[first:last], self._sample[first:last]
        return NetworkOracle(backend, self._flat, shards, sample, self._ask, self._together)

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
    )

    def __init__(self, setting: Setting, *, model: str, **rest: Any) -> None:
        self._written_model = model
        super().__init__(setting, **rest)

    def _module(self, setting: Setting, shape: tuple[int, ...], loss: str) -> tuple[Any, Any]:
        from ..networks.flat import LOSSES
        from ..networks.models import Shape, make_model

        return make_model(
            self._written_model, Shape(shape, self._data.classes or 1, self._data.words)
        ), LOSSES[loss]


@register
class TorchProblem(TrainedProblem):
    """A module that a Python file makes, and perhaps its loss."""

    name = "torch"
    doc = "f_i the mean loss of a PyTorch module of your own over node i's samples"
    arguments = (
        Argument(
            "module",
            ArgumentKind.TEXT,
            doc='a function make(info) by file and name: "net.py:make"',
            example='"net.py:make"',
        ),
        DATA,
        LOSS,
        *MORE,
    )

    def __init__(self, setting: Setting, *, module: str, **rest: Any) -> None:
        _torch_version(self.name)  # a file that imports it would fail with an error of its own
        self._found = named(module, ("make",), "a function `make(info)` that returns a module")
        super().__init__(setting, **rest)

    @property
    def _place(self) -> str:
        return f"the module that `{self._found.name}`{place_of(self._found.value)} makes"

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return ask(self._place, function, *arguments, home=self._found.value)

    def _module(self, setting: Setting, shape: tuple[int, ...], loss: str) -> tuple[Any, Any]:
        from ..networks.flat import LOSSES

        info = ModuleInfo(setting.n, setting.seed, shape, self._data.classes, self._data.words)
        place = f"`{self._found.name}`{place_of(self._found.value)}"
        made = ask(place, self._found.value, info)
        module, function = made if isinstance(made, tuple) and len(made) == 2 else (made, LOSSES[loss])
        if not (hasattr(module, "named_parameters") and callable(module) and callable(function)):
            raise errors.no_module(place, f"an object of type {type(made).__name__}")
        return module, function

    @property
    def versions(self) -> Mapping[str, str]:
        """As `Problem` has it; the file's hash, too."""
        return {**super().versions, **self._found.versions}


def module_at(problem: Problem | None, point: HostArray | None) -> Any:
    """The module of a network at a point; SetupError without either."""
    if not isinstance(problem, TrainedProblem):
        raise errors.no_module_here("" if problem is None else problem.written)
    if point is None:
        raise errors.no_output()
    return problem.module(point)
