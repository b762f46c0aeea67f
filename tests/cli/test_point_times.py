"""The remark on runs whose points took longer than their rounds."""

from __future__ import annotations

from typing import Any

import pytest
from cablese.runtime.execute.comparison import Entry
from cablese.runtime.report import point_times
from cablese.runtime.report.point_times import on_points
from execute_runs import prepared


def entry(spec: str, rounds: float, points: float, **options: Any) -> Entry:
    """A run whose rounds and points are said to have taken so many seconds."""
    made = prepared(spec, problem="quadratic(d = 3, mu = 0.5, L = 2)", rounds=1000, **options)
    made.loop.seconds, made.loop.points.seconds = rounds, points
    return Entry("", made.context.source, made.context.options, made)


def test_points_that_take_no_longer_than_rounds_are_no_news() -> None:
    assert on_points([entry("gd", 10, 10)]) is None
    assert on_points([entry("gd", 0.1, 4.8)]) is None  # a short run


@pytest.mark.parametrize(
    ("rounds", "points", "every", "told"),
    [(4, 6, None, 60), (1, 20, 30, 1000), (1, 4.01, 7, 120), (0, 6, None, 1000)],
)
def test_the_remark_names_rounds_between_points_with_which_they_take_a_fifth(
    rounds: float, points: float, every: int | None, told: int
) -> None:
    note = on_points([entry("gd", rounds, points, every=every)])
    assert note is not None and f"--every {told} " in note
    if told < 1000:  # no more than there are
        shrunk = points * (every or 10) / told
        assert 0.18 <= shrunk / (shrunk + rounds) <= 0.2


def test_several_runs_are_told_together() -> None:
    note = on_points([entry("gd", 3, 9), entry("gd", 5, 9), entry("diana", 9, 3)])
    assert note is not None and note.startswith("GD: points took 69% of 26 s.")


def test_commands_end_with_it_unless_they_are_to_be_quiet(
    cablese: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(point_times, "_is_slow", lambda loop: loop.points.seconds > 0)
    words = ("--problem", "quadratic(d = 3, mu = 0.5, L = 2)", "-k", "20")
    for command in (("run", "gd"), ("compare", "gd", "diana"), ("run", "gd", "--seeds", "2")):
        assert "note: GD" in cablese(*command, *words).err
        assert "note:" not in cablese(*command, *words, "--quiet").err
