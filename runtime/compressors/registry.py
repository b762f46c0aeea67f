"""Compressor families by name: those shipped, those registered, and plug-ins found by entry points when needed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from cablese.dsl.check.contracts import Class, CompressorBinding, composed_class
from cablese.dsl.text.nearest import nearest

from ..errors import SetupError
from . import errors
from .arguments import complete
from .base import Compressor
from .guarded import guarded

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

SHIPPED = {
    "identity": "identity",
    "rand_k": "rand_k",
    "top_k": "top_k",
    "quantize": "quantize",
    "ternary": "ternary",
    "natural": "natural",
    "natural_dithering": "natural_dithering",
    "rand_p": "masked",
    "threshold_k": "masked",
    "mvss": "mvss",
    "sign": "signs",
    "scaled_sign": "signs",
    "block_sign": "signs",
    "linear8": "eight_bits",
    "tree8": "eight_bits",
    "round_to": "round_to",
    "mixed": "mixed",
    "power_sgd": "power_sgd",
    "sketch": "sketch",
}
"""The modules of the shipped families."""
GROUP = "cablese.compressors"
_TEXTS = ("name", "doc", "codec")
_MEANT = {
    "codec": ", which says in words what its messages hold",
    "kind": ", which is its class",
    "sends": ", which gives its messages a codec",
}

Family = TypeVar("Family", bound=type[Compressor])


class Families(Mapping[str, type[Compressor]]):
    """Name -> class. A shipped name imports its module alone; entry points are read for other names and the full list.

    A plug-in that is broken is in nobody's way: `SetupError` ends who asks for its name, and no one else.
    """

    def __init__(self) -> None:
        self._known: dict[str, type[Compressor]] = {}
        self._broken: dict[str, SetupError] = {}
        self._searched = False

    def __getitem__(self, name: str) -> type[Compressor]:
        if name not in self._known:
            self._find(name)
        if name not in self._known and name in self._broken:
            raise self._broken[name]
        family = self._known[name]
        return family if name in SHIPPED else guarded(family)

    def __iter__(self) -> Iterator[str]:
        for name in SHIPPED:
            self._find(name)
        self._search()
        return iter(tuple(self._known))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def add(self, family: type[Compressor]) -> None:
        """Make an examined class known under its name, which no other class may have."""
        other = self._known.get(family.name)
        shipped = family.name in SHIPPED and family.__module__ != _module(family.name)
        if shipped or other not in (None, family):
            raise errors.bad_plugin(_written(family), f"the name `{family.name}` is taken")
        self._known[family.name] = family

    def broken(self) -> tuple[SetupError, ...]:
        """Why the plug-ins are not known that are installed and cannot be used."""
        self._search()
        return tuple(self._broken.values())

    def _find(self, name: str) -> None:
        if name in SHIPPED:
            import_module(_module(name))
        else:
            self._search()

    def _search(self) -> None:
        if self._searched:
            return
        self._searched = True
        from importlib.metadata import entry_points

        for entry in entry_points(group=GROUP):
            try:
                register_in(self, _loaded(entry))
            except SetupError as error:
                self._broken[entry.name] = error


_FAMILIES = Families()


def registry() -> Mapping[str, type[Compressor]]:
    """All compressor families; each class fulfils the compiler's `CompressorContract`."""
    return _FAMILIES


def register(family: Family) -> Family:
    """Class decorator: make the family known under its `name`; `SetupError` if its contract is not complete."""
    register_in(_FAMILIES, family)
    return family


def register_in(families: Families, family: Any) -> None:
    """Make an unexamined class known to some families."""
    _verify(family)
    families.add(family)


def broken() -> tuple[SetupError, ...]:
    """Why installed plug-ins cannot be used, of those that cannot."""
    return _FAMILIES.broken()


def make(binding: CompressorBinding) -> Compressor:
    """The compressor that a binding asks for, defaults filled in; `SetupError` for what does not fit."""
    family = _FAMILIES.get(binding.name)
    if family is None:
        known = sorted(_FAMILIES)
        raise errors.unknown_compressor(binding.name, known, nearest(binding.name, known))
    arguments = complete(family, dict(binding.arguments))
    compressor = family(**arguments)
    if binding.inner is None:
        return compressor
    from .composed import Composed

    return Composed(compressor, make(binding.inner))


def class_of(binding: CompressorBinding) -> Class:
    """The class that a binding's names and arguments give; `NEITHER` where no such family is at hand."""
    family = _FAMILIES.get(binding.name)
    if family is None:
        return Class.NEITHER
    own = family.classify(dict(binding.arguments))
    return own if binding.inner is None else composed_class(own, class_of(binding.inner))


def _verify(family: Any) -> None:
    """Raise unless the class says what a compressor must say of itself."""
    if not (inspect.isclass(family) and issubclass(family, Compressor)):
        raise errors.bad_plugin(f"`{family!r}`", "it is not a subclass of Compressor")
    for needed in family.stated:
        value = getattr(family, needed, None)
        if not value or (needed in _TEXTS and not isinstance(value, str)):
            raise errors.bad_plugin(_written(family), f"it has no `{needed}`{_MEANT.get(needed, '')}")
    if not family.name.isidentifier():
        raise errors.bad_plugin(_written(family), f"a spec cannot write the name `{family.name}`")
    if inspect.isabstract(family):
        lacking = ", ".join(f"`{name}`" for name in sorted(family.__abstractmethods__))
        raise errors.bad_plugin(_written(family), f"it does not define {lacking}")
    if flaw := family.flaw():
        raise errors.bad_plugin(_written(family), flaw)


def _loaded(entry: EntryPoint) -> Any:
    """What an entry point names; `SetupError` for whatever its import raises."""
    try:
        return entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
        raise errors.bad_plugin(f"the plug-in `{entry.name}` ({entry.value})", said) from error


def _module(name: str) -> str:
    return f"{__package__}.{SHIPPED[name]}"


def _written(family: type[Compressor]) -> str:
    return f"`{family.__module__}.{family.__qualname__}`"
