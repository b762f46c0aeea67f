"""Draws of event statements: the distributions they claim, and who may see which draw."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from cablese.runtime.arrays import select
from cablese.runtime.chance.events import FamilyEvent, SingleEvent
from cablese.runtime.chance.streams import NodeList, NodeRange, Stream
from cablese.runtime.errors import SetupError

HOST = select.backend("cpu", "float64", "float32")
ROUNDS = 4000


def single(name: str = "c", seed: int = 11) -> SingleEvent:
    return SingleEvent(Stream(seed, "event", name, 0, "none"), HOST)


def family(name: str = "c", seed: int = 11) -> FamilyEvent:
    return FamilyEvent(Stream(seed, "event", name, 0, "node"), HOST)


def mean_z(values: list[float] | np.ndarray, mean: float, deviation: float) -> float:
    return (float(np.mean(values)) - mean) / deviation * np.sqrt(np.size(values))


def chi_square_z(counts: np.ndarray, expected: float) -> float:
    freedom = counts.size - 1
    return float((np.sum((counts - expected) ** 2) / expected - freedom) / np.sqrt(2 * freedom))


@pytest.mark.parametrize("p", [0.04, 0.5, 0.9])
def test_bernoulli(p: float) -> None:
    coins = [single().bernoulli(k, (), p) for k in range(ROUNDS)]
    assert type(coins[0]) is bool
    assert abs(mean_z(coins, p, np.sqrt(p * (1 - p)))) < 4
    successive = np.asarray(coins[1:]) & np.asarray(coins[:-1])
    assert abs(mean_z(successive, p * p, p)) < 5
    table = np.stack([family().bernoulli(k, (), NodeRange(0, 6), p) for k in range(ROUNDS)])
    assert abs(mean_z(table, p, np.sqrt(p * (1 - p)))) < 4
    for i, j in combinations(range(6), 2):
        assert abs(mean_z(table[:, i] & table[:, j], p * p, np.sqrt(p * p * (1 - p * p)))) < 4.5


def test_certain_coins() -> None:
    assert not any(single().bernoulli(k, (), 0.0) for k in range(50))
    assert all(single().bernoulli(k, (), 1.0) for k in range(50))


def test_a_coin_is_u_below_p_of_one_uniform() -> None:
    for k in range(50):
        u = single().uniform(k, (), 0.0, 1.0)
        assert single().bernoulli(k, (), u) is False
        assert single().bernoulli(k, (), np.nextafter(u, 1.0)) is True


def test_uniform() -> None:
    drawn = np.asarray([single().uniform(k, (), -1.0, 3.0) for k in range(ROUNDS)])
    assert drawn.min() >= -1 and drawn.max() < 3
    assert abs(mean_z(drawn, 1.0, 4 / np.sqrt(12))) < 4
    assert abs(mean_z((drawn - 1) ** 2, 16 / 12, 16 / np.sqrt(180))) < 4
    spread = family().uniform(2, (), NodeRange(0, 3), np.zeros(3), np.asarray([1.0, 10.0, 100.0]))
    np.testing.assert_allclose(
        spread, family().uniform(2, (), NodeRange(0, 3), 0.0, 1.0) * [1, 10, 100], rtol=1e-15
    )


def test_normal() -> None:
    drawn = np.asarray([single().normal(k, (), 2.0, 3.0) for k in range(ROUNDS)])
    standard = np.sort((drawn - 2) / 3)
    assert abs(mean_z(standard, 0.0, 1.0)) < 4
    assert abs(mean_z(standard**2, 1.0, np.sqrt(2))) < 4
    from scipy.special import ndtr

    gap = np.max(np.abs(ndtr(standard) - (np.arange(ROUNDS) + 0.5) / ROUNDS))
    assert gap * np.sqrt(ROUNDS) < 1.95  # Kolmogorov's 99.9 % point
    assert single().normal(0, (), 5.0, 0.0) == 5.0
    rows = family().normal(4, (), NodeRange(0, 5), 0.0, 1.0)
    np.testing.assert_array_equal(family().normal(4, (), NodeRange(2, 4), 0.0, 1.0), rows[2:4])


def test_entries() -> None:
    """A vector's entries are independent numbers; those of a row do not depend on which other rows are drawn."""
    d = 20_000
    drawn = single().normal_entries(0, (), np.full(d, 2.0), np.full(d, 3.0))
    standard = np.sort((drawn - 2) / 3)
    assert abs(mean_z(standard, 0.0, 1.0)) < 4
    assert abs(mean_z(standard**2, 1.0, np.sqrt(2))) < 4
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 4 / np.sqrt(d)
    flat = single().uniform_entries(1, (), np.full(d, -1.0), np.linspace(1, 3, d))
    assert flat.min() >= -1 and np.all(flat < np.linspace(1, 3, d))
    assert abs(mean_z((flat + 1) / (np.linspace(1, 3, d) + 1), 0.5, 1 / np.sqrt(12))) < 4
    zeros, ones = np.zeros(7), np.ones(7)
    rows = family().normal_entries(4, (), NodeRange(0, 5), zeros, ones)
    assert rows.shape == (5, 7) and len(np.unique(rows)) == 35
    some = family().normal_entries(4, (), NodeRange(2, 4), zeros, np.ones((2, 7)))
    np.testing.assert_array_equal(some, rows[2:4])
    assert not np.any(family().normal_entries(5, (), NodeRange(0, 5), zeros, ones) == rows)


