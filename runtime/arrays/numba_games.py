"""Games' operators as fused rounds compute them, a node's row at a time: products are NumPy's own loop of `matmul`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numba_bits import fast
from .numba_linear import matrix_multiplied

if TYPE_CHECKING:
    from .backend import HostArray


@fast
def coupled(
    loop: HostArray,
    matrices: HostArray,
    shifts: HostArray,
    lam: HostArray,
    i: int,
    point: HostArray,
    row: HostArray,
) -> None:
    """Fill a row (2 half,) with node i's operator at a point, as `problems.bilinear` has it."""
    half = matrices.shape[1]
    turned = np.empty((2, half))
    turned[0] = point[half:]
    turned[1] = -point[:half]
    matrix_multiplied(loop, turned, matrices[i], row.reshape(2, half))
    for j in range(2 * half):
        row[j] = row[j] + lam[0] * point[j] + shifts[i, j]


@fast
def affine(
    loop: HostArray, matrices: HostArray, shifts: HostArray, i: int, point: HostArray, row: HostArray
) -> None:
    """Fill a row (d,) with node i's operator at a point, as `problems.affine` has it."""
    matrix_multiplied(loop, matrices[i], point.reshape(point.size, 1), row.reshape(row.size, 1))
    for j in range(row.size):
        row[j] = row[j] + shifts[i, j]
