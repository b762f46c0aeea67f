"""Splits: every sample once, every node at least one, as the seed says."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.splits import deal

LABELS = np.where(np.arange(103) % 3 == 0, 1.0, -1.0)
SPLITS = ["contiguous", "shuffled", "by_label", "dirichlet(0.5)", "dirichlet( 100 )", "dirichlet(1e-3)"]


@pytest.mark.parametrize("n", [1, 2, 7, 103])
@pytest.mark.parametrize("split", SPLITS)
def test_every_sample_once_and_every_node_fed(split: str, n: int) -> None:
    parts = deal(LABELS, n, split, 5, "data")
    assert len(parts) == n and all(len(part) for part in parts)
    assert all((np.diff(part) > 0).all() for part in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(103))


def test_contiguous_is_array_split() -> None:
    parts = deal(LABELS, 7, "contiguous", 5, "data")
    assert all((a == b).all() for a, b in zip(parts, np.array_split(np.arange(103), 7), strict=True))


@pytest.mark.parametrize("split", SPLITS[1:])
def test_the_seed_decides(split: str) -> None:
    one, same, other = (np.concatenate(deal(LABELS, 7, split, seed, "data")) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_shuffled_parts_are_even_and_out_of_order() -> None:
    parts = deal(LABELS, 7, "shuffled", 0, "data")
    assert sorted(map(len, parts)) == [14, 14, 15, 15, 15, 15, 15]
    assert (np.diff(parts[0]) > 1).any()


def test_by_label_gives_at_most_one_node_both_labels() -> None:
    parts = deal(LABELS, 7, "by_label", 0, "data")
    assert sum(len(np.unique(LABELS[part])) > 1 for part in parts) <= 1
    assert LABELS[parts[0]].max() == -1 and LABELS[parts[-1]].min() == 1


def test_by_label_sorts_a_continuous_target() -> None:
    target = np.random.default_rng(0).random(50)
    parts = deal(target, 5, "by_label", 0, "data")
    tops = [target[part].max() for part in parts]
    assert tops == sorted(tops)


def test_the_concentration_sets_the_skew() -> None:
    labels = np.arange(5000) % 5.0
    shares = []
    for concentration in ("1000", "0.1"):
        parts = deal(labels, 10, f"dirichlet({concentration})", 0, "data")
        counts = np.array([[np.sum(labels[part] == label) for label in range(5)] for part in parts])
        shares.append(counts.max(axis=0) / 1000)
    assert shares[0].max() < 0.12 and shares[1].min() > 0.3


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("shufled", ["no split `shufled`", "`shuffled`"]),
        ("dirichlet", ["no split `dirichlet`", "dirichlet(0.5)"]),
        ("dirichlet()", ["positive number"]),
        ("dirichlet(x)", ["positive number"]),
        ("dirichlet(0)", ["positive number"]),
        ("dirichlet(-1)", ["positive number"]),
        ("dirichlet(nan)", ["positive number"]),
    ],
)
def test_wrong_splits_are_told(split: str, words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        deal(LABELS, 7, split, 0, "data")
    assert all(word in str(caught.value) for word in words)


def test_more_nodes_than_samples_is_told() -> None:
    with pytest.raises(SetupError, match=r"data x has 103 samples, too few for 104 nodes.*-n 103"):
        deal(LABELS, 104, "contiguous", 0, "data x")


def test_dirichlet_needs_classes() -> None:
    with pytest.raises(SetupError, match=r"dirichlet\(0.5\).*take 200 values.*by_label"):
        deal(np.arange(200.0), 3, "dirichlet(0.5)", 0, "data x")
