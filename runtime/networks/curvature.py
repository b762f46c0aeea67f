"""An estimate of smoothness: the largest eigenvalue, in size, of a mean of Hessians at one point, by power iteration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from .flat import FlatModule, own_draws

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

MOST_STEPS = 30
CLOSE = 0.005
"""Relative change of the eigenvalue at which the iteration ends."""
_APART = 1e-4  # gradients this far apart give a product with the Hessian, to 1e-8 in double precision


def curvature(
    flat: FlatModule,
    shards: Sequence[tuple[HostArray, HostArray]],
    direction: HostArray,
    guarded: Callable[..., Any],
) -> float:
    """The eigenvalue at x0 of the mean over shards of the Hessians of their losses, l2 included, without draws.

    In double precision, from a first direction (d,). A lower estimate: iterations approach it from below.
    """
    samples = [(_double(inputs), torch.from_numpy(labels)) for inputs, labels in shards]
    start = torch.from_numpy(flat.start.astype(np.float64))
    out, total = torch.empty_like(start), torch.empty_like(start)

    def gradient(point: Tensor) -> Tensor:
        total.zero_()
        for inputs, labels in samples:
            guarded(flat.write_gradient, out, point, inputs, labels, None)
            total.add_(out, alpha=1 / len(samples))
        return total.clone()

    v = torch.from_numpy(direction / np.linalg.norm(direction))
    found = 0.0
    with own_draws():
        for _ in range(MOST_STEPS):
            product = (gradient(start + _APART * v) - gradient(start - _APART * v)) / (2 * _APART)
            before, found = found, float(product.norm())
            if not found > 0:  # flat in this direction, or not finite
                break
            v = product / found
            if abs(found - before) <= CLOSE * found:
                break
    return found


def _double(inputs: HostArray) -> Tensor:
    found = torch.from_numpy(inputs)
    return found.double() if found.is_floating_point() else found
