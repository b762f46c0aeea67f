"""Plug-ins of one kind by name: those shipped, those registered, and those of installed packages, found when needed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .errors import SetupError
from .plugin_calls import bad_plugin
from .plugin_contracts import Plugin

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

F = TypeVar("F", bound=Plugin)


class Families(Mapping[str, type[F]], Generic[F]):
    """Name -> class. A shipped name imports its module alone; entry points are read for other names and the full list.

    All come by `register`. Classes of other packages are handed out behind a guard, which checks each of their answers:
    that costs time, and tests hold shipped classes to the same. A broken plug-in raises `SetupError` where its name is
    looked up, and disturbs no other.
    """

    def __init__(
        self, word: str, base: Any, modules: Mapping[str, str], guard: Callable[[type[F]], type[F]]
    ) -> None:
        """`word` is the kind, as messages have it; `modules`, beside that of the class `base`, hold the shipped families."""
        self.group = f"cablese.{word}s"
        self._word, self._base, self._guard = word, base, guard
        room = base.__module__.rpartition(".")[0]
        self._shipped = {name: f"{room}.{module}" for name, module in modules.items()}
        self._known: dict[str, type[F]] = {}
        self._broken: dict[str, SetupError] = {}
        self._searched = False

    def __getitem__(self, name: str) -> type[F]:
        if name not in self._known:
            self._find(name)
        if name not in self._known and name in self._broken:
            raise self._broken[name]
        family = self._known[name]
        return family if name in self._shipped else self._guard(family)

    def __iter__(self) -> Iterator[str]:
        for name in self._shipped:
            self._find(name)
        self._search()
        return iter(tuple(self._known))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def register(self, family: Any) -> None:
        """Make a class known under its name, which no other may have; `SetupError` if its contract is not complete."""
        self._verify(family)
        other, home = self._known.get(family.name), self._shipped.get(family.name, family.__module__)
        if home != family.__module__ or other not in (None, family):
            raise self._bad(_written(family), f"the name `{family.name}` is taken")
        self._known[family.name] = family

    def broken(self) -> tuple[SetupError, ...]:
        """The errors of plug-ins that are installed and cannot be used."""
        self._search()
        return tuple(self._broken.values())

    def _find(self, name: str) -> None:
        if name in self._shipped:
            import_module(self._shipped[name])
        else:
            self._search()

    def _search(self) -> None:
        if self._searched:
            return
        self._searched = True
        from importlib.metadata import entry_points

        for entry in entry_points(group=self.group):
            try:
                self.register(self._loaded(entry))
            except SetupError as error:
                self._broken[entry.name] = error

    def _loaded(self, entry: EntryPoint) -> Any:
        """The object that an entry point names; `SetupError` for any exception of its import."""
        try:
            return entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
            raise self._bad(f"the plug-in `{entry.name}` ({entry.value})", said) from error

    def _verify(self, offered: Any) -> None:
        """Raise unless the object is a class with all that a plug-in of this kind must state and define."""
        if not (inspect.isclass(offered) and issubclass(offered, self._base)):
            raise self._bad(f"`{offered!r}`", f"it is not a subclass of {self._base.__name__}")
        family = cast(type[Plugin], offered)
        for needed in family.stated:
            value = getattr(family, needed, None)
            if not value or (needed in family.texts and not isinstance(value, str)):
                raise self._bad(_written(family), f"it has no `{needed}`{family.meant.get(needed, '')}")
        if not family.name.isidentifier():
            raise self._bad(_written(family), f"a spec cannot write the name `{family.name}`")
        if inspect.isabstract(family):
            lacking = ", ".join(f"`{name}`" for name in sorted(getattr(family, "__abstractmethods__", ())))
            raise self._bad(_written(family), f"it does not define {lacking}")
        if flaw := family.flaw():
            raise self._bad(_written(family), flaw)

    def _bad(self, what: str, reason: str) -> SetupError:
        return bad_plugin(what, self._word, reason)


def behind(front: type[Any], family: type[F], kept: Iterable[str] = ()) -> type[F]:
    """A plug-in's class with a guard's methods in front of its own; `kept` are attributes that stay the class's."""
    named = {name: getattr(family, name) for name in ("__module__", "__qualname__", "__doc__", *kept)}
    return type(family.__name__, (front, family), named)


def _written(family: type[Plugin]) -> str:
    return f"`{family.__module__}.{family.__qualname__}`"
