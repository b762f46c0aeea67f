"""Aggregates of plug-ins, as generated programs call them."""

from __future__ import annotations

from typing import Any

from ..aggregators.registry import registry
from ..arrays.backend import Array
from ..errors import RunFailed


def own_aggregate(xp: Any, name: str, vectors: Array, number: float | None) -> Array:
    """The aggregate (d,) of vectors (rows, d); RunFailed for a number out of the aggregator's bounds."""
    family = registry()[name]
    if number is None:
        return family().aggregate(xp, vectors, None)
    [argument] = family.arguments
    whole = int(number)
    if not argument.admits(whole):
        raise RunFailed(
            f"`{argument.name}` of `{name}` must be {argument.range}, not {whole} ({argument.doc})."
        )
    return family().aggregate(xp, vectors, whole)
