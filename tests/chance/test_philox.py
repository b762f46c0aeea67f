"""Philox4x64-10: every source of words against the known answers of Random123, and against each other."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.arrays.philox import philox

# Random123's kat_vectors, lines "philox4x64 10": counter, key, words
PI = (0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89)
KNOWN = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    ),
    (
        (2**64 - 1,) * 4,
        (2**64 - 1,) * 2,
        (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    ),
    (
        PI,
        (0x452821E638D01377, 0xBE5466CF34E90C6C),
        (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6),
    ),
]
KEY = (0x0123456789ABCDEF, 2**64 - 3)
HOST = select.backend("cpu", "float64", "float32")


@pytest.fixture(params=["cpu", "strict"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return select.backend(request.param, "float64", "float32")


def in_python(key: tuple[int, int], counter: tuple[int, ...]) -> tuple[int, ...]:
    """The definition, with Python's integers."""
    mask, (k0, k1), (c0, c1, c2, c3) = 2**64 - 1, key, counter
    for _ in range(10):
        p0, p1 = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = p1 >> 64 ^ c1 ^ k0, p1 & mask, p0 >> 64 ^ c3 ^ k1, p0 & mask
        k0, k1 = k0 + 0x9E3779B97F4A7C15 & mask, k1 + 0xBB67AE8584CAA73B & mask
    return c0, c1, c2, c3


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_known_answers(backend: Backend, counter: tuple, key: tuple, words: tuple) -> None:
    assert in_python(key, counter) == words
    counters = np.asarray([counter], dtype=np.uint64)
    drawn = (
        backend.consecutive_words(key, counter, 1, 1),
        backend.random_words(key, counters, 1),
        philox(backend.xp, key, backend.to_device(counters), 1),
    )
    for found in drawn:
        assert found.dtype == backend.xp.uint64
        assert backend.to_host(found).tolist() == [list(words)]


def test_the_first_word_of_a_block() -> None:
    for counter, key, words in KNOWN:
        assert HOST.first_word(key, counter) == words[0]


@pytest.mark.parametrize("counter", [(0, 0, 0, 0), (0, 5, 0, 7), (0, 0, 0, 1), (0, 0, 3, 0), (9, 0, 2, 0)])
def test_consecutive_blocks_from_counters_with_zeros(backend: Backend, counter: tuple) -> None:
    drawn = backend.to_host(backend.consecutive_words(KEY, counter, 2, 3)).reshape(-1, 4)
    for block, words in enumerate(drawn.tolist()):
        assert tuple(words) == in_python(KEY, (counter[0] + block, *counter[1:]))


@pytest.mark.parametrize("rounds", [1, 3])
def test_streams_of_several_rounds_are_those_of_each(backend: Backend, rounds: int) -> None:
    counters = [(8 * (round == 0), round + 1, 2**60, 0) for round in range(rounds)]
    together = backend.to_host(backend.words_of_each(KEY, counters, 3, 2))
    alone = [backend.to_host(backend.consecutive_words(KEY, counter, 3, 2)) for counter in counters]
    np.testing.assert_array_equal(together, np.stack(alone))


def scattered(rows: int, spread: int, tails: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    counters = generator.integers(0, 2**64, (rows, 4), dtype=np.uint64)
    counters[:, 0] = generator.integers(0, spread, rows)
    counters[:, 1:] = counters[generator.integers(0, tails, rows), 1:]
    return counters


@pytest.mark.parametrize("blocks", [1, 3])
@pytest.mark.parametrize(
    "counters",
    [
        np.empty((0, 4), dtype=np.uint64),
        scattered(6, 40, 1, 1),  # near one another: cut from one stretch
        scattered(6, 10**6, 1, 2),  # far apart: row by row
        scattered(6, 40, 3, 3),  # of several copies: row by row
        scattered(200, 10**9, 5, 4),  # many: vectorised
        np.asarray(
            [[6, 1, 0, 0], [9, 1, 0, 0], [12, 1, 0, 0]], dtype=np.uint64
        ),  # in one unbroken stretch for 3
        np.asarray(
            [[6, 1, 0, 0], [9, 1, 0, 0], [9, 1, 0, 0]], dtype=np.uint64
        ),  # as long as one, and is none
        np.asarray([[9, 1, 0, 0], [6, 1, 0, 0]], dtype=np.uint64),
    ],
)
def test_words_of_any_rows(backend: Backend, counters: np.ndarray, blocks: int) -> None:
    drawn = backend.to_host(backend.random_words(KEY, counters, blocks))
    assert drawn.shape == (len(counters), 4 * blocks)
    for words, start in zip(drawn.tolist(), counters.tolist(), strict=True):
        expected = [word for b in range(blocks) for word in in_python(KEY, (start[0] + b, *start[1:]))]
        assert words == expected
