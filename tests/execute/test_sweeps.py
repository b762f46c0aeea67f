"""Sweeps: a run for each value of a list, and the best of them within a budget."""

from __future__ import annotations

from pathlib import Path

import cablese
import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.methods import find_method
from cablese.runtime.execute.sweeps import read_sweep, swept
from cablese.runtime.report.best import read_budget

GIVEN = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 40, "every": 10}


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("gamma = gamma * [1/4, 1, 4]", ("gamma=gamma * (1/4)", "gamma=gamma * 1", "gamma=gamma * 4")),
        ("Q = rand_k(k = [1, ceil(d / 3)])", ("Q=rand_k(k = 1)", "Q=rand_k(k = (ceil(d / 3)))")),
        ("Q=[rand_k(k = 1, shared = true), top_k(k=3)]", ("Q=rand_k(k = 1, shared = true)", "Q=top_k(k=3)")),
        ("p = [0.1]", ("p=0.1",)),
    ],
)
def test_a_sweep_is_a_list_of_settings(text: str, settings: tuple[str, ...]) -> None:
    assert read_sweep(text).settings == settings


@pytest.mark.parametrize(
    "text", ["gamma", "gamma = 3", "gamma = []", "gamma = [1,,2]", "gamma = [1] * [2]", "[1]"]
)
def test_what_has_no_list_of_values_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--sweep takes NAME"):
        read_sweep(text)


def test_several_sweeps_make_every_combination_of_those_that_a_method_has() -> None:
    methods = [find_method("gd"), find_method("diana(b = 4)")]
    found = swept(methods, [read_sweep("up = rand_k(k = [1, 2])"), read_sweep("gamma = [0.1, 1]")])
    assert [method.settings for method in found] == [
        ("gamma=0.1",),
        ("gamma=1",),
        ("b=4", "Q=rand_k(k = 1)", "gamma=0.1"),
        ("b=4", "Q=rand_k(k = 1)", "gamma=1"),
        ("b=4", "Q=rand_k(k = 2)", "gamma=0.1"),
        ("b=4", "Q=rand_k(k = 2)", "gamma=1"),
    ]
    (only,) = [
        m for m in swept(methods, [read_sweep("diana.gamma = [3]")]) if m.settings[-1:] == ("gamma=3",)
    ]
    assert only.stem == "diana"
    with pytest.raises(UsageError, match="no method here has that name; there are Q, alpha, b, gamma"):
        swept(methods, [read_sweep("gama = [1]")])


def test_the_best_of_a_sweep_has_the_least_metric_within_the_budget() -> None:
    runs = cablese.compare(["gd", "marina"], sweep="gamma = [0.001, 0.5, 100]", seeds=2, **GIVEN)
    assert len(runs) == 12 and any(run.failed for run in runs)
    best = runs.best("grad_norm2")
    assert [(run.header.algorithm, run.header.params["gamma"]) for run in best] == [("GD", 0.5)] * 2 + [
        ("MARINA", 0.5)
    ] * 2
    early = runs.best("loss", "rounds = 0")  # at the start all are alike: the first counts
    assert [run.header.params["gamma"] for run in early] == [0.001] * 4
    with pytest.raises(UsageError, match=r"what the runs measure, loss, grad_norm2.* mean `loss`"):
        runs.best("los")


@pytest.mark.parametrize(("name", "step"), [("mean_reward", 0.5), ("underscored", 0.001)])
def test_the_best_of_an_own_score_is_the_largest(name: str, step: float, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(f"def {name}(x):\n    return sum(x * x)  # grows from the start at 0 on\n")
    runs = cablese.compare(["gd"], sweep="gamma = [0.001, 0.5]", metrics=f"{own}:{name}", **GIVEN)
    assert [run.header.params["gamma"] for run in runs.best(name)] == [step]


@pytest.mark.parametrize(
    "text",
    [
        "bits_up",
        "bit = 3",
        "rounds = -1",
        "rounds = nan",
        "rounds = x",
        "rounds = 3min",
        "bits_up = 3s",
        "seconds = 1kbit",
    ],
)
def test_a_wrong_budget_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--budget takes NAME"):
        read_budget(text)


def test_a_budget_may_have_a_unit() -> None:
    assert read_budget("bits_up = 50kbit") == read_budget("bits_up = 5e4")
    assert read_budget("seconds = 2min") == read_budget("seconds = 120")


def test_the_best_accuracy_is_the_largest() -> None:
    tested = GIVEN | {"problem": 'logreg(data = "breast_cancer", test = "0.3", scale = "columns")'}
    runs = cablese.compare(["gd"], sweep="gamma = gamma * [1/100, 4]", **tested)
    (best,) = runs.best("test_accuracy")
    assert best.trace.test_accuracy[-1] == max(run.trace.test_accuracy[-1] for run in runs)
    assert runs[0].trace.test_accuracy[-1] < runs[1].trace.test_accuracy[-1]


@pytest.mark.parametrize(
    ("sweep", "setting"),
    [
        ("gamma = gamma * [1, 4]", "gamma=3"),
        ("gd.gamma = [1, 4]", "gamma=3"),
        ("gamma = [1, 4]", "gd.gamma=3"),
    ],
)
def test_a_setting_that_a_sweep_would_replace_everywhere_is_refused(sweep: str, setting: str) -> None:
    with pytest.raises(UsageError, match=r"is replaced by --sweep .* in every run"):
        swept([find_method("gd")], [read_sweep(sweep)], [setting])


def test_a_setting_that_reaches_a_method_without_the_sweep_stays() -> None:
    methods = [find_method("gd"), find_method("diana")]
    assert len(swept(methods, [read_sweep("gd.gamma = [1, 4]")], ["gamma=3"])) == 3
    assert len(swept(methods, [read_sweep("Q = rand_k(k = [1, 4])")], ["gamma=3", "gama=1"])) == 3
    with pytest.raises(UsageError, match="--set Q=natural"):
        swept(methods, [read_sweep("up = rand_k(k = [1, 4])")], ["Q=natural()"])


def test_a_comparison_of_one_name_and_of_no_seeds() -> None:
    assert [run.header.algorithm for run in cablese.compare("gd", **GIVEN)] == ["GD"]
    for seeds in (0, -1):
        with pytest.raises(UsageError, match=f"--seeds must be at least 1, not {seeds}"):
            cablese.compare(["gd"], seeds=seeds, **GIVEN)
