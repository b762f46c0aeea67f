"""Immutable records: frozen dataclasses with slots, made with little code to compile, since start-up is making classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class")


class KeepsHash:
    """A base of records that are large and often keys: the hash is computed once."""

    __slots__ = ("_hash",)
    _hash: int


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """A class made as by `dataclass(frozen=True, slots=True)`, `replace` and `match` included.

    The standard decorator compiles six functions for a class, this one a single function: with some hundred classes
    on the way of `cablese check`, a third of the time.
    """
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    own = fields(made)
    made.__init__ = _init(own, made)
    compared = _values(tuple(f.name for f in own if f.compare))
    shown = tuple(f.name for f in own if f.repr)

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(compared(self))

    def written(self: Any) -> str:
        return f"{made.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def rebuilt(self: Any) -> tuple[Any, tuple[Any, ...]]:
        return made, tuple(getattr(self, f.name) for f in own)

    def kept(self: Any) -> int:
        try:
            found: int = self._hash
        except AttributeError:
            found = hashed(self)
            object.__setattr__(self, "_hash", found)
        return found

    made.__eq__, made.__repr__, made.__reduce__ = equal, written, rebuilt
    made.__hash__ = kept if issubclass(made, KeepsHash) else hashed
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    return made  # type: ignore[no-any-return]


def _init(own: tuple[Field[Any], ...], made: type[Any]) -> Callable[..., None]:
    """`__init__` of these fields; records have no `field(init=False)` and no `__post_init__`."""
    scope: dict[str, Any] = {"put": object.__setattr__}
    parameters = []
    for f in own:
        parameters.append(f.name)
        if f.default is not MISSING:
            scope[f"default_{f.name}"] = f.default
            parameters[-1] += f"=default_{f.name}"
    body = "".join(f"\n    put(self, {f.name!r}, {f.name})" for f in own) or "\n    pass"
    exec(f"def __init__(self, {', '.join(parameters)}):{body}", scope)
    init: Callable[..., None] = scope["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _values(names: tuple[str, ...]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda self: ()


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
