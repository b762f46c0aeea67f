"""Specs made ready for one comparison."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from cablese.runtime.data import formats
from cablese.runtime.execute.comparison import prepare_all
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.methods import find_method
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.problems import Problems
from cablese.runtime.problems import linear
from execute_runs import run

GIVEN = {"problem": 'logreg(data = "iris_of_two", l2 = 0.1)', "nodes": 3, "rounds": 4, "metrics": ("f_gap",)}


def test_data_is_read_dealt_and_solved_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def counted(module: object, name: str) -> None:
        wrapped = getattr(module, name)

        def call(*arguments: object, **named: object) -> object:
            calls[name] += 1
            return wrapped(*arguments, **named)

        monkeypatch.setattr(module, name, call)

    monkeypatch.setattr(formats, "BUNDLED", ("iris_of_two",))
    monkeypatch.setattr(formats, "load_bundled", _two_classes)
    for module, name in ((formats, "load_bundled"), (linear, "logistic_solution"), (linear, "dense_rows")):
        counted(module, name)
    entries = prepare_all([find_method(name) for name in ("gd", "diana", "ef21")], Options(**GIVEN))
    assert calls == {"load_bundled": 1, "logistic_solution": 1, "dense_rows": 1}
    for entry, name in zip(entries, ("gd", "diana", "ef21"), strict=True):
        together, (alone, _) = Recording(), run(name, **GIVEN)
        entry.prepared.run(together)
        assert [point.metrics for point in together.points] == [point.metrics for point in alone.points]


def test_data_is_read_once_for_every_seed_and_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()

    def read(name: str) -> object:
        calls[name] += 1
        return _two_classes(name)

    monkeypatch.setattr(formats, "BUNDLED", ("iris_of_two",))
    monkeypatch.setattr(formats, "load_bundled", read)
    problems = Problems()
    for seed in range(3):
        problems.dealt('logreg(data = "iris_of_two")', Options(nodes=3, seed=seed, split="shuffled"))
    problems.dealt('softmax(data = "iris_of_two")', Options(nodes=2))
    assert calls == {"iris_of_two": 1}


@pytest.mark.parametrize(("split", "made"), [("contiguous", 1), ("shuffled", 3)])
def test_a_problem_that_no_seed_changes_is_dealt_and_solved_once(
    split: str, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()
    for name in ("_computed", "oracle"):
        plain = getattr(linear.LinearProblem, name)

        def counted(self: object, *given: object, name: str = name, plain: Any = plain) -> object:
            calls[name] += 1
            return plain(self, *given)

        monkeypatch.setattr(linear.LinearProblem, name, counted)
    methods = [find_method(text) for text in ("gd", "gd(gamma = 0.1)", "diana")]
    given: dict[str, Any] = {"nodes": 3, "rounds": 4, "split": split}
    given |= {"problem": 'logreg(data = "breast_cancer", l2 = 0.1)', "metrics": ("f_gap",)}
    entries = prepare_all(methods, Options(**given), seeds=3)
    assert len({entry.prepared.context.problem for entry in entries}) == made
    assert calls["oracle"] == made and calls["_computed"] <= made * len({"L", "L_i", "L_max", "mu"})
    for place in (1, 5, 8):
        together, alone = Recording(), Recording()
        entries[place].prepared.run(together)
        (single,) = prepare_all([methods[place // 3]], Options(**given | {"seed": place % 3}))
        single.prepared.run(alone)
        assert [point.metrics for point in together.points] == [point.metrics for point in alone.points]


def test_a_start_that_is_drawn_is_drawn_for_each_seed() -> None:
    problem = 'logreg(data = "breast_cancer", l2 = 0.1, x0 = "normal(1)")'
    entries = prepare_all([find_method("gd")], Options(problem=problem, nodes=3, rounds=2), seeds=2)
    assert len({entry.prepared.context.problem for entry in entries}) == 2


def _two_classes(name: str) -> tuple[object, object]:
    from cablese.runtime.data.bundled import load_bundled

    samples, targets = load_bundled("iris")
    return samples[:100], targets[:100]
