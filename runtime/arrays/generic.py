"""Primitives in array-API operations, for libraries that have no faster way to the same result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backend import Array


def top_k_by_sorting(xp: Any, magnitudes: Array, k: int) -> Array:
    """As `Backend.top_k`; the sort is stable: of equal entries the first is kept."""
    if xp.isdtype(magnitudes.dtype, "real floating"):
        magnitudes = xp.where(xp.isnan(magnitudes), xp.full_like(magnitudes, float("inf")), magnitudes)
    order = xp.argsort(magnitudes, axis=-1, descending=True, stable=True)
    return xp.sort(xp.astype(order[:, :k], xp.int64), axis=-1)


def all_finite(xp: Any, values: Array) -> bool:
    """As `Backend.all_finite`."""
    if not xp.isdtype(values.dtype, "real floating"):
        return True
    return bool(xp.all(xp.isfinite(values)))
