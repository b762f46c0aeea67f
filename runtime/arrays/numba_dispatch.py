"""Host functions with a numba kernel, which runs instead on long arrays where numba is installed, with the same result to
the bit. Nothing here imports numba before the first long array, or many short ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from types import ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONG = 1 << 18
"""Entries from which on a kernel is worth loading: that takes a second at first, 10 ms from a cache."""

_off = False
_least = LONG  # entries from which on kernels run


MANY = 1 << 22
"""Entries of short calls from which on a kernel that is far quicker for these, too, is worth loading: NumPy took as long."""


def dispatched(
    entries: Callable[P, int], *, short: bool = False, saved: float = 1.0
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorator: calls of LONG `entries` or more go to the kernel of the same name in `numba_kernels`; `short`: others, too,
    once they had MANY entries together. `saved`: the time that the kernel saves an entry, over what most save.

    A kernel returns None for calls that it leaves to the function itself.
    """

    def with_twin(plain: Callable[P, R]) -> Callable[P, R]:
        seen, name = 0.0, plain.__name__

        @wraps(plain)
        def chosen(*args: P.args, **kwargs: P.kwargs) -> R:
            nonlocal seen
            if seen < MANY:  # else they are not counted any more
                many = saved * entries(*args, **kwargs)
                if short:
                    seen += many
                if many < _least and seen < MANY:
                    return plain(*args, **kwargs)
            kernels = compiled()
            found: R | None = None if kernels is None else getattr(kernels, name)(*args, **kwargs)
            return plain(*args, **kwargs) if found is None else found

        return chosen

    return with_twin


def compiled() -> ModuleType | None:
    """The module of numba kernels; None where numba cannot be imported, compiles nothing (NUMBA_DISABLE_JIT), or is
    switched off."""
    return None if _off else _load()


@contextmanager
def numpy_alone() -> Iterator[None]:
    """Switch numba's kernels off meanwhile, for comparisons."""
    global _off
    before, _off = _off, True
    try:
        yield
    finally:
        _off = before


@contextmanager
def kernels_always() -> Iterator[None]:
    """Let kernels run on arrays of any length meanwhile, likewise."""
    global _least
    before, _least = _least, 0
    try:
        yield
    finally:
        _least = before


def is_forced() -> bool:
    """True while kernels run on arrays of any length."""
    return _least == 0 and not _off


@lru_cache(maxsize=1)
def _load() -> ModuleType | None:
    try:
        from numba import config

        from . import numba_kernels as kernels
    except ImportError:
        return None
    return None if config.DISABLE_JIT else kernels
