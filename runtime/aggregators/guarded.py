"""Aggregators of plug-ins behind a door: what they return is looked at, and what goes wrong in them names them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from ..families import behind
from ..plugin_calls import call_plugin, check_array, wrong_answer
from .base import Aggregator

if TYPE_CHECKING:
    from ..arrays.backend import Array


class GuardedAggregator(Aggregator):
    """The guard that `guarded` puts in front of a plug-in's class; SetupError for what is not as `Aggregator` has it."""

    def aggregate(self, xp: Any, vectors: Array, number: int | None) -> Array:
        """As the plug-in has it: (d,), finite where all vectors are."""
        plugin, function = f"aggregator `{self.name}`", self._theirs
        own = xp.asarray(vectors, copy=True)
        found = call_plugin(plugin, "aggregate", function, xp, own, number)
        found = check_array(plugin, "aggregate", found, tuple(vectors.shape[1:]), vectors.dtype)
        if bool(xp.all(xp.isfinite(vectors))) and not bool(xp.all(xp.isfinite(found))):
            raise wrong_answer(
                plugin, "aggregate", "a vector that is not finite, for finite ones", "a finite one"
            )
        return found

    @property
    def _theirs(self) -> Callable[..., Any]:
        return super().aggregate  # type: ignore[safe-super]


@cache
def guarded(family: type[Aggregator]) -> type[Aggregator]:
    """A plug-in's class with the guard in front."""
    return behind(GuardedAggregator, family)
