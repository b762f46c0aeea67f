"""Random levels: exact chances in fixed point, never out of range, the same in tiles, at once and on other libraries."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.rounding import TILED, Grid, levels_at_once, words_for

SIZES = (1, 2, 7, 100, 127, 128, 1000, 2**31, 2**40)
HOST = NumpyBackend("float64", "float32")


def exact_level(x: float, norm: float, half: int, grid: Grid) -> int:
    """By rational numbers, from the rounded quotient on."""
    place = Fraction(abs(x) / norm * grid.s) * 2**grid.fraction
    level = (round(place) + (half >> 32 - grid.fraction)) // 2**grid.fraction
    return -level if x < 0 else level


@pytest.mark.parametrize("s", SIZES)
def test_levels_are_signed_floors_of_exact_sums(s: int) -> None:
    generator, grid, d = np.random.default_rng(s), Grid(s), 301
    x = generator.standard_normal((2, d)) * 10.0 ** generator.integers(-9, 1, (2, d))
    x[0, :4] = 0.0, -0.0, 1e-300, -1e-300
    norms = np.abs(x).max(axis=1)
    words = generator.integers(0, 2**64, (2, words_for(d)), dtype=np.uint64)
    words[:, 0], words[:, 1] = 0, 2**64 - 1
    halves = HOST.halves(words, d).astype(int)
    assert halves[0, :4].tolist() == [0, 0, 2**32 - 1, 2**32 - 1]
    found = HOST.levels(x, norms, words, grid)
    assert found.dtype == grid.level and np.abs(found.astype(float)).max() <= s
    expected = [
        [
            exact_level(float(v), float(norms[row]), int(h), grid)
            for v, h in zip(x[row], halves[row], strict=True)
        ]
        for row in range(2)
    ]
    assert found.tolist() == expected


@pytest.mark.parametrize("s", SIZES)
def test_levels_of_the_negative_are_the_negative_levels(s: int) -> None:
    generator, d = np.random.default_rng(s), 64
    x = np.concatenate((generator.uniform(-1, 1, (2, d)), np.zeros((2, 1)), np.ones((2, 1))), axis=1)
    words = generator.integers(0, 2**64, (2, words_for(d + 2)), dtype=np.uint64)
    here = HOST.levels(x, np.ones(2), words, Grid(s))
    assert here[:, d:].tolist() == [[0, s], [0, s]]
    np.testing.assert_array_equal(HOST.levels(-x, np.ones(2), words, Grid(s)), -here)


@pytest.mark.parametrize("s", [1, 7, 127, 1000])
@pytest.mark.parametrize("real", ["float32", "float64"])
def test_tiles_change_no_level(s: int, real: str) -> None:
    generator, backend, d = np.random.default_rng(s), NumpyBackend(real, "float32"), 2 * (1 << 16) + 77
    assert d > TILED
    x = generator.standard_normal((2, d)).astype(real)
    norms = np.abs(x).max(axis=1)
    words = generator.integers(0, 2**64, (2, words_for(d) + 1), dtype=np.uint64)[:, :-1]
    expected = levels_at_once(backend.xp, x, norms, backend.halves(words, d), Grid(s))
    np.testing.assert_array_equal(backend.levels(x, norms, words, Grid(s)), expected)
    strict = select.backend("strict", real, "float32")
    there = strict.levels(*(strict.to_device(a) for a in (x, norms, words)), Grid(s))
    np.testing.assert_array_equal(strict.to_host(there), expected)


@pytest.mark.parametrize("s", SIZES)
def test_extreme_entries_stay_on_the_grid(s: int) -> None:
    x, grid = np.asarray([[3.0, -3.0]]), Grid(s)
    for word in (0, 2**64 - 1):
        words = np.asarray([[word]], dtype=np.uint64)
        assert HOST.levels(x, np.asarray([3.0]), words, grid).tolist() == [[s, -s]]


def test_the_chance_is_the_distance_to_the_level_below() -> None:
    """Counted over all random numbers, for a grid that keeps few bits of them."""
    grid = Grid(127)
    coins = np.arange(1 << 12, dtype=np.uint64) << np.uint64(20)  # upper bits, of which all values occur
    words = coins | coins << np.uint64(32)
    for level, place in ((5, 0.25), (-3, 0.75), (0, 0.0), (126, 0.5), (-127, 0.5)):
        x = np.full((len(words), 2), (level + place) / 128)
        found = HOST.levels(x, np.full(len(words), 127 / 128), words[:, None], grid)
        assert (found == level + 1).mean() == place
        assert (found == level).mean() == 1 - place
