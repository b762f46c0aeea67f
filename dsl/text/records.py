"""Records and structures: dataclasses with slots, made with little code to compile, since start-up is making classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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


@dataclass
class _Sample:
    value: int


_SAMPLE: Any = fields(_Sample)[0]
_PARAMS = _Sample.__dataclass_params__  # type: ignore[attr-defined]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Class]) -> type[Class]:
    """A class made as by `dataclass(frozen=True, slots=True)`, `replace` and `match` included.

    The standard decorator compiles six functions for a class, this one none: with three hundred classes on the way of
    `cablese diff` that is a fifth of its time.
    """
    own = tuple(_fields_of(cls).values())
    hashed = _hashed(own)

    def kept(self: Any) -> int:
        try:
            found: int = self._hash
        except AttributeError:
            found = hashed(self)
            object.__setattr__(self, "_hash", found)
        return found

    methods = {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    methods |= {"__hash__": kept if issubclass(cls, KeepsHash) else hashed}
    return _made(cls, methods)


@dataclass_transform(field_specifiers=(field,))
def structure(cls: type[Class]) -> type[Class]:
    """A class made as by `dataclass(slots=True)`: its fields may change."""
    return _made(cls, {"__hash__": None})


def _made(cls: type[Class], methods: Mapping[str, Any]) -> type[Class]:
    """The class with slots, the methods of any dataclass and these."""
    own = _fields_of(cls)
    every = tuple(own.values())
    compared = _compared(every)
    shown = tuple(f.name for f in every if f.repr)

    def equal(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def written(self: Any) -> str:
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def rebuilt(self: Any) -> tuple[Any, tuple[Any, ...]]:
        return self.__class__, tuple(getattr(self, name) for name in own)

    body = {name: value for name, value in vars(cls).items() if name not in own and name not in _OF_PLAIN}
    body |= {"__dataclass_fields__": own, "__dataclass_params__": _PARAMS, "__match_args__": tuple(own)}
    body |= {"__slots__": _slots(cls, own), "__init__": _init(every, cls)}
    body |= {"__repr__": written, "__reduce__": rebuilt, "__eq__": equal, **methods}
    if issubclass(cls, ByIdentity):
        body |= {"__eq__": object.__eq__, "__hash__": object.__hash__}
    anew: Any = type(cls)
    made: Any = anew(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made  # type: ignore[no-any-return]


def _hashed(own: tuple[Field[Any], ...]) -> Callable[[Any], int]:
    compared = _compared(own)
    return lambda self: hash(compared(self))


def _compared(own: tuple[Field[Any], ...]) -> Callable[[Any], Any]:
    """The values of the fields that `==` and `hash` look at."""
    return _values(tuple(f.name for f in own if f.compare))


_OF_PLAIN = ("__dict__", "__weakref__")
"""Attributes of a class that is made without slots."""


def _fields_of(cls: type[Any]) -> dict[str, Field[Any]]:
    """The fields of a class and of its bases, by name, marked as `dataclass` marks them."""
    found: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= vars(base).get("__dataclass_fields__", {})
    for name, kind in cls.__annotations__.items():
        if str(kind).startswith("ClassVar"):
            continue
        default = vars(cls).get(name, MISSING)
        made: Any = default if isinstance(default, Field) else field(default=default)
        made.name, made.type, made._field_type = name, kind, _SAMPLE._field_type
        made.kw_only = False
        found[name] = made
    return found


def _slots(cls: type[Any], names: Iterable[str]) -> tuple[str, ...]:
    """The slots of a class: its fields but those of its bases."""
    inherited = {slot for base in cls.__mro__[1:] for slot in vars(base).get("__slots__", ())}
    return tuple(name for name in names if name not in inherited)


def _init(own: tuple[Field[Any], ...], made: type[Any]) -> Callable[..., None]:
    """`__init__` of these fields; neither records nor structures have `field(init=False)` or `__post_init__`."""
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
