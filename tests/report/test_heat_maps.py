"""Heat maps and tables of a sweep over two names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cablese.cli.main import app
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.interface import Recording
from cablese.runtime.report.best import Budget, read_budget
from cablese.runtime.report.grids import Axes, Grid, grid_reports, grids, read_axes
from cablese.runtime.report.heat_map import heat_map
from cablese.runtime.report.labels import curves
from click.testing import CliRunner
from fakes import recording
from rich.console import Console

AXES = Axes("gamma", "Q")
STEPS = {"gamma * 4": 0.4, "gamma * (1/4)": 0.025, "gamma": 0.1}  # as a folder lists them, not as they rise


def run(step: str, k: int, rate: float, seed: int = 0) -> Recording:
    return recording(
        rate=rate,
        seed=seed,
        params={"gamma": STEPS[step] * k},  # what a text comes to is another number in each column
        compressors={"Q": f"rand_k(k = {k})"},
        settings=(f"gamma={step}", f"Q=rand_k(k = {k})"),
    )


def sweep() -> list[Recording]:
    return [
        run(step, k, rate=STEPS[step] * k / 10 + seed / 1000, seed=seed)
        for step in STEPS
        for k in (1, 5)
        for seed in range(3)
    ]


def only(found: list[Grid]) -> Grid:
    (grid,) = found
    return grid


def test_rows_are_what_was_set_in_rising_order_and_cells_medians_over_seeds() -> None:
    grid = only(grids(curves(sweep()), AXES, "loss", Budget()))
    assert grid.rows == ("gamma * (1/4)", "gamma", "gamma * 4")
    assert grid.columns == ("rand_k(k = 1)", "rand_k(k = 5)")
    middle = run("gamma", 5, rate=0.05 + 0.001).points[-1].metrics["loss"]
    assert grid.cells["gamma", "rand_k(k = 5)"].value == pytest.approx(middle)
    assert grid.text("gamma * 4", "rand_k(k = 5)").endswith("*")
    assert sum(grid.text(row, column).endswith("*") for row in grid.rows for column in grid.columns) == 1


def test_a_budget_takes_earlier_points() -> None:
    whole = only(grids(curves(sweep()), AXES, "loss", Budget()))
    early = only(grids(curves(sweep()), AXES, "loss", read_budget("rounds = 50")))
    assert all(early.cells[place].value > whole.cells[place].value for place in whole.cells)  # type: ignore[operator]


def test_a_cell_without_a_median_says_why() -> None:
    runs = [run("gamma", 1, 0.1), run("gamma", 5, 0.1), run("gamma * 4", 1, 0.1)]
    assert runs[0].summary is not None
    runs[0].summary = replace(runs[0].summary, stopped="not finite", failed=True)
    runs[1].summary = None
    grid = only(grids(curves(runs), AXES, None, Budget()))
    assert grid.text("gamma", "rand_k(k = 1)") == "failed"
    assert grid.text("gamma", "rand_k(k = 5)") == "unfinished"
    assert grid.text("gamma * 4", "rand_k(k = 5)") == ""  # was not run
    tight = only(grids(curves(runs[2:]), AXES, None, read_budget("bits_up = 1")))
    assert tight.text("gamma * 4", "rand_k(k = 1)") == "over budget"


def test_a_pair_that_two_settings_share_is_refused() -> None:
    other = run("gamma", 1, 0.2)
    assert other.header is not None
    other.header = replace(other.header, every=5)
    with pytest.raises(UsageError, match=r"several runs of MARINA have gamma = gamma and Q = rand_k"):
        grids(curves([run("gamma", 1, 0.1), other]), AXES, None, Budget())


def test_names_are_two_and_known() -> None:
    assert read_axes(" gamma ,Q") == AXES
    for text in ("gamma", "gamma, gamma", "a,b,c", ","):
        with pytest.raises(UsageError, match="--heat takes two names"):
            read_axes(text)
    with pytest.raises(UsageError, match="no run has both; runs have Q, gamma"):
        grids(curves(sweep()), Axes("gamma", "step"), None, Budget())


def test_the_heat_map_has_a_panel_a_method_and_a_number_a_cell() -> None:
    drawn = heat_map(curves(sweep()), AXES, "loss", Budget())
    panel, bar = drawn.axes
    assert [text.get_text() for text in panel.get_yticklabels()] == ["gamma * (1/4)", "gamma", "gamma * 4"]
    assert len(panel.texts) == 6
    assert bar.get_ylabel() == "loss f(x) at the end"
    drawn.draw_without_rendering()


def test_the_table_has_the_same_numbers() -> None:
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as shown:
        for part in grid_reports(curves(sweep()), AXES, "loss", Budget()):
            console.print(part)
    grid = only(grids(curves(sweep()), AXES, "loss", Budget()))
    assert all(grid.text(row, column) in shown.get() for row in grid.rows for column in grid.columns)


def test_the_command_draws_what_a_sweep_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    line = [
        "run",
        "gd",
        "-n",
        "2",
        "-k",
        "4",
        "--problem",
        "quadratic(d=3,mu=0.5,L=2)",
        "--out",
        "S",
        "--quiet",
    ]
    swept = CliRunner().invoke(app, [*line, "--sweep", "gamma = gamma * [1/2, 1]"])
    assert swept.exit_code == 0, swept.output
    drawn = CliRunner().invoke(app, ["plot", "S", "--heat", "gamma, p"])
    assert drawn.exit_code == 2
    assert "no run has both; runs have gamma" in drawn.output
    assert (
        "--budget is of a heat map" in CliRunner().invoke(app, ["plot", "S", "--budget", "rounds=1"]).output
    )
