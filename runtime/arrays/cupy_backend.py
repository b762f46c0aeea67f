"""CuPy on the current CUDA device; own kernels where CuPy loses the order of sums or lacks the words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import array_api_compat.cupy
import cupy
import numpy as np

from . import errors
from .cuda_kernels import SOURCE, THREADS
from .generic import ArrayMethods, GenericPrimitives

if TYPE_CHECKING:
    from .backend import Array, HostArray, HostCounters


def require_gpu() -> None:
    """Nothing, or `SetupError` if no CUDA device answers."""
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise errors.no_gpu(str(error)) from error
    if count == 0:
        raise errors.no_gpu("the driver lists no device")


class CupyBackend(ArrayMethods, GenericPrimitives):
    """Implements `Backend` on the device that is current when it is made."""

    def __init__(self, real: str, wire: str) -> None:
        """Float types by name, as `select` checked them."""
        self.name = "cupy"
        self.xp: Any = array_api_compat.cupy
        self.device: Any = cupy.cuda.Device()
        self.real: Any = cupy.dtype(real)
        self.wire: Any = cupy.dtype(wire)
        self._kernels = cupy.RawModule(code=SOURCE)

    def to_device(self, values: HostArray) -> Array:
        """As `Backend` has it."""
        return cupy.asarray(values, dtype=self.real if values.dtype.kind == "f" else None)

    def to_host(self, values: Array) -> HostArray:
        """As `Backend` has it; waits for the device."""
        host: HostArray = cupy.asnumpy(values)
        return host

    def scatter_add(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it; `target` contiguous. Not cupyx.scatter_add: its atomic adds have no order."""
        indices, values = indices.ravel(), values.ravel()
        count = indices.shape[0]
        if count == 0:
            return
        order = cupy.argsort(indices)  # always stable in CuPy
        arguments = (
            cupy.ascontiguousarray(indices[order], dtype=cupy.int64),
            cupy.ascontiguousarray(order, dtype=cupy.int64),
            cupy.ascontiguousarray(values, dtype=target.dtype),
            np.int64(count),
            target,
        )
        self._launch(f"add_{target.dtype.name}", count, arguments)

    def random_words(self, key: tuple[int, int], counters: HostCounters, blocks: int) -> Array:
        """As `Backend` has it; __umul64hi makes the words that NumPy's generator makes."""
        rows = counters.shape[0]
        words = cupy.empty((rows, 4 * blocks), dtype=cupy.uint64)
        total = rows * blocks
        if total == 0:
            return words
        k0, k1 = key
        starts = cupy.asarray(np.ascontiguousarray(counters))
        arguments = (starts, np.uint64(blocks), np.uint64(total), np.uint64(k0), np.uint64(k1), words)
        self._launch("philox", total, arguments)
        return words

    def _launch(self, name: str, threads: int, arguments: tuple[Any, ...]) -> None:
        grid = -(-threads // THREADS)
        self._kernels.get_function(name)((grid,), (THREADS,), arguments)
