"""The CUDA kernels, compiled as C++ for the host and run there: what needs no GPU to be proved; and compiled by nvcc."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import emulated_kernels as emulated
import numpy as np
import pytest
from cablese.runtime.arrays import cuda_select
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.rounding import Grid, words_for
from cablese.runtime.codecs.bitfields import pack, unsigned
from cuda_on_host import COMPILER, SOURCE, HostKernels, names
from tiers import every

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler: g++ or clang++")
HOST = NumpyBackend("float64", "float32")
WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 31, 32, 33, 63, 64]


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> HostKernels:
    return HostKernels(tmp_path_factory.mktemp("kernels"))


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")
def test_nvcc_compiles_every_kernel(tmp_path: Path) -> None:
    (tmp_path / "kernels.cu").write_text(SOURCE)
    command = ["nvcc", "-ptx", "-Werror", "all-warnings", "kernels.cu", "-o", "kernels.ptx"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    made = re.findall(r"\.entry (\w+)", (tmp_path / "kernels.ptx").read_text())
    assert sorted(made) == sorted(names())


@pytest.mark.slow
@needs_compiler
def test_philox_makes_the_words_of_numpy(kernels: HostKernels) -> None:
    generator = np.random.default_rng(3)
    rows, blocks = 11, 3
    counters = generator.integers(0, 2**63, (rows, 4), dtype=np.uint64)
    key = (0xFEDCBA9876543210, 2**64 - 5)
    words = np.zeros((rows, 4 * blocks), dtype=np.uint64)
    sizes = (np.uint64(blocks), np.uint64(rows * blocks))
    kernels.threads("philox", rows * blocks, (counters, *sizes, np.uint64(key[0]), np.uint64(key[1]), words))
    np.testing.assert_array_equal(words, HOST.random_words(key, counters, blocks))


@needs_compiler
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_add_keeps_the_order_of_sums(kernels: HostKernels, real: str) -> None:
    generator = np.random.default_rng(5)
    indices = generator.integers(0, 9, 900)
    values = (generator.standard_normal(900) * 10.0 ** generator.integers(-8, 9, 900)).astype(real)
    target, expected = np.ones(9, real), np.ones(9, real)
    for index, value in zip(indices, values, strict=True):
        expected[index] += value
    order = np.argsort(indices, kind="stable")
    kernels.threads(f"add_{real}", 900, (indices[order], order, values, np.int64(900), target))
    np.testing.assert_array_equal(target, expected)


@needs_compiler
@pytest.mark.parametrize("s", [1, 7, 127, 128, 1000, 2**31, 2**40])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_levels_are_those_of_numpy(kernels: HostKernels, s: int, real: str) -> None:
    if real == "float32" and s >= 1 << 24:
        pytest.skip("not a float32")
    generator, d, grid = np.random.default_rng(s), 701, Grid(s)
    x = (generator.standard_normal((3, d)) * 10.0 ** generator.integers(-9, 1, (3, d))).astype(real)
    x[0, :3] = 0.0, -0.0, 1e-30
    norms = np.abs(x).max(axis=1)
    words = generator.integers(0, 2**64, (3, words_for(d)), dtype=np.uint64)
    levels = np.empty((3, d), grid.level)
    arguments = (
        x,
        norms,
        words,
        *map(np.uint64, (3 * d, d, 2 * words.shape[1])),
        np.dtype(real).type(grid.steps),
    )
    kernels.threads(
        f"levels_{real}_{grid.number}",
        3 * d,
        (*arguments, np.int32(grid.fraction), np.int32(levels.itemsize), levels),
    )
    np.testing.assert_array_equal(levels, NumpyBackend(real, "float32").levels(x, norms, words, grid))


def fields(width: int, count: int) -> np.ndarray:
    made = np.random.default_rng(width).integers(0, 2**width, (3, count), dtype=np.uint64, endpoint=False)
    return made.astype(unsigned(width))


def whole(values: np.ndarray, width: int) -> np.ndarray:
    """By the codecs' planes and rest."""
    planes, rest = pack(values, width)
    return np.concatenate((planes, np.packbits(rest, axis=1, bitorder="little")), axis=1)


@pytest.mark.parametrize("count", [1, 7, 8, 9, 300])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_emulated_planes_are_those_of_the_codecs(width: int, count: int) -> None:
    values = fields(width, count) if width < 64 else np.full((3, count), 2**64 - 3, np.uint64)
    packed = emulated.pack_fields(values, width)
    np.testing.assert_array_equal(packed, whole(values, width))
    np.testing.assert_array_equal(emulated.unpack_fields(packed, count, width), values)


@needs_compiler
@pytest.mark.parametrize("count", [1, 7, 8, 9, 5003])
@pytest.mark.parametrize("width", WIDTHS)
def test_planes_are_those_of_the_codecs(kernels: HostKernels, width: int, count: int) -> None:
    values = fields(width, count) if width < 64 else np.full((3, count), 2**64 - 3, np.uint64)
    packed = np.full((3, -(-count * width // 8)), 0xAA, np.uint8)
    threads = 3 * (count // 8 + 1)
    sizes = (np.uint64(threads), np.uint64(count), np.int32(width), np.uint64(packed.shape[1]))
    kernels.threads("pack_fields", threads, (values, np.int32(values.itemsize), *sizes, packed))
    np.testing.assert_array_equal(packed, whole(values, width))
    back = np.full_like(values, 3)
    kernels.threads("unpack_fields", threads, (packed, *sizes, np.int32(back.itemsize), back))
    np.testing.assert_array_equal(back, values)


def entries(kind: str, d: int) -> np.ndarray:
    """Rows of each sort: spread, tied, all equal, broken, signed."""
    generator = np.random.default_rng(d)
    if kind == "uint64":
        made = generator.integers(0, 2**64, (4, d), dtype=np.uint64)
        made[1] >>= np.uint64(60)
        made[2], made[3, : d // 2] = 5, 2**64 - 1
        return made
    x = np.abs(generator.standard_normal((5, d))) * 10.0 ** generator.integers(-30, 30, (5, d))
    x[1] = generator.integers(0, 5, d)
    x[2] = 0.0
    x[3, d // 3], x[3, d // 2], x[3, -1] = np.nan, np.inf, np.nan
    x[4] = np.where(generator.random(d) < 0.5, -0.0, generator.integers(-2, 1, d))
    return x.astype(kind)


def expected(values: np.ndarray, k: int) -> np.ndarray:
    """By a stable sort; NaN as infinity, -0 as 0."""
    ordered = np.where(np.isnan(values), np.inf, values) if values.dtype.kind == "f" else values
    places = [
        np.lexsort((np.arange(row.size), ~row if row.dtype.kind == "u" else -row))[:k] for row in ordered
    ]
    return np.sort(np.stack(places), axis=1)


CASES = [(1, 1), (100, 3), (5000, 1), (5000, 4999), (5000, 5000), (40_000, 400)]


@pytest.mark.parametrize("kind", cuda_select.KINDS)
@pytest.mark.parametrize(("d", "k"), CASES)
def test_the_emulated_selection_is_exact(kind: str, d: int, k: int) -> None:
    values = entries(kind, d)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(emulated.select_largest(values, k), expected(values, k))


@needs_compiler
@pytest.mark.parametrize("kind", cuda_select.KINDS)
@pytest.mark.parametrize(("d", "k"), every(2, CASES))
def test_the_selection_is_exact(kernels: HostKernels, kind: str, d: int, k: int) -> None:
    values = entries(kind, d)
    found = cuda_select.select_largest(np, kernels.blocks, values, k)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(found, expected(values, k))
