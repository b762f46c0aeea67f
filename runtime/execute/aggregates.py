"""Aggregates other than sums and means, as generated programs call them: those of the language and of plug-ins."""

from __future__ import annotations

from typing import Any

from ..aggregators.registry import registry
from ..arrays.backend import Array, Backend
from ..errors import RunFailed
from . import robust


class Aggregates:
    """Aggregates over the rows of a family, bound to a backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.xp = backend, backend.xp

    def min_rows(self, value: Array) -> Any:
        """Minimum over the rows, entry by entry."""
        return self.xp.min(robust.some_rows(value, "min"), axis=0)

    def max_rows(self, value: Array) -> Any:
        """Maximum over the rows, entry by entry."""
        return self.xp.max(robust.some_rows(value, "max"), axis=0)

    def median_rows(self, value: Array) -> Any:
        """As `robust` has it."""
        return robust.median(self.backend, value)

    def trimmed_mean_rows(self, value: Array, f: float) -> Array:
        """As `robust` has it."""
        return robust.trimmed_mean(self.backend, value, f)

    def krum_rows(self, value: Array, f: float) -> Array:
        """As `robust` has it."""
        return robust.krum(self.backend, value, f)

    def geometric_median_rows(self, value: Array) -> Array:
        """As `robust` has it."""
        return robust.geometric_median(self.backend, value)

    def grouped(self, value: Array, numbers: Array) -> Array:
        """As `robust` has it."""
        return robust.grouped(self.backend, value, self.backend.to_host(numbers).tolist())

    def aggregated(self, name: str, value: Array, number: float | None = None) -> Array:
        """The aggregate of a plug-in."""
        return own_aggregate(self.xp, name, robust.some_rows(value, name), number)


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
