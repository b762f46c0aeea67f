"""Words of many blocks, and sums of blocks, in wide registers are those of NumPy, whatever a processor has."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays.numba_dispatch import compiled
from cablese.runtime.arrays.numpy_backend import _at_counter

pytestmark = pytest.mark.skipif(compiled() is None, reason="needs numba")

KEY, COUNTER = (123, 2**63 + 5), (1000, 5, 2**64 - 1, 7)


def wanted(blocks: int) -> np.ndarray:
    return _at_counter(np.random.Philox(key=0), KEY, COUNTER).random_raw(4 * blocks)


@pytest.mark.parametrize("blocks", [0, 1, 31, 32, 33, 64, 500])
def test_many_words_are_those_of_the_stream(blocks: int) -> None:
    from cablese.runtime.arrays.numba_rounding import words_of

    words = np.empty(4 * blocks, np.uint64)
    words_of(KEY, COUNTER, words)
    assert np.array_equal(words, wanted(blocks))


def test_blocks_in_wide_registers_are_those_of_the_stream_on_any_processor() -> None:
    import numba
    from cablese.runtime.arrays import numba_rounding

    blocks = numba_rounding._BLOCKS

    @numba.njit
    def drawn(start, words):
        k0, k1, c0, c1, c2, c3 = start
        numba_rounding._blocks_drawn(k0, k1, c0, c1, c2, c3, words, 4)

    words = np.zeros(4 * blocks + 8, np.uint64)
    drawn(numba_rounding.start_of(KEY, COUNTER), words)
    assert np.array_equal(words[4:-4], wanted(blocks))
    assert not words[:4].any()
    assert not words[-4:].any()
