"""Levels of a metric: what each curve spends until it reaches them, and when the order depends on what is counted."""

from __future__ import annotations

from dataclasses import replace

import cablese
import pytest
from cablese.runtime.execute.interface import Point, Recording
from cablese.runtime.page.levels import Level
from cablese.runtime.page.study import Study, study_of
from cablese.runtime.report.labels import header_of


@pytest.fixture(scope="module")
def base() -> Recording:
    return cablese.run("gd", nodes=2, rounds=1).recording


def _run(base: Recording, name: str, up: int, paper: int, losses: list[float]) -> Recording:
    header = replace(header_of(base), algorithm=name)
    points = [
        replace(
            base.points[0],
            round=k,
            bits_up=2 * k * up,
            bits_paper=2 * k * paper,
            bits_down=0,
            metrics={"f_gap": value, "accuracy": round(1 - value, 9), "temperature": value},
        )
        for k, value in enumerate(losses)
    ]
    return Recording(header, points)


def _levels(study: Study, metric: str) -> list[Level]:
    from cablese.runtime.page.levels import levels_of

    placed = {name: [*study.places(name, axis)] for name, axis in study.axes.items()}
    return levels_of(study.curves, metric, placed)


def test_costs_are_those_of_the_first_point_below_a_level(base: Recording) -> None:
    one = _run(base, "ONE", 10, 10, [1.0, 1e-1, 1e-2, 1e-3])
    other = _run(base, "TWO", 1, 1, [1.0, 0.9, 2e-2, 1e-3])
    levels = {level.value: level for level in _levels(study_of([one, other]), "f_gap")}
    assert levels[1e-1].costs["rounds"] == (1, 2)
    assert levels[1e-1].costs["bits_up"] == (10, 2)
    assert levels[1e-3].is_default
    assert not any(level.lines for level in levels.values())
    assert "the order is the same however bits are counted: TWO, ONE" in levels[1e-3].text


def test_another_accounting_that_changes_the_order_is_told(base: Recording) -> None:
    one = _run(base, "ONE", 10, 1, [1.0, 1e-2])
    other = _run(base, "TWO", 5, 2, [1.0, 1e-2])
    [*_, last] = _levels(study_of([one, other]), "f_gap")
    assert last.text == "Until f(x) − f* ≤ 0.01 the order depends on which bits are counted."
    assert last.lines == (
        "By bits sent and by bits sent and received: TWO needs the fewest, 5 bit per node, 50% fewer than ONE.",
        "By bits sent, as papers count: ONE needs the fewest, 1 bit per node, 50% fewer than TWO.",
    )


def test_a_level_that_one_curve_reaches_alone_is_no_race(base: Recording) -> None:
    one = _run(base, "ONE", 1, 1, [1.0, 1e-6])
    other = _run(base, "TWO", 1, 1, [1.0, 1e-1])
    assert min(level.value for level in _levels(study_of([one, other]), "f_gap")) == pytest.approx(1e-1)
    assert _levels(study_of([one]), "f_gap") == []


def test_an_accuracy_rises_to_its_levels(base: Recording) -> None:
    one, other = _run(base, "ONE", 10, 10, [0.5, 0.3, 0.1]), _run(base, "TWO", 2, 2, [0.5, 0.45, 0.2])
    levels = _levels(study_of([one, other]), "accuracy")
    values = [level.value for level in levels]
    assert values == sorted(values) and values[0] > 0.5 and values[-1] <= 0.8
    reached = {level.value: level.costs["rounds"] for level in levels}
    assert reached[0.7] == (1, 2) and reached[0.8] == (2, 2)
    assert levels[-1].is_default and "Until accuracy ≥ 0.8 the order is the same" in levels[-1].text


def test_what_may_rise_or_fall_has_no_levels(base: Recording) -> None:
    one, other = (_run(base, name, 1, 1, [1.0, 1e-1]) for name in ("ONE", "TWO"))
    assert _levels(study_of([one, other]), "temperature") == []


def test_runs_that_diverge_or_measure_once_are_no_trouble(base: Recording) -> None:
    once = _run(base, "ONE", 1, 1, [1.0])
    grows = _run(base, "TWO", 1, 1, [1.0, float("inf"), float("nan")])
    assert _levels(study_of([once, grows]), "f_gap") == []


def test_points_without_a_metric_keep_their_places(base: Recording) -> None:
    one, other = (_run(base, name, 1, 1, [1.0, 0.5, 1e-2]) for name in ("ONE", "TWO"))
    bare: list[Point] = [replace(one.points[0], metrics={}), *one.points[1:]]
    [*_, last] = _levels(study_of([replace_points(one, bare), other]), "f_gap")
    assert last.costs["rounds"] == (2, 2)


def replace_points(run: Recording, points: list[Point]) -> Recording:
    return Recording(run.header, points, run.summary)
