"""Games in PyTorch as problems: two modules against each other, and a network against a perturbation of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..networks import errors
from ..regularisers.base import Regulariser
from ..regularisers.parts import Parts
from ..regularisers.sets import Ball
from .base import Setting
from .network import LOSS, MODEL, MODULE, MORE, TorchProblem, TrainedProblem
from .network_modules import OwnModule, ShippedModel
from .registry import register
from .sampled import DATA

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..networks.flat import FlatModule


@register
class Game(TorchProblem):
    """Two modules that a Python file makes, as the parts of one whose `forward` gives the losses f and g of both.

    z = (x, y), the players' parameters; F_i = (grad_x f_i, -grad_y g_i), the mean over node i's samples.
    """

    name = "game"
    kind = "vi"
    doc = "F_i = (grad_x f_i, -grad_y g_i) of two PyTorch modules of your own, whose parent gives the losses f and g"
    arguments = (
        MODULE,
        DATA,
        Argument(
            "labels", ArgumentKind.WORD, "classes", ("classes", "numbers"), "of samples, for the losses"
        ),
        *MORE,
    )

    def __init__(self, setting: Setting, *, labels: str, **rest: Any) -> None:
        """As `TorchProblem` has it; SetupError for other than two players, or losses that are no numbers."""
        loss = {"classes": "cross_entropy", "numbers": "squares"}[labels]
        super().__init__(setting, loss=loss, **rest)

    def _made(self, setting: Setting, loss: str, l2: float) -> FlatModule:
        from ..networks.flat import initialised
        from ..networks.games import Players
        from ..networks.trial import try_players

        make = self._source.make
        module, _ = initialised(lambda: make(setting, self._data, loss), setting.seed)
        players = Players(module, l2)
        inputs, labels = (array[:2] for array in (self._data.train.inputs, self._data.train.labels))
        try_players(players, inputs, labels, self._source.ask, self._source.place)
        return players

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """As `Problem` has it: the losses of both players on the test part, if there is one."""
        if self._data.test is None:
            return {}
        return {"test_f": self._tested.first, "test_g": self._tested.second}


@register
class Adversarial(TrainedProblem):
    """A model that ships, or a module of one's own, against one perturbation y of all inputs, norm(y) <= radius.

    f_i = the mean loss at (a_j + y) over node i's samples + l2/2 ||x||^2 - beta/2 ||y||^2; min over x, max over y. In texts
    y is added to the embedded words. The ball comes with the problem, as its `prox`.
    """

    name = "adversarial"
    kind = "vi"
    doc = "a network x against a shift y of all its inputs, norm(y) <= radius: min over x, max over y"
    arguments = (
        replace(MODEL, default=""),
        replace(MODULE, default=""),
        DATA,
        Argument(
            "radius", ArgumentKind.REAL, doc="most that a perturbation's norm may be", above=0, example="1"
        ),
        Argument("beta", ArgumentKind.REAL, 0.0, doc="price of it: f has -beta/2 norm2(y)", least=0),
        LOSS,
        *MORE,
    )

    def __init__(
        self, setting: Setting, *, model: str, module: str, radius: float, beta: float, **rest: Any
    ) -> None:
        """As `Network` or `TorchProblem` has it; SetupError unless one of model and module is given."""
        if bool(model) == bool(module):
            raise errors.model_or_module(self.name, both=bool(model))
        self._beta = beta
        super().__init__(setting, lambda: OwnModule(module) if module else ShippedModel(model), **rest)
        shifted = prod(self.blocks[-1][1])
        lengths = tuple(prod(shape) for _, shape in self.blocks)
        self._ball = Parts(lengths, [(self.d - shifted, self.d, Ball((shifted,), r=radius))])

    def _made(self, setting: Setting, loss: str, l2: float) -> FlatModule:
        from ..networks.games import Perturbed, embeds

        plain = super()._made(setting, loss, l2)
        if self._data.words and not embeds(plain.module):
            raise errors.no_embedding(self._source.place)
        return Perturbed(plain, self._data.shape, l2=l2, beta=self._beta)

    @property
    def regulariser(self) -> Regulariser | None:
        """As `Problem` has it: the ball of the perturbation."""
        return self._ball

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """As `Problem` has it: loss and accuracy on the test part, as it is and perturbed."""
        if self._data.test is None:
            return {}
        plain, shifted = self._clean, self._tested
        found = {
            "test_loss": lambda point: plain.first(self._model_of(point)),
            "test_loss_perturbed": shifted.first,
        }
        if not self._data.classes:
            return found
        return found | {
            "test_accuracy": lambda point: plain.second(self._model_of(point)),
            "test_accuracy_perturbed": shifted.second,
        }

    def _model_of(self, point: HostArray) -> HostArray:
        """The model's part of a point (d,)."""
        return point[: self.d - prod(self.blocks[-1][1])]

    @cached_property
    def _clean(self) -> Any:
        from ..networks.games import Perturbed
        from ..networks.oracle import TestPart

        assert self._data.test is not None
        assert isinstance(self._flat, Perturbed)
        return TestPart(self._flat.clean, self._data.test.inputs, self._data.test.labels)
