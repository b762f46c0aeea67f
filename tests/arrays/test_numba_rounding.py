"""Words of many blocks, and sums of blocks, in wide registers are those of NumPy, whatever a processor has."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.numba_dispatch import compiled
from cablese.runtime.arrays.numpy_backend import _at_counter
from cablese.runtime.arrays.rounding import Grid, levels_by_tiles

pytestmark = pytest.mark.skipif(compiled() is None, reason="needs numba")

KEY, COUNTER = (123, 2**63 + 5), (1000, 5, 2**64 - 1, 7)


def wanted(blocks: int) -> np.ndarray:
    return _at_counter(np.random.Philox(key=0), KEY, COUNTER).random_raw(4 * blocks)


@pytest.mark.parametrize("blocks", [0, 1, 31, 32, 33, 64, 500])
def test_many_words_are_those_of_the_stream(blocks: int) -> None:
    from cablese.runtime.arrays.numba_philox import words_of

    words = np.empty(4 * blocks, np.uint64)
    words_of(KEY, COUNTER, words)
    assert np.array_equal(words, wanted(blocks))


def test_blocks_in_wide_registers_are_those_of_the_stream_on_any_processor() -> None:
    import numba
    from cablese.runtime.arrays import numba_philox

    blocks = numba_philox.BLOCKS

    @numba.njit
    def drawn(start, words):
        k0, k1, c0, c1, c2, c3 = start
        numba_philox.many_drawn(k0, k1, c0, c1, c2, c3, words, 4)

    words = np.zeros(4 * blocks + 8, np.uint64)
    drawn(numba_philox.start_of(KEY, COUNTER), words)
    assert np.array_equal(words[4:-4], wanted(blocks))
    assert not words[:4].any()
    assert not words[-4:].any()


@pytest.mark.parametrize("real", ["float32", "float64"])
@pytest.mark.parametrize("s", [1, 2, 7, 127])
def test_levels_in_wide_registers_are_those_one_by_one_on_any_processor(real: str, s: int) -> None:
    from cablese.runtime.arrays import numba_philox, numba_rounding

    grid, number = Grid(s), np.dtype(real).type
    plan = number(grid.steps), np.uint32(grid.unused), grid.fraction
    entries = np.random.default_rng(s).standard_normal(5 * 256 + 40).astype(real)[3:]
    entries[:4], entries[4:8] = 0, -0.0
    entries[8:300] *= number(1e-9)
    entries[300:310], entries[310:315] = np.abs(entries).max(), np.finfo(real).smallest_subnormal
    start, done = numba_philox.start_of(KEY, COUNTER), 5 * 256
    coins = wanted(-(-entries.size // 8)).view(np.uint32)[None, : entries.size]
    for norm in (np.abs(entries).max(), number(1e5), number(np.inf)):
        found = np.full(entries.size, 99, np.int8)
        assert numba_rounding.rounded_beside(start, entries, norm, *plan, found) == done
        assert (found[done:] == 99).all()
        plain = levels_by_tiles.__wrapped__(entries[None], np.array([norm]), coins, grid)
        assert np.array_equal(found[:done], plain[0, :done])
