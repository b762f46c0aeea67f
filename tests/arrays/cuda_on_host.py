"""CUDA kernels compiled as C++ for the host: a launch has real threads and barriers, blocks run one after the other."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from cablese.runtime.arrays import cuda_kernels, cuda_select
from cablese.runtime.arrays.cuda_kernels import THREADS

COMPILER = shutil.which("g++") or shutil.which("clang++")
SOURCE = cuda_kernels.SOURCE + cuda_select.SOURCE

_PRELUDE = """
#include <barrier>
#include <cmath>
#include <cstring>
#include <thread>
#include <tuple>
#include <vector>
#define __global__
#define __device__
#define __shared__ static
struct place { unsigned x; };
static thread_local place blockIdx, threadIdx;
static place blockDim;
static std::barrier<>* together;
#define __syncthreads() together->arrive_and_wait()
static int atomicAdd(int* target, int value) { return __sync_fetch_and_add(target, value); }
static unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{ return (unsigned __int128)a * b >> 64; }
"""
# Arguments come as the driver's launch has them: a pointer to each. Blocks and threads start last to first: the result
# must not rest on an order that a GPU does not promise.
_LAUNCHER = """
template <typename... Types, size_t... Places>
static void run(void (*kernel)(Types...), unsigned grid, void** given, std::index_sequence<Places...>)
{
    std::barrier<> barrier(blockDim.x);
    together = &barrier;
    std::vector<std::thread> threads;
    for (unsigned t = blockDim.x; t-- > 0;)
        threads.emplace_back([=, &barrier] {
            threadIdx.x = t;
            for (unsigned b = grid; b-- > 0;) {
                blockIdx.x = b;
                kernel(*(Types*)given[Places]...);
                barrier.arrive_and_wait();
            }
        });
    for (auto& thread : threads) thread.join();
}
template <typename... Types>
static void start(void (*kernel)(Types...), unsigned grid, void** given)
{ run(kernel, grid, given, std::index_sequence_for<Types...>()); }
extern "C" int launch(const char* name, unsigned grid, unsigned block, void** given)
{
    blockDim.x = block;
    TABLE
    return 1;
}
"""


class HostKernels:
    """The kernels of `SOURCE`, launched as `CupyBackend` does, on NumPy's arrays."""

    def __init__(self, folder: Path) -> None:
        assert COMPILER is not None
        table = "\n".join(
            f'if (!strcmp(name, "{name}")) {{ start({name}, grid, given); return 0; }}' for name in names()
        )
        (folder / "kernels.cpp").write_text(_PRELUDE + SOURCE + _LAUNCHER.replace("TABLE", table))
        flags = ["-std=c++20", "-O1", "-shared", "-fPIC", "-pthread", "-ffp-contract=off"]
        subprocess.run([COMPILER, *flags, "kernels.cpp", "-o", "kernels.so"], cwd=folder, check=True)
        self._library = ctypes.CDLL(str(folder / "kernels.so"))

    def blocks(self, name: str, blocks: int, arguments: tuple[Any, ...]) -> None:
        """So many blocks of THREADS threads."""
        held = [
            np.asarray(a.ctypes.data, np.uint64) if isinstance(a, np.ndarray) else np.asarray(a)
            for a in arguments
        ]
        given = (ctypes.c_void_p * len(held))(*(a.ctypes.data for a in held))
        assert all(a.flags.c_contiguous for a in arguments if isinstance(a, np.ndarray))
        assert self._library.launch(name.encode(), blocks, THREADS, given) == 0, name

    def threads(self, name: str, threads: int, arguments: tuple[Any, ...]) -> None:
        """At least so many threads."""
        self.blocks(name, -(-threads // THREADS), arguments)


def names() -> list[str]:
    """Of all kernels in `SOURCE`, those that macros make included."""
    found = re.findall(r"__global__ void (\w+)\(", SOURCE)
    made = [f"{name}_{kind}" for name in ("count_digits", "tally", "collect") for kind in cuda_select.KINDS]
    levels = re.findall(r"^LEVELS\(.*, (\w+)\)$", SOURCE, re.MULTILINE)
    return [*found, *made, *(f"levels_{name}" for name in levels)]
