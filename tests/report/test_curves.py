"""Curves over seeds, their bands, axes, and what `cablese plot` draws of finished runs."""

from __future__ import annotations

import csv
from pathlib import Path
from statistics import quantiles

import cablese
import pytest
from cablese.cli.main import app
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.interface import Recording, Summary
from cablese.runtime.report.axes import QUANTITIES, axis
from cablese.runtime.report.labels import Curve, curves
from cablese.runtime.report.plot import View, figure
from cablese.runtime.report.series import series
from click.testing import CliRunner
from fakes import header, recording

RATES = (0.02, 0.03, 0.05, 0.08, 0.13)
GIVEN = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 20, "every": 10}


def seeds(algorithm: str = "MARINA", **changes: object) -> list[Recording]:
    return [recording(algorithm, rate, seed=k, **changes) for k, rate in enumerate(RATES)]


def test_runs_that_differ_by_their_seed_alone_are_one_curve() -> None:
    found = curves(
        [*seeds(), *seeds(compressors={"Q": "rand_k(k = 5)"}), recording("DIANA"), recording("DIANA")]
    )
    assert [(curve.label, len(curve.recordings)) for curve in found] == [
        ("MARINA (Q = rand_k(k = 1)), 5 seeds", 5),
        ("MARINA (Q = rand_k(k = 5)), 5 seeds", 5),
        ("DIANA #3, 1 seed", 1),  # one seed twice is no band
        ("DIANA #4, 1 seed", 1),
    ]


def test_params_of_data_dealt_by_chance_may_differ_between_seeds() -> None:
    runs = [recording(seed=k, split="shuffled", params={"gamma": 1.0 + k}) for k in range(3)]
    assert [len(curve.recordings) for curve in curves(runs)] == [3]
    fixed = [recording(seed=k, params={"gamma": 1.0 + k}) for k in range(3)]
    assert [len(curve.recordings) for curve in curves(fixed)] == [1, 1, 1]


def test_a_band_has_the_quartiles_of_each_round() -> None:
    runs = seeds()
    line = series(curves(runs)[0], "loss", axis("rounds", []), "median")
    at_50 = [run.points[5].metrics["loss"] for run in runs]
    low, middle, high = quantiles(at_50, n=4, method="inclusive")
    assert line.places[5] == 50
    assert (line.low[5], line.values[5], line.high[5]) == pytest.approx((low, middle, high))


def test_a_curve_ends_where_the_first_of_its_runs_does() -> None:
    runs = seeds()
    runs[2].points = runs[2].points[:4]
    runs[2].summary = Summary(30, runs[2].points[-1], (), 0.1, "--stop")
    (curve,) = curves(runs)
    assert curve.label == "MARINA, 5 seeds to round 30, the first end"
    assert series(curve, "loss", axis("rounds", []), "mean").places == (0, 10, 20, 30)


def test_axes_count_what_their_names_say() -> None:
    run = recording()
    last, about = run.points[-1], header()
    values = {name: axis(name, [(last, about)], each=False) for name in QUANTITIES}
    assert values["bits"].value(last, about) * values["bits"].scale == last.bits_up + last.bits_down
    assert values["MB"].value(last, about) == (last.bits_up + last.bits_down) / 8e6
    assert values["epochs"].value(last, about) == pytest.approx(last.oracle_calls / (569 / 5))
    assert axis("bits_up", [(last, about)]).label == "sent per node (kbit)"
    assert values["bits_up"].label == "sent in total (kbit)"
    with pytest.raises(UsageError, match="--x takes rounds, bits_up"):
        axis("bit", [])


def test_the_figure_has_a_band_a_panel_an_axis_and_a_legend_that_says_so() -> None:
    drawn = figure(curves([*seeds(), *seeds("DIANA")]), View(x=("epochs", "bits"), y=("loss",)))
    assert [panel.get_xlabel() for panel in drawn.axes] == ["epochs", "sent and received per node (kbit)"]
    assert [len(panel.collections) for panel in drawn.axes] == [2, 2]
    assert drawn.legends[0].get_title().get_text() == "bands: median and quartiles"
    with pytest.raises(
        UsageError, match=r"--y takes what the runs measured, grad_norm2, loss, not los\. Did you mean `loss`"
    ):
        figure(curves(seeds()), View(y=("los",)))


def test_a_legend_of_long_names_takes_as_many_lines_as_it_needs() -> None:
    names = [f"one memory, reset every {k} rounds" for k in range(6)]
    drawn = figure(
        [Curve(name, (recording(),), name) for name in names], View(x=("rounds", "bits"), y=("loss",))
    )
    drawn.draw_without_rendering()
    assert drawn.legends[0].get_window_extent().width <= drawn.bbox.width


def test_seeds_are_the_runs_of_these_seeds() -> None:
    found = cablese.compare(["marina", "gd"], seeds=3, seed=4, set={"p": 0.5}, **GIVEN)
    assert [result.header.seed for result in found] == [4, 5, 6, 4, 5, 6]
    alone = cablese.run("marina", seed=6, set={"p": 0.5}, **GIVEN)
    assert [p.metrics for p in found[2].points] == [p.metrics for p in alone.points]


def test_finished_runs_are_drawn_again(tmp_path: Path) -> None:
    call, out = CliRunner().invoke, tmp_path / "runs"
    few = ["-n", "3", "-k", "20", "--problem", str(GIVEN["problem"])]
    ran = call(app, ["run", "marina", *few, "--seeds", "2", "--out", str(out), "--quiet"])
    assert ran.exit_code == 0, ran.output
    assert sorted(p.name for p in out.iterdir()) == ["marina-seed-0", "marina-seed-1", "plot.png", "runs.txt"]
    table = tmp_path / "points.csv"
    assert call(app, ["plot", str(out), "-o", str(table), "--y", "loss", "--x", "rounds"]).exit_code == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["curve"] for row in rows] == ["MARINA, 2 seeds"] * len(rows)
    trace = cablese.load(out / "marina-seed-0" / "trace.jsonl").trace
    assert [float(row["place"]) for row in rows] == list(trace["round"])
    again = call(app, ["plot", str(out), "-o", str(table)])
    assert again.exit_code == 2 and "--force" in again.output
    assert call(app, ["plot", str(tmp_path / "none.jsonl")]).exit_code == 2
