"""The modules of network problems: a model that ships, by its name, or one that a Python file makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cablese.dsl.text.records import record

from ..networks import errors
from ..python_files import ask, named, place_of
from .base import Setting

if TYPE_CHECKING:
    from .network_data import NetworkData


@record
class ModuleInfo:
    """Facts that `make(info)` may build its module by: the run's, one sample's shape, the numbers of classes and words."""

    nodes: int
    seed: int
    shape: tuple[int, ...]
    classes: int
    words: int


class Source(Protocol):
    """The maker of a module; `place` names it in errors, `versions` are those of its files."""

    place: str
    versions: Mapping[str, str]

    def make(self, setting: Setting, data: NetworkData, loss: str) -> tuple[Any, Any]:
        """The module, newly initialised, and its loss."""

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A call of the module; errors of a user's own name the line."""


class ShippedModel:
    """A model of `MODELS`, as written."""

    place = "the model"

    def __init__(self, written: str) -> None:
        self._written = written
        self.versions: Mapping[str, str] = {}

    def make(self, setting: Setting, data: NetworkData, loss: str) -> tuple[Any, Any]:
        """As `Source` has it."""
        from ..networks.flat import LOSSES
        from ..networks.models import Shape, make_model

        return make_model(self._written, Shape(data.shape, data.classes or 1, data.words)), LOSSES[loss]

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """As `Source` has it."""
        return function(*arguments)


class OwnModule:
    """The function `make(info)` of a file, which returns a module, or a pair of a module and its loss."""

    def __init__(self, module: str) -> None:
        self._found = named(module, ("make",), "a function `make(info)` that returns a module")
        self.versions: Mapping[str, str] = self._found.versions
        self._maker = f"`{self._found.name}`{place_of(self._found.value)}"
        self.place = f"the module that {self._maker} makes"

    def make(self, setting: Setting, data: NetworkData, loss: str) -> tuple[Any, Any]:
        """As `Source` has it; SetupError for anything but a module."""
        from ..networks.flat import LOSSES

        info = ModuleInfo(setting.n, setting.seed, data.shape, data.classes, data.words)
        made = ask(self._maker, self._found.value, info)
        module, function = made if isinstance(made, tuple) and len(made) == 2 else (made, LOSSES[loss])
        if isinstance(module, type):
            raise errors.no_module(self._maker, f"the class {module.__name__}")
        if not (hasattr(module, "named_parameters") and callable(module) and callable(function)):
            raise errors.no_module(self._maker, f"an object of type {type(made).__name__}")
        return module, function

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """As `Source` has it."""
        return ask(self.place, function, *arguments, home=self._found.value)
