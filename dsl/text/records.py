"""Immutable records: frozen dataclasses with slots, made with little code to compile, since start-up is making classes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform

Class = TypeVar("Class")


class KeepsHash:
    """A base of records that are large and often keys: the hash is computed once."""

    __slots__ = ("_hash",)
    _hash: int


class ByIdentity:
    """A base of records that equal themselves alone, since they hold arrays or other things that no `==` compares."""

    __slots__ = ()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """A class made as by `dataclass(frozen=True, slots=True)`, `replace` and `match` included.

    The standard decorator compiles six functions for a class, this one none: with three hundred classes on the way of
    `cablese diff` that is a fifth of its time.
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

    if not issubclass(made, ByIdentity):
        made.__eq__ = equal
        made.__hash__ = kept if issubclass(made, KeepsHash) else hashed
    made.__repr__, made.__reduce__ = written, rebuilt
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    return made  # type: ignore[no-any-return]


def _init(own: tuple[Field[Any], ...], made: type[Any]) -> Callable[..., None]:
    """`__init__` of these fields; records have no `field(init=False)` and no `__post_init__`."""
    factories = [f.default_factory for f in own]
    code = _numbered(tuple(factory is not MISSING for factory in factories))
    names = {f"p{i}": f.name for i, f in enumerate(own)}
    code = code.replace(
        co_varnames=("self", *names.values()),
        co_consts=tuple(names.get(constant, constant) for constant in code.co_consts),
    )
    scope = {"put": object.__setattr__, "anew": MISSING} | {f"make{i}": f for i, f in enumerate(factories)}
    defaults = [f.default for f in own if f.default is not MISSING or f.default_factory is not MISSING]
    init = FunctionType(code, scope, "__init__", tuple(defaults))
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


@cache
def _numbered(made_anew: tuple[bool, ...]) -> CodeType:
    """`__init__` of so many fields p0, p1, …, compiled once for all records that have as many: compiling takes longer than
    all else about a class. True for a field whose default is made anew."""
    names = [f"p{i}" for i in range(len(made_anew))]
    lines = [
        f"put(self, 'p{i}', make{i}() if p{i} is anew else p{i})" if anew else f"put(self, 'p{i}', p{i})"
        for i, anew in enumerate(made_anew)
    ]
    scope: dict[str, Any] = {}
    exec("\n    ".join([f"def init({', '.join(['self', *names])}):", *(lines or ["pass"])]), scope)
    code: CodeType = scope["init"].__code__
    return code


def _values(names: tuple[str, ...]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda self: ()


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
