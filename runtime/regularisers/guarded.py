"""Regularisers of plug-ins behind a door: shapes, types and finiteness of what they return are looked at."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..families import behind
from ..plugin_calls import call_plugin, check_array, wrong_answer
from .base import Regulariser

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray


class GuardedRegulariser(Regulariser):
    """The guard that `guarded` puts in front of a plug-in's class; SetupError for what is not as `Regulariser` has it."""

    def __init__(self, lengths: tuple[int, ...], **arguments: Any) -> None:
        """As the plug-in makes it."""
        call_plugin(self._plugin, "__init__", super().__init__, lengths, **arguments)
        self.lengths = lengths

    @property
    def _plugin(self) -> str:
        return f"regulariser `{self.name}`"

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As the plug-in has it: (rows, d), finite where the vectors are."""
        return checked_prox(self._plugin, self._theirs("prox"), xp, vectors, steps)

    def values(self, xp: Any, vectors: Array) -> Array:
        """As the plug-in has it: (rows,), no nan."""
        return checked_values(self._plugin, self._theirs("values"), xp, vectors)

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As the plug-in has it: (d,)."""
        return checked_farthest(self._plugin, self._theirs("farthest"), direction)

    def _theirs(self, part: str) -> Any:
        return getattr(super(), part)


class CheckedRegulariser(Regulariser):
    """The regulariser that a plug-in's problem comes with: what it returns is looked at."""

    def __init__(self, plugin: str, inner: Regulariser) -> None:
        """`plugin` is the problem, as messages name it."""
        super().__init__(inner.lengths)
        self._plugin, self._inner = f"{plugin}, of its regulariser", inner

    @property
    def constrains(self) -> bool:
        """As the plug-in has it."""
        return bool(call_plugin(self._plugin, "constrains", getattr, self._inner, "constrains"))

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As the plug-in has it: (rows, d), finite where the vectors are."""
        return checked_prox(self._plugin, self._inner.prox, xp, vectors, steps)

    def values(self, xp: Any, vectors: Array) -> Array:
        """As the plug-in has it: (rows,), no nan."""
        return checked_values(self._plugin, self._inner.values, xp, vectors)

    def projections(self, xp: Any, vectors: Array) -> Array:
        """As the plug-in has it: (rows, d), finite where the vectors are."""
        return checked_prox(
            self._plugin, lambda xp, own, _: self._inner.projections(xp, own), xp, vectors, None
        )

    def farthest(self, direction: HostArray) -> HostArray | None:
        """As the plug-in has it: (d,)."""
        return checked_farthest(self._plugin, self._inner.farthest, direction)


def checked_prox(plugin: str, prox: Any, xp: Any, vectors: Array, steps: Array) -> Array:
    """The result of a plug-in's `prox`, checked."""
    found = call_plugin(plugin, "prox", prox, xp, xp.asarray(vectors, copy=True), steps)
    found = check_array(plugin, "prox", found, tuple(vectors.shape), vectors.dtype)
    broken = xp.any(~xp.isfinite(found), axis=1) & xp.all(xp.isfinite(vectors), axis=1)
    if bool(xp.any(broken)):
        raise wrong_answer(plugin, "prox", "a vector that is not finite, for one that is", "a finite one")
    return found


def checked_values(plugin: str, values: Any, xp: Any, vectors: Array) -> Array:
    """The result of a plug-in's `values`, checked."""
    found = call_plugin(plugin, "values", values, xp, xp.asarray(vectors, copy=True))
    found = check_array(plugin, "values", found, (vectors.shape[0],), vectors.dtype)
    if bool(xp.any(xp.isnan(found) & xp.all(xp.isfinite(vectors), axis=1))):
        raise wrong_answer(plugin, "values", "nan", "numbers")
    return found


def checked_farthest(plugin: str, farthest: Any, direction: HostArray) -> HostArray | None:
    """The result of a plug-in's `farthest`, checked."""
    found = call_plugin(plugin, "farthest", farthest, direction.copy())
    if found is None:
        return None
    return np.asarray(check_array(plugin, "farthest", found, direction.shape, direction.dtype))


@cache
def guarded(family: type[Regulariser]) -> type[Regulariser]:
    """A plug-in's class with the guard in front."""
    return behind(GuardedRegulariser, family)
