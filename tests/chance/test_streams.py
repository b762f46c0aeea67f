"""Every draw is a function of seed, site, round, repeats, node and copy, and of nothing else."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.chance.nodes import Nodes
from cablese.runtime.chance.streams import ONE_ROW, NodeList, NodeRange, Stream, repeat_word
from cablese.runtime.chance.uniforms import below, open_uniforms, uniforms

HOST = select.backend("cpu", "float64", "float32")
STRICT = select.backend("strict", "float64", "float32")
STREAM = Stream(5, "event", "xi", 0, "node")
NINE = NodeRange(0, 9)


def words(stream: Stream = STREAM, count: int = 7, round: int = 3, repeats: tuple = (), rows=NINE):
    return stream.words(HOST, count, round, repeats, rows)


def test_the_words_of_a_seed_are_those_of_the_last_release() -> None:
    """A change here changes every seeded run that anyone has kept: it needs a line in the changelog."""
    assert STREAM.key == (0xAEA6DAAA029B9DCC, 0x5EE9335A4F22D1C8)
    assert words(count=2, rows=NodeRange(1, 2)).tolist() == [[0x10297ECC45955D53, 0xC87CD3385D9A981C]]


@pytest.mark.parametrize("count", [1, 4, 7, 130])
@pytest.mark.parametrize("cuts", [(0, 9), (0, 4, 9), (0, 1, 1, 3, 8, 9), tuple(range(10))])
def test_any_split_of_nodes_to_ranks_draws_the_same(count: int, cuts: tuple[int, ...]) -> None:
    parts = [words(count=count, rows=NodeRange(first, last)) for first, last in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(parts), words(count=count))


def test_listed_nodes_draw_what_they_draw_in_the_range() -> None:
    everyone = Nodes.everyone(9)
    np.testing.assert_array_equal(words(rows=NodeList(everyone.nodes, everyone.copies)), words())
    some = np.asarray([1, 2, 7])
    np.testing.assert_array_equal(words(rows=NodeList(some, np.zeros(3, dtype=np.int64))), words()[some])


def test_copies_of_a_node_draw_apart_and_copy_0_as_ever() -> None:
    bag = Nodes.bag(np.asarray([4, 1, 4, 4, 8]), 9)
    drawn = words(rows=NodeList(bag.nodes, bag.copies))
    np.testing.assert_array_equal(drawn[[0, 1, 4]], words()[[1, 4, 8]])
    assert len(set(drawn[:, 0].tolist())) == 5
    for row in range(5):  # each by itself, as a rank might hold it
        alone = NodeList(bag.nodes[row : row + 1], bag.copies[row : row + 1])
        np.testing.assert_array_equal(words(rows=alone)[0], drawn[row])


@pytest.mark.parametrize("rows", [NodeRange(2, 6), NodeList(np.asarray([0, 3, 3]), np.asarray([0, 0, 1]))])
def test_the_strict_device_draws_the_same(rows: NodeRange | NodeList) -> None:
    for count, round, repeats in [(1, -1, ()), (6, 4, (2,)), (33, 10**6, (1, 2))]:
        held = STREAM.words(STRICT, count, round, repeats, rows)
        assert held.device == STRICT.device
        np.testing.assert_array_equal(STRICT.to_host(held), words(STREAM, count, round, repeats, rows))


def test_whatever_differs_the_words_differ() -> None:
    sites = product((0, 1, -1), ("event", "compressor"), ("m", "q"), (0, 1), ("node", "group", "none"))
    times = [(-1, ()), (0, ()), (1, ()), (0, (0,)), (0, (1,)), (0, (0, 1)), (0, (1, 0)), (1, (0,))]
    drawn: list[int] = []
    for site in sites:
        for round, repeats in times:
            drawn += words(Stream(*site), 4, round, repeats, NodeRange(0, 3)).ravel().tolist()
    assert len(set(drawn)) == len(drawn)


def test_names_that_run_together_are_told_apart() -> None:
    assert Stream(1, "a", "bc", 0, "none").key != Stream(1, "ab", "c", 0, "none").key
    assert Stream(1, "a", "b", 11, "none").key != Stream(11, "a", "b", 1, "none").key
    assert Stream(int(np.int64(7)), "a", "b", 0, "none").key == Stream(np.int64(7), "a", "b", 0, "none").key


def test_repeats_have_a_word_each() -> None:
    assert repeat_word(()) == 0
    seen = {repeat_word(r) for depth in range(4) for r in product(range(6), repeat=depth)}
    assert len(seen) == 1 + 6 + 36 + 216
    large = [(2**21 - 2,), (2**21 - 1,), (2**40,), (0, 2**21), (2**21, 0), (0, 0, 0, 0), (0, 0, 0, 1)]
    seen |= {repeat_word(r) for r in large}
    assert len(seen) == 1 + 6 + 36 + 216 + len(large)
    assert all(0 <= word < 2**64 for word in seen)


def correlation_z(left: np.ndarray, right: np.ndarray) -> float:
    """The correlation of two samples of uniforms in its standard errors, if they are independent."""
    return float(np.mean((left - 0.5) * (right - 0.5)) * 12 * np.sqrt(left.size))


def test_uniforms_are_uniform_and_independent_across_whatever_differs() -> None:
    size = 40_000
    base = uniforms(HOST, words(count=size, rows=ONE_ROW))[0]
    assert base.min() >= 0 and base.max() < 1
    assert abs(base.mean() - 0.5) * np.sqrt(12 * size) < 4
    assert abs(np.mean((base - 0.5) ** 2) - 1 / 12) * np.sqrt(180 * size) < 4
    counts = np.bincount((base * 100).astype(int), minlength=100)
    chi2 = np.sum((counts - size / 100) ** 2) / (size / 100)
    assert abs(chi2 - 99) < 4.5 * np.sqrt(2 * 99)
    others = [
        words(count=size, rows=NodeRange(1, 2)),
        words(count=size, rows=ONE_ROW, round=4),
        words(count=size, rows=ONE_ROW, repeats=(0,)),
        words(count=size, rows=NodeList(np.asarray([0]), np.asarray([1]))),
        words(Stream(5, "event", "yi", 0, "node"), count=size, rows=ONE_ROW),
        words(Stream(5, "event", "xi", 1, "node"), count=size, rows=ONE_ROW),
        words(Stream(6, "event", "xi", 0, "node"), count=size, rows=ONE_ROW),
    ]
    for other in others:
        assert abs(correlation_z(base, uniforms(HOST, other)[0])) < 4
    assert abs(correlation_z(base[:-1], base[1:])) < 4


def test_first_words_are_independent_across_nodes_and_rounds() -> None:
    table = np.stack(
        [uniforms(HOST, words(count=1, round=k, rows=NodeRange(0, 40)))[:, 0] for k in range(1000)]
    )
    assert abs(correlation_z(table[1:], table[:-1])) < 4
    assert abs(correlation_z(table[:, 1:], table[:, :-1])) < 4


def test_uniforms_are_the_upper_53_bits_on_every_library() -> None:
    edge = np.asarray([0, 2**11 - 1, 2**11, 2**63, 2**64 - 1], dtype=np.uint64)
    expected = [0.0, 0.0, 2.0**-53, 0.5, 1 - 2.0**-53]
    assert uniforms(HOST, edge).tolist() == expected
    assert STRICT.to_host(uniforms(STRICT, STRICT.to_device(edge))).tolist() == expected


@pytest.mark.parametrize("bound", [1.0, 2.0, 3.0, 112.0, 2.0**20, 2.0**20 + 1, 2.0**53 - 1, 2.0**53])
def test_integers_stay_below_their_bound(bound: float) -> None:
    edge = np.asarray([0, 2**64 - 1], dtype=np.uint64)
    assert below(HOST.xp, edge, bound).tolist() == [0, int(bound) - 1]


def test_open_uniforms_reach_neither_end() -> None:
    edge = np.asarray([0, 2**64 - 1], dtype=np.uint64)
    low, high = open_uniforms(HOST.xp, edge).tolist()
    assert 0 < low == 1 - high < 1
