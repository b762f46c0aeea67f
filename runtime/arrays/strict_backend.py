"""array-api-strict on a device other than the CPU, for tests that no step relies on hidden copies.

Primitives that the standard lacks go through the host by explicit moves, which stand for a GPU library's kernels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import array_api_strict
import numpy as np

from .generic import GenericPrimitives
from .philox import philox

if TYPE_CHECKING:
    from .backend import Array, HostArray, HostCounters

DEVICE = "device1"


class StrictBackend(GenericPrimitives):
    """Implements `Backend` on array-api-strict; float16 does not exist there."""

    def __init__(self, real: str, wire: str) -> None:
        """Float types by name, as `select` checked them."""
        self.name = "strict"
        self.xp: Any = array_api_strict
        self.device: Any = array_api_strict.Device(DEVICE)
        self.real: Any = getattr(array_api_strict, real)
        self.wire: Any = getattr(array_api_strict, wire)

    def to_device(self, values: HostArray) -> Array:
        """As `Backend` has it."""
        dtype = self.real if values.dtype.kind == "f" else None
        return self.xp.asarray(values, dtype=dtype, device=self.device, copy=True)

    def to_host(self, values: Array) -> HostArray:
        """As `Backend` has it."""
        return _held(values)

    def to_wire(self, values: Array) -> Array:
        """As `Backend` has it."""
        return self.xp.astype(values, self.wire)

    def from_wire(self, values: Array) -> Array:
        """As `Backend` has it."""
        return self.xp.astype(values, self.real)

    def bit_patterns(self, values: Array) -> Array:
        """As `Backend` has it."""
        held = _held(values)
        return self.xp.asarray(held.view(f"u{held.dtype.itemsize}"), device=self.device, copy=True)

    def take(self, values: Array, indices: Array) -> Array:
        """As `Backend` has it."""
        taken = self.xp.take(self.xp.reshape(values, (-1,)), self.xp.reshape(indices, (-1,)))
        return self.xp.reshape(taken, indices.shape)

    def octets(self, values: Array) -> Array:
        """As `GenericPrimitives` has it."""
        held = np.ascontiguousarray(_held(values))
        little = held.astype(held.dtype.newbyteorder("<"), copy=False)
        return self.xp.asarray(little.view(np.uint8), device=self.device, copy=True)

    def from_octets(self, octets: Array, dtype: str) -> Array:
        """As `GenericPrimitives` has it."""
        held = np.ascontiguousarray(_held(octets)).view(np.dtype(dtype).newbyteorder("<"))
        return self.xp.asarray(held.astype(dtype), device=self.device, copy=True)

    def scatter_add(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it."""
        held = _held(target).copy()
        np.add.at(held, _held(indices), _held(values))
        target[...] = self.xp.asarray(held, device=self.device)

    def put(self, target: Array, indices: Array, values: Array) -> None:
        """As `Backend` has it."""
        held = _held(target).copy()
        held.reshape(-1)[_held(indices)] = _held(values)
        target[...] = self.xp.asarray(held, device=self.device)

    def put_rows(self, target: Array, rows: Array, values: Array) -> None:
        """As `Backend` has it."""
        held = _held(target).copy()
        held[_held(rows)] = _held(values)
        target[...] = self.xp.asarray(held, device=self.device)

    def random_words(self, key: tuple[int, int], counters: HostCounters, blocks: int) -> Array:
        """As `Backend` has it."""
        return philox(self.xp, key, self.to_device(counters), blocks)


def _held(values: Array) -> HostArray:
    """Values of the device as a kernel there would read them."""
    return np.asarray(values.to_device(array_api_strict.Device("CPU_DEVICE")))
