"""Arrays of a run as PyTorch's tensors: the same memory by DLPack, on the device that the run computes on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ..arrays.backend import Array, Backend

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


CPU = torch.device("cpu")


class Sharing(Protocol):
    """The way from a backend's arrays to tensors and back."""

    device: torch.device

    def tensor(self, values: Array) -> Tensor:
        """The array's memory, to be read."""

    def rows(self, count: int, d: int) -> tuple[Array, Tensor]:
        """A new array (count, d) in the computations' type, and its memory, to be written."""

    def given(self, values: Array) -> Array:
        """The array, once it is written, on the device."""

    def on_stream(self) -> AbstractContextManager[None]:
        """A block whose tensors are computed in the order of the arrays' own operations."""


def sharing(backend: Backend) -> Sharing:
    """Memory of the host for NumPy; else that of the device, where PyTorch computes on it; else copies on the host."""
    if backend.name == "numpy":
        return OnHost(backend)
    try:
        return OnDevice(backend)
    except (RuntimeError, AssertionError, BufferError):  # a PyTorch without that device
        return OnHost(backend)


ALIGNED = 16
"""Bytes, a register of the processor: arrays begin at multiples of it, their rows need not."""


def aligned(values: Tensor) -> Tensor:
    """The tensor, or a copy of one that begins elsewhere: there products of matrices have other last bits."""
    return values if values.data_ptr() % ALIGNED == 0 else values.clone()


class OnHost:
    """Tensors of the host; arrays of other devices are copied there and back."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self.device = backend, CPU

    def tensor(self, values: Array) -> Tensor:
        """As `Sharing` has it; a copy of what may not be written to, which PyTorch would warn of."""
        host = np.ascontiguousarray(self._backend.to_host(values))
        return torch.from_numpy(host if host.flags.writeable else host.copy())

    def rows(self, count: int, d: int) -> tuple[HostArray, Tensor]:
        """As `Sharing` has it."""
        found = np.empty((count, d), dtype=np.float64 if "64" in str(self._backend.real) else np.float32)
        return found, torch.from_numpy(found)

    def given(self, values: HostArray) -> Array:
        """As `Sharing` has it."""
        return self._backend.to_device(values)

    def on_stream(self) -> AbstractContextManager[None]:
        """As `Sharing` has it."""
        return nullcontext()


class OnDevice:
    """Tensors of the device's memory, none of which goes through the host."""

    def __init__(self, backend: Backend) -> None:
        """RuntimeError, or another of PyTorch's, where it does not know the device."""
        self._backend = backend
        probe = backend.xp.zeros((1,), dtype=backend.real, device=backend.device)
        self.device = torch.from_dlpack(probe).device
        if self.device.type == "cuda":
            # without it CUDA's matrix products have no fixed order, and deterministic algorithms refuse them
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

    def tensor(self, values: Array) -> Tensor:
        """As `Sharing` has it."""
        return torch.from_dlpack(values)

    def rows(self, count: int, d: int) -> tuple[Array, Tensor]:
        """As `Sharing` has it."""
        found = self._backend.xp.empty((count, d), dtype=self._backend.real, device=self._backend.device)
        return found, torch.from_dlpack(found)

    def given(self, values: Array) -> Array:
        """As `Sharing` has it: the array itself."""
        return values

    def on_stream(self) -> AbstractContextManager[None]:
        """As `Sharing` has it: CuPy's current stream is PyTorch's."""
        return nullcontext() if self.device.type == "cpu" else _stream_of_cupy(self.device)


@contextmanager
def _stream_of_cupy(device: torch.device) -> Iterator[None]:
    import cupy

    with torch.cuda.stream(torch.cuda.ExternalStream(cupy.cuda.get_current_stream().ptr, device=device)):
        yield


def exactly(device: torch.device) -> AbstractContextManager[None]:
    """A block in which convolutions on a GPU keep the bits of float32 and are not chosen by a race."""
    if device == CPU:
        return nullcontext()
    found: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return found


def generators(device: torch.device) -> Sequence[torch.Generator]:
    """The generators that modules on a device draw from: the CPU's, and the device's own."""
    if device.type == "cpu":
        return (torch.default_generator,)
    index = torch.cuda.current_device() if device.index is None else device.index
    own: Any = torch.cuda.default_generators
    return torch.default_generator, own[index]
