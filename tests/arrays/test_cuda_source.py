"""The CUDA kernels, compiled as C++ for the host and run thread by thread: what needs no GPU to be proved."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.cuda_kernels import SOURCE

COMPILER = shutil.which("g++") or shutil.which("clang++")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler: g++ or clang++")

PRELUDE = """
#define __global__
#define __device__
static struct { unsigned x; } blockIdx, blockDim, threadIdx;
static unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{ return (unsigned __int128)a * b >> 64; }
"""
# Threads run last to first: the result must not rest on an order that a GPU does not promise.
DRIVER = """
#define EVERY_THREAD(call) \\
    blockDim.x = block; \\
    for (unsigned b = grid; b-- > 0;) for (unsigned t = block; t-- > 0;) { \\
        blockIdx.x = b; threadIdx.x = t; call; }
extern "C" void run_philox(unsigned grid, unsigned block, const word* counters, word blocks, word total,
                           word k0, word k1, word* words)
{ EVERY_THREAD(philox(counters, blocks, total, k0, k1, words)) }
extern "C" void run_add(unsigned grid, unsigned block, const long long* sorted, const long long* order,
                        const double* values, long long count, double* target)
{ EVERY_THREAD(add_float64(sorted, order, values, count, target)) }
"""


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder: Path = tmp_path_factory.mktemp("kernels")
    (folder / "kernels.cpp").write_text(PRELUDE + SOURCE + DRIVER)
    assert COMPILER is not None
    command = [COMPILER, "-O1", "-shared", "-fPIC", "-ffp-contract=off", "kernels.cpp", "-o", "kernels.so"]
    subprocess.run(command, cwd=folder, check=True)
    return ctypes.CDLL(str(folder / "kernels.so"))


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def test_philox_makes_the_words_of_numpy(kernels: ctypes.CDLL) -> None:
    generator = np.random.default_rng(3)
    rows, blocks = 11, 3
    counters = generator.integers(0, 2**63, (rows, 4), dtype=np.uint64)
    key = (0xFEDCBA9876543210, 2**64 - 5)
    words = np.zeros((rows, 4 * blocks), dtype=np.uint64)
    u64 = ctypes.c_uint64
    kernels.run_philox(
        5, 8, pointer(counters), u64(blocks), u64(rows * blocks), u64(key[0]), u64(key[1]), pointer(words)
    )
    expected = select.backend("cpu", "float64", "float32").random_words(key, counters, blocks)
    np.testing.assert_array_equal(words, expected)


def test_add_keeps_the_order_of_sums(kernels: ctypes.CDLL) -> None:
    generator = np.random.default_rng(5)
    indices = generator.integers(0, 9, 200)
    values = generator.standard_normal(200) * 10.0 ** generator.integers(-8, 9, 200)
    target, expected = np.ones(9), np.ones(9)
    for index, value in zip(indices, values, strict=True):
        expected[index] += value
    order = np.argsort(indices, kind="stable")
    ordered = indices[order]
    count = ctypes.c_longlong(200)
    kernels.run_add(4, 64, pointer(ordered), pointer(order), pointer(values), count, pointer(target))
    np.testing.assert_array_equal(target, expected)
