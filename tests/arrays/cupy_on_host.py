"""A stand-in for CuPy where there is no GPU: NumPy's arrays, and the CUDA kernels compiled for the host.

Kernels wait in a stream until the host waits for it, as they do on a GPU: what is read too early is not there yet.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import array_api_compat
import numpy as np
from cablese.runtime import arrays
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.namespace import NUMPY
from cuda_on_host import HostKernels

BACKEND = "cablese.runtime.arrays.cupy_backend"


class Stream:
    """Launches that have not run; `holds`: they run only when something waits for them, not at once."""

    def __init__(self) -> None:
        self.holds = False
        self.pending: list[Callable[[], None]] = []

    def launch(self, work: Callable[[], None]) -> None:
        """Run a kernel behind those before it."""
        self.pending.append(work)
        if not self.holds:
            self.wait()

    def wait(self) -> None:
        """Run all."""
        while self.pending:
            self.pending.pop(0)()


class Cupy(ModuleType):
    """The module: NumPy's functions where CuPy's mean the same."""

    def __init__(self, folder: Path, stream: Stream) -> None:
        super().__init__("cupy")
        kernels = HostKernels(folder)

        class RawModule:
            def __init__(self, code: str) -> None:
                self.code = code

            def get_function(self, name: str) -> Callable[..., None]:
                return lambda grid, block, given: stream.launch(lambda: kernels.blocks(name, grid[0], given))

        runtime = mock.Mock(getDeviceCount=lambda: 1, CUDARuntimeError=RuntimeError)
        self.cuda = mock.Mock(runtime=runtime, Device=lambda: "cpu")
        self.RawModule = RawModule
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    def argsort(self, values: Any) -> Any:
        """Stable, as CuPy's always is."""
        return np.argsort(values, kind="stable")

    def asnumpy(self, values: Any, *, blocking: bool = True) -> Any:
        """A copy; of what is there already, unless the host waits."""
        if blocking:
            self._stream.wait()
        return values.copy()


@contextmanager
def cupy_on_host(folder: Path, stream: Stream) -> Iterator[Callable[[str], Backend]]:
    """The maker of the CuPy backend that computes in a real type, over the stand-in."""
    stands = {"cupy": Cupy(folder, stream), "array_api_compat.cupy": NUMPY}
    before = {name: sys.modules.pop(name, None) for name in (*stands, BACKEND)}
    with mock.patch.object(array_api_compat, "cupy", NUMPY, create=True):
        sys.modules.update(stands)  # not `patch.dict`, which would forget what is imported meanwhile
        try:
            module = importlib.import_module(BACKEND)
            yield lambda real: module.CupyBackend(real, "float32")
        finally:
            for name, found in before.items():
                sys.modules.pop(name, None)
                if found is not None:
                    sys.modules[name] = found
            vars(arrays).pop("cupy_backend", None)
