"""Host functions with a compiled kernel: where numba is installed and arrays are long, that runs instead, with the same
result to the bit. Nothing here imports numba before the first long array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from types import ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LONG = 1 << 18
"""Entries from which on a kernel is worth its loading, of which the first costs a second and each in a cache 10 ms."""

_off = False


def dispatched(entries: Callable[P, int]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function whose kernel of the same name in `numba_kernels` takes calls of LONG `entries` or more.

    A kernel returns None for calls that it leaves to the function itself.
    """

    def with_twin(plain: Callable[P, R]) -> Callable[P, R]:
        @wraps(plain)
        def chosen(*args: P.args, **kwargs: P.kwargs) -> R:
            kernels = compiled() if entries(*args, **kwargs) >= LONG else None
            found: R | None = None if kernels is None else getattr(kernels, plain.__name__)(*args, **kwargs)
            return plain(*args, **kwargs) if found is None else found

        return chosen

    return with_twin


def compiled() -> ModuleType | None:
    """The kernels; None where numba cannot be imported, or is not wanted."""
    return None if _off else _load()


@contextmanager
def numpy_alone() -> Iterator[None]:
    """No kernels of numba meanwhile: for comparisons."""
    global _off
    before, _off = _off, True
    try:
        yield
    finally:
        _off = before


@lru_cache(maxsize=1)
def _load() -> ModuleType | None:
    try:
        from . import numba_kernels as kernels
    except ImportError:
        return None
    return kernels