def test_choice() -> None:
    drawn = [single().choice(k, (), -2, 4) for k in range(ROUNDS)]
    assert type(drawn[0]) is int
    counts = np.bincount(np.asarray(drawn) + 2)
    assert counts.size == 7
    assert abs(chi_square_z(counts, ROUNDS / 7)) < 4
    assert single().choice(0, (), 5, 5) == 5
    many = family().choice(0, (), NodeRange(0, 9000), 1, np.tile([3, 3, 3], 3000))
    assert abs(chi_square_z(np.bincount(many)[1:], 3000)) < 4


def test_one_value_is_made_of_its_word_as_a_row_is() -> None:
    """A formula for Python numbers and one for arrays: they must agree to the bit."""
    one, rows = single(), FamilyEvent(single().stream, HOST)
    for k in range(200):
        for draw, arguments in [
            ("uniform", (-1.0, 2.0)),
            ("normal", (0.5, 2.0)),
            ("choice", (-3, 10**9)),
            ("bernoulli", (0.3,)),
        ]:
            value = getattr(one, draw)(k, (), *arguments)
            assert value == getattr(rows, draw)(k, (), NodeRange(0, 1), *arguments)[0]


def test_sample() -> None:
    n, r = 5, 3
    bags = [single().sample(k, (), n, r) for k in range(ROUNDS)]
    counts = np.bincount(np.concatenate([bag.nodes for bag in bags]), minlength=n)
    assert abs(chi_square_z(counts, ROUNDS * r / n)) < 4
    all_same = np.mean([bag.copies[-1] == 2 for bag in bags])
    assert abs(mean_z([all_same] * ROUNDS, 1 / n**2, np.sqrt(1 / n**2))) < 4
    assert all((np.diff(bag.nodes) >= 0).all() and bag.count == r and bag.n == n for bag in bags)


def test_subset() -> None:
    n, r = 6, 3
    sets = [single().subset(k, (), n, r) for k in range(ROUNDS)]
    codes = np.bincount([int(np.sum(1 << s.nodes)) for s in sets], minlength=1 << n)
    codes = codes[[sum(1 << i for i in subset) for subset in combinations(range(n), r)]]
    assert codes.sum() == ROUNDS
    assert abs(chi_square_z(codes, ROUNDS / 20)) < 4
    assert single().subset(0, (), 4, 4).nodes.tolist() == [0, 1, 2, 3]
    assert single().subset(0, (), 4, 0).count == single().sample(0, (), 4, 0).count == 0


def test_each() -> None:
    q = np.asarray([0.0, 0.1, 0.5, 1.0])
    drawn = [single().each(k, (), 4, q) for k in range(ROUNDS)]
    heads = np.asarray([[i in s.nodes for i in range(4)] for s in drawn], dtype=bool)
    assert not heads[:, 0].any() and heads[:, 3].all()
    assert abs(mean_z(heads[:, 1], 0.1, 0.3)) < 4 and abs(mean_z(heads[:, 2], 0.5, 0.5)) < 4
    assert abs(mean_z(heads[:, 1] & heads[:, 2], 0.05, np.sqrt(0.05 * 0.95))) < 4
    assert not drawn[0].is_bag


def test_names_seeds_rounds_and_repeats_draw_apart() -> None:
    base = [single().uniform(k, (), 0.0, 1.0) for k in range(-1, 30)]
    others = [
        [single("b").uniform(k, (), 0.0, 1.0) for k in range(-1, 30)],
        [single(seed=12).uniform(k, (), 0.0, 1.0) for k in range(-1, 30)],
        [single().uniform(0, (t,), 0.0, 1.0) for t in range(31)],
    ]
    assert len({u for drawn in [base, *others] for u in drawn}) == 4 * 31
    assert base == [single().uniform(k, (), 0.0, 1.0) for k in range(-1, 30)]


def test_a_rank_draws_its_rows_of_the_whole() -> None:
    whole = family().bernoulli(3, (1,), NodeRange(0, 40), np.linspace(0, 1, 40))
    part = family().bernoulli(3, (1,), NodeRange(10, 25), np.linspace(0, 1, 40)[10:25])
    np.testing.assert_array_equal(part, whole[10:25])
    some = np.asarray([3, 9, 31])
    listed = family().bernoulli(3, (1,), NodeList(some, np.zeros(3, dtype=int)), np.linspace(0, 1, 40)[some])
    np.testing.assert_array_equal(listed, whole[some])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: single("coin").bernoulli(0, (), 1.5),
        lambda: single("coin").bernoulli(0, (), float("nan")),
        lambda: family("coin").bernoulli(0, (), NodeRange(0, 2), np.asarray([0.5, -0.1])),
        lambda: family("coin").bernoulli(0, (), NodeRange(0, 2), np.asarray([0.5, np.nan])),
        lambda: single("coin").each(0, (), 3, 2.0),
        lambda: single("coin").uniform(0, (), 1.0, 0.0),
        lambda: family("coin").uniform(0, (), NodeRange(0, 2), 1.0, np.asarray([2.0, 0.0])),
        lambda: single("coin").normal(0, (), 0.0, -1.0),
        lambda: single("coin").normal_entries(0, (), np.zeros(3), np.asarray([1.0, -1.0, 0.0])),
        lambda: single("coin").choice(0, (), 3, 2),
        lambda: single("coin").subset(0, (), 3, 4),
        lambda: single("coin").subset(0, (), 3, -1),
        lambda: single("coin").sample(0, (), 3, -1),
    ],
)
def test_impossible_draws_name_the_event(draw: object) -> None:
    with pytest.raises(SetupError, match="event `coin`"):
        draw()  # type: ignore[operator]
