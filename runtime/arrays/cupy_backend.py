"""CuPy on the current CUDA device; own kernels where CuPy loses the order of sums or lacks Philox words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import array_api_compat.cupy
import cupy
import numpy as np

from . import cuda_kernels, cuda_select, errors
from .cuda_kernels import THREADS
from .generic import ArrayMethods, GenericPrimitives, top_k_by_sorting
from .lazy_words import drawn

if TYPE_CHECKING:
    from .backend import Array, HostArray, HostCounters
    from .lazy_words import PendingWords
    from .rounding import Grid

_SHORT = 1 << 12  # shorter rows are sorted: the half dozen kernels of a selection cost more


def require_gpu() -> None:
    """Raise `SetupError` unless a CUDA device answers."""
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
        self._kernels = cupy.RawModule(code=cuda_kernels.SOURCE + cuda_select.SOURCE)

    def to_device(self, values: HostArray) -> Array:
        """As `Backend` has it."""
        return cupy.asarray(values, dtype=self.real if values.dtype.kind == "f" else None)

    def to_host(self, values: Array) -> HostArray:
        """As `Backend` has it; waits for the device."""
        host: HostArray = cupy.asnumpy(values)
        return host

    def octets(self, values: Array) -> Array:
        """As `GenericPrimitives` has it: devices are little-endian."""
        return cupy.ascontiguousarray(values).view(cupy.uint8)

    def from_octets(self, octets: Array, dtype: str) -> Array:
        """As `GenericPrimitives` has it."""
        return cupy.ascontiguousarray(octets).view(dtype)

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
        """As `Backend` has it; the words equal those of NumPy's generator."""
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

    def top_k(self, magnitudes: Array, k: int) -> Array:
        """As `Backend` has it."""
        rows, d = magnitudes.shape
        if rows == 0 or d < _SHORT or magnitudes.dtype.name not in cuda_select.KINDS:
            return top_k_by_sorting(self.xp, magnitudes, k)
        return cuda_select.select_largest(cupy, self._launch_blocks, cupy.ascontiguousarray(magnitudes), k)

    def top_keys(self, keys: Array, k: int) -> Array:
        """As `Backend` has it."""
        return self.top_k(keys, k)

    def halves(self, words: Array, count: int) -> Array:
        """As `Backend` has it; a view of contiguous words."""
        return cupy.ascontiguousarray(words).view(cupy.uint32)[:, :count]

    def levels(self, vectors: Array, norms: Array, words: Array | PendingWords, grid: Grid) -> Array:
        """As `Backend` has it, in one kernel."""
        rows, d = vectors.shape
        levels = cupy.empty((rows, d), dtype=grid.level)
        words, real = cupy.ascontiguousarray(drawn(self, words)), vectors.dtype
        arguments = (
            cupy.ascontiguousarray(vectors),
            cupy.ascontiguousarray(norms),
            words,
            np.uint64(rows * d),
            np.uint64(d),
            np.uint64(2 * words.shape[1]),
            np.dtype(real.name).type(grid.steps),
            np.int32(grid.fraction),
            np.int32(levels.dtype.itemsize),
            levels,
        )
        self._launch(f"levels_{real.name}_{grid.number}", rows * d, arguments)
        return levels

    def pack_fields(self, fields: Array, width: int) -> Array:
        """As `GenericPrimitives` has it, in one kernel."""
        rows, count = fields.shape
        packed = cupy.empty((rows, -(-count * width // 8)), dtype=cupy.uint8)
        threads = rows * (count // 8 + 1)
        arguments = (
            cupy.ascontiguousarray(fields),
            np.int32(fields.dtype.itemsize),
            np.uint64(threads),
            np.uint64(count),
            np.int32(width),
            np.uint64(packed.shape[1]),
            packed,
        )
        self._launch("pack_fields", threads, arguments)
        return packed

    def unpack_fields(self, packed: Array, count: int, width: int, dtype: str) -> Array:
        """As `GenericPrimitives` has it, in one kernel."""
        rows = packed.shape[0]
        fields = cupy.empty((rows, count), dtype=dtype)
        threads = rows * (count // 8 + 1)
        arguments = (
            cupy.ascontiguousarray(packed),
            np.uint64(threads),
            np.uint64(count),
            np.int32(width),
            np.uint64(packed.shape[1]),
            np.int32(fields.dtype.itemsize),
            fields,
        )
        self._launch("unpack_fields", threads, arguments)
        return fields

    def _launch(self, name: str, threads: int, arguments: tuple[Any, ...]) -> None:
        if threads:
            self._launch_blocks(name, -(-threads // THREADS), arguments)

    def _launch_blocks(self, name: str, blocks: int, arguments: tuple[Any, ...]) -> None:
        self._kernels.get_function(name)((blocks,), (THREADS,), arguments)
