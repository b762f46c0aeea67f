"""Specs made ready for one comparison."""

from __future__ import annotations

from collections import Counter

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


def _two_classes(name: str) -> tuple[object, object]:
    from cablese.runtime.data.bundled import load_bundled

    samples, targets = load_bundled("iris")
    return samples[:100], targets[:100]
