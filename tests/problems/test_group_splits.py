"""Splits by groups and by shares, equal nodes, and figures of the test part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.runtime.data.load import DataSet, load
from cablese.runtime.data.split_names import WRITTEN, read_split
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.linear import LinearProblem
from cablese.runtime.problems.registry import make_problem
from cablese.runtime.problems.splits import deal

SIZES = np.repeat(["c", "a", "b", "d"], [5, 2, 9, 4])


def data(**changes: Any) -> DataSet:
    matrix = np.random.default_rng(0).standard_normal((20, 3))
    given = {"columns": {"maker": SIZES}, "places": np.arange(20), "samples_in_file": 20} | changes
    return DataSet("a set", matrix, np.arange(20.0), **given)


def dealt(split: str, n: int, of: DataSet | None = None, **options: Any) -> list[list[int]]:
    chosen = of or data()
    return [part.tolist() for part in deal(chosen.targets, n, split, 3, "data a set", data=chosen, **options)]


def refused(split: str, n: int, *words: str, of: DataSet | None = None) -> None:
    with pytest.raises(SetupError) as caught:
        dealt(split, n, of)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_as_many_groups_as_nodes_go_to_them_in_order() -> None:
    parts = dealt("column(maker)", 4)
    assert [set(SIZES[part]) for part in parts] == [{"a"}, {"b"}, {"c"}, {"d"}]


def test_more_groups_than_nodes_stay_whole_and_even_out() -> None:
    parts = dealt("column(maker)", 2)
    assert [set(SIZES[part]) for part in parts] == [{"b", "a"}, {"c", "d"}] and [*map(len, parts)] == [11, 9]


def test_groups_of_a_file_follow_the_samples_that_are_left(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("group\n" + "".join(f"{i % 10}\n" for i in range(20)))
    parts = dealt(f"file:{path}", 10)
    assert parts == [[i, i + 10] for i in range(10)]  # as numbers: 9 before 10
    kept = data(places=np.arange(1, 21), samples_in_file=21)
    path.write_text("".join(f"g{i % 2}\n" for i in range(21)))
    assert dealt(f"file:{path}", 2, kept)[1] == list(range(0, 20, 2))
    path.write_text("a\n" * 22)
    refused(f"file:{path}", 2, "22 lines", "20 samples")
    refused(f"file:{tmp_path / 'absent'}", 2, "there is no file")
    path.write_text("a\n\n" + "a\n" * 18)
    refused(f"file:{path}", 1, "line 2, is empty")


def test_clusters_are_where_samples_lie_together() -> None:
    centres = np.repeat([[9.0, 0], [-9, 0], [0, 9]], [4, 6, 10], axis=0)
    near = centres + 0.1 * np.random.default_rng(0).standard_normal((20, 2))
    of = DataSet("a set", near, np.arange(20.0))
    assert sorted(map(tuple, dealt("cluster", 3, of))) == [
        tuple(range(4)),
        tuple(range(4, 10)),
        tuple(range(10, 20)),
    ]
    assert dealt("cluster(5)", 2, of) == dealt("cluster(5)", 2, of)


def test_more_clusters_than_samples_are_told_as_clusters() -> None:
    with pytest.raises(SetupError, match="has 569 samples, too few for 600 clusters"):
        make_problem("logreg", {"data": "breast_cancer"}, n=2, split="cluster(600)", seed=0)


def test_the_smallest_cluster_takes_half_of_the_largest_until_none_is_far_larger() -> None:
    points = np.repeat([[9.0, 0], [-9, 0], [0, 9]], [1, 3, 16], axis=0)
    of = DataSet("a set", points, np.arange(20.0))
    assert sorted(map(len, dealt("cluster(3, 16)", 3, of))) == [1, 3, 16]
    evened = sorted(dealt("cluster(3, 4)", 3, of), key=len)
    assert evened == [[1, 2, 3], list(range(12, 20)), [0, *range(4, 12)]]
    assert sorted(map(len, dealt("cluster(3, 2)", 3, of))) == [5, 7, 8]


def test_shares_cut_a_random_order() -> None:
    parts = dealt("shares(3, 1, 1)", 3)
    assert [*map(len, parts)] == [12, 4, 4] and sorted(np.concatenate(parts)) == list(range(20))
    assert parts[0] != list(range(12))
    sizes = [np.std([*map(len, dealt(f"quantity({a})", 4))]) for a in (1000, 0.2)]
    assert sizes[0] < 1 < sizes[1]


@pytest.mark.parametrize("split", ["contiguous", "shuffled", "by_label", "shares(5, 1, 1)", "column(maker)"])
def test_equal_nodes_leave_out_the_remainder(split: str) -> None:
    parts = dealt(split, 3, equal=True)
    sizes = {*map(len, parts)}
    assert len(sizes) == 1 and len(np.unique(np.concatenate(parts))) == 3 * sizes.pop()
    if split == "contiguous":  # MARINA's floor(N / n) in file order
        assert parts == [list(range(6)), list(range(6, 12)), list(range(12, 18))]


def test_wrong_groups_are_told() -> None:
    refused("column(maker)", 5, "gives 4 groups", "-n 4 or fewer")
    refused("column(make)", 2, "no column `make`", "did you mean `maker`")
    refused("shares(1, 2)", 3, "2 shares", "3 nodes")
    with pytest.raises(SetupError, match="the split by cluster is for problems that name their data"):
        deal(np.arange(4.0), 2, "cluster", 0, "the objective's data")
    refused("clusters", 2, "no split `clusters`", "`cluster`")


@pytest.mark.parametrize("text", WRITTEN)
def test_every_split_that_errors_list_is_one(text: str) -> None:
    assert read_split(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:",
        "column()",
        "shares()",
        "shares(1, -1)",
        "quantity(0)",
        "cluster(1.5)",
        "cluster(3, 1)",
        "dirichlet(nan)",
    ],
)
def test_others_are_none(text: str) -> None:
    assert read_split(text) is None


# --- problems on them --------------------------------------------------------------------------------------------


def problem(name: str = "logreg", n: int = 4, **arguments: Any) -> LinearProblem:
    given = {"data": "breast_cancer", "scale": "columns"} | arguments
    found = make_problem(name, given, n=n, split="contiguous", seed=0)
    assert isinstance(found, LinearProblem)
    return found


def test_equal_problems_know_their_own_samples_alone() -> None:
    found = problem("least_squares", equal=True, l2=0.1)
    assert found.samples == (142,) * 4  # of 569
    whole = load("breast_cancer", scale="columns")
    a, y = whole.matrix[:568], whole.targets[:568]
    expected = np.linalg.solve(a.T @ a / 568 + 0.1 * np.eye(30), a.T @ y / 568)
    solution = found.solution()
    assert solution is not None
    np.testing.assert_allclose(solution.point, expected, rtol=1e-9)


@pytest.mark.parametrize(("m", "d"), [(40, 7), (7, 40), (30, 600)])
def test_frobenius_constants_are_the_norms_of_the_gram_matrices(m: int, d: int) -> None:
    from cablese.runtime.problems.spectra import frobenius

    a, w = np.random.default_rng(0).standard_normal((m, d)), np.random.default_rng(1).random(m)
    np.testing.assert_allclose(frobenius(a, w), np.linalg.norm(a.T @ (w[:, None] * a)), rtol=1e-12)


def test_frobenius_bounds_stand_in_every_constant() -> None:
    exact, bound = problem(), problem(smoothness="frobenius")
    for name in ("L", "L_max", "L_mean2"):
        one, other = exact.constant(name), bound.constant(name)
        assert isinstance(one, float) and isinstance(other, float) and one < other < one * np.sqrt(30)
    a = bound.data.matrix[bound.parts[0]]
    found = np.asarray(bound.constant("L_i"))[0]
    np.testing.assert_allclose(found, np.linalg.norm(a.T @ a) / (4 * len(a)), rtol=1e-12)


def test_the_test_part_has_a_loss_and_an_accuracy() -> None:
    found = problem(test="0.3", l2=0.5)
    assert set(found.metrics) == {"test_loss", "test_accuracy"} and not problem().metrics
    x = np.random.default_rng(0).standard_normal(30)
    assert found.data.test is not None
    margins = found.data.test.matrix @ x * found.data.test.targets
    np.testing.assert_allclose(found.metrics["test_loss"](x), np.mean(np.log1p(np.exp(-margins))), rtol=1e-12)
    assert found.metrics["test_accuracy"](x) == np.mean(margins > 0)
    squares = problem("least_squares", data="diabetes", test="0.3")
    assert set(squares.metrics) == {"test_loss"} and squares.data.test is not None
    residuals = squares.data.test.matrix @ x[:10] - squares.data.test.targets
    np.testing.assert_allclose(squares.metrics["test_loss"](x[:10]), np.mean(residuals**2) / 2, rtol=1e-12)


def test_a_ridge_joins_the_sigmoid_loss() -> None:
    plain, ridged = problem("sigmoid_classification"), problem("sigmoid_classification", l2=0.5)
    one, other = plain.constant("L"), ridged.constant("L")
    assert isinstance(one, float) and other == one + 0.5 and ridged.constant("mu") is None
