"""Figures of papers: their files, what is expected of them, and `cablese reproduce`."""

from __future__ import annotations

import os
import re
import shutil
from math import log10
from pathlib import Path

import pytest
from cablese.cli.main import app
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.interface import Recording, Summary
from cablese.runtime.execute.methods import find_method
from cablese.runtime.report.axes import QUANTITIES
from cablese.runtime.reproduce.data_files import check_data, problem_of
from cablese.runtime.reproduce.figures import Below, Diverges, Figure, Level, Reaches, find, groups, shipped
from cablese.runtime.reproduce.verdicts import Verdict, verdict_report, verdicts
from click.testing import CliRunner
from fakes import point, recording
from rich.console import Console

DATA = Path(os.environ.get("CABLESE_DATA", Path(__file__).parents[3] / "shared" / "data"))
FIGURES = shipped()
OWN = """
title = "Two steps of GD"
source = "no paper"
time = "a second"
run = {{ nodes = 2, rounds = 40, every = 10 }}
quick = {{ rounds = 20 }}
view = {{ y = "grad_norm2" }}
curves = [{{ name = "long", method = "gd" }}, {{ name = "short", method = "gd(gamma = gamma / 4)" }}]
experiments = [{{ name = "square", problem = "quadratic(d = 3, mu = 0.5, L = 2, seed = 1)" }}]
expected = [{{ kind = "below", lower = "{lower}", upper = "{upper}", metric = "grad_norm2", at = "bits_up" }}]
"""


def own(folder: Path, lower: str = "long", upper: str = "short") -> Path:
    path = folder / "own.toml"
    path.write_text(OWN.format(lower=lower, upper=upper), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FIGURES)
def test_shipped_figures_name_methods_axes_and_data_that_there_are(name: str) -> None:
    figure = FIGURES[name]
    assert [isinstance(find_method(curve.method).source, Source) for curve in figure.curves]
    assert set(figure.view.x.split(",")) <= set(QUANTITIES)
    assert {used for one in figure.experiments for used in one.data} == set(figure.data)
    assert len({curve.name for curve in figure.curves}) == len(figure.curves)


def test_each_figure_stands_in_the_gallery() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "figures.md").read_text(encoding="utf-8")
    assert [name for name in FIGURES if f"`cablese reproduce {name}`" not in page] == []
    assert all((root / "docs" / path).is_file() for path in re.findall(r"!\[.*?\]\((.*?)\)", page))


def test_options_of_an_experiment_win_and_quick_ones_over_both(tmp_path: Path) -> None:
    figure = find("mcm_excess_loss")
    a9a = next(one for one in figure.experiments if one.name == "a9a")
    full, quick = (figure.options(a9a, quick=short) for short in (False, True))
    assert (full["seeds"], full["rounds"], quick["seeds"]) == (5, 9000, 2)
    assert full["settings"] == quick["settings"] == ("b = 50", "gamma = 1 / mean(L_i)")
    assert full["nodes"] == 20


def runs(rate: float, seeds: int = 3) -> list[Recording]:
    return [recording(rate=rate + seed / 1000, seed=seed) for seed in range(seeds)]


def judged(
    expected: Level | Reaches | Below | Diverges, quick: bool = False, **given: list[Recording]
) -> Verdict:
    base = find("masha_bilinear")
    figure = base.model_copy(update={"expected": (expected,)})
    (verdict,) = verdicts(figure, base.experiments[0], given, quick=quick)
    return verdict


def test_levels_are_medians_over_seeds_at_the_end() -> None:
    three = runs(0.05)
    ends = sorted(run.points[-1].metrics["grad_norm2"] for run in three)
    level = Level(
        kind="level", curve="a", metric="grad_norm2", log10=True, full=log10(ends[1]) + 0.04, paper=-4.5
    )
    verdict = judged(level, a=three)
    assert (float(verdict.ours), verdict.met) == (pytest.approx(log10(ends[1]), rel=1e-3), True)
    assert verdict.paper == "-4.500"
    assert judged(level.model_copy(update={"tolerance": 0.03}), a=three).met is False
    assert judged(level, quick=True, a=three).met is None  # nothing is expected of quick runs


def test_a_number_of_which_nothing_is_expected_is_neither_met_nor_missed() -> None:
    level = Level(kind="level", curve="a", metric="loss")
    console = Console(width=120)
    with console.capture() as shown:
        console.print(verdict_report([judged(level, a=runs(0.05))]))
    assert "a: loss f(x)" in shown.get()
    assert " met" not in shown.get().lower()


def test_orders_are_judged_where_both_have_spent_as_much() -> None:
    order = Below(kind="below", lower="a", upper="b", metric="loss", at="rounds")
    fast, slow = runs(0.08), runs(0.02)
    assert judged(order, a=fast, b=slow).met
    assert not judged(order, a=slow, b=fast).met
    for run in slow:
        run.points = [point(0), point(100, 0.02)]
    for run in fast:
        run.points = run.points[:3]  # to round 20, where the slow ones have their start alone
    assert judged(order, a=fast, b=slow).met


def test_a_level_costs_what_is_spent_at_the_first_point_beyond_it() -> None:
    three = runs(0.05)  # grad_norm2 = exp(-0.1 k) at every tenth round, a little faster under the later seeds
    reaches = Reaches(kind="reaches", curve="a", metric="grad_norm2", level=0.13, full=30, paper=28)
    verdict = judged(reaches, a=three)
    assert (verdict.ours, verdict.expected, verdict.paper, verdict.met) == ("30", "30 +- 10%", "28", True)
    assert verdict.what == "a: rounds to ||grad f(x)||^2 0.13"
    assert judged(reaches.model_copy(update={"full": 27.0}), a=three).met is False
    assert judged(reaches.model_copy(update={"at": "bits_up"}), a=three).ours == f"{4800 + 5 * 40 * 30:,}"
    risen = judged(reaches.model_copy(update={"metric": "loss", "level": 2.0, "full": 30.0}), a=runs(-0.04))
    assert (risen.ours, risen.met) == ("30", True)  # from below
    never = judged(reaches.model_copy(update={"level": 1e-9}), a=three)
    assert (never.ours, never.met) == ("never", False)


def test_curves_run_together_whose_options_are_alike() -> None:
    figure = find("comp_ams_speed_up")
    assert [[curve.name for curve in own] for own in groups(figure.curves)] == [
        [c.name] for c in figure.curves
    ]
    assert [len(own) for own in groups(find("comp_ams_mnist").curves)] == [3]
    one = figure.options(figure.experiments[0], quick=True, own={"nodes": 8, "set": ["b = 2"]})
    assert (one["nodes"], one["settings"]) == (8, ("eta = 1e-3 * sqrt(n)", "b = 2"))


def test_a_divergence_is_a_rise_or_a_failure() -> None:
    expected = Diverges(kind="diverges", curve="a", metric="loss")
    assert not judged(expected, a=runs(0.05)).met
    assert judged(expected, a=runs(-0.05)).met
    failed = runs(0.05)
    for run in failed:
        run.summary = Summary(100, run.points[-1], (), 0.1, "not finite", failed=True)
    assert judged(expected, a=failed).ours == "the run fails"


def test_missing_data_is_named_with_its_source_and_place(tmp_path: Path) -> None:
    figure = find("marina_figure_1")
    with pytest.raises(
        SetupError, match=r"(?s)is not in .*none:.*a9a.bz2 \(32,561 x 123\): https://.*Put the files there"
    ):
        check_data(figure, figure.experiments, tmp_path / "none")
    (tmp_path / "a9a.bz2").touch()
    a9a = next(one for one in figure.experiments if one.name == "a9a")
    check_data(figure, (a9a,), tmp_path)
    assert f'data = "{tmp_path / "a9a.bz2"}"' in problem_of(figure, a9a, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('lower = "long"', 'lower = "longer"', "names the curve longer; there are long, short"),
        ("view = {", "views = {", "view: Field required"),
        ("mu = 0.5", "data = '{a}', mu = 0.5", "names the data a: state it in"),
        ("curves = [", "curves = ", "this is not TOML"),
        ('at = "bits_up"', 'at = "bites"', r"at: Value error, takes rounds, .*, not bites"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = own(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(SetupError, match=message):
        find(str(path))


def test_an_unknown_name_lists_what_is_shipped() -> None:
    with pytest.raises(UsageError, match=r"there is no figure fig1: .* marina_figure_1"):
        find("fig1")


def test_a_figure_of_ones_own_runs_is_drawn_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["reproduce", str(own(tmp_path))])
    assert done.exit_code == 0, done.output
    assert " met" in done.output and "NOT MET" not in done.output
    assert Path("own/square.png").is_file()
    assert Path("own/square/gd-1/trace.jsonl").is_file() and Path("own/square/gd-2/trace.jsonl").is_file()
    quick = CliRunner().invoke(app, ["reproduce", str(own(tmp_path, "short", "long")), "--quick"])
    assert quick.exit_code == 1
    assert "NOT MET" in quick.output
    assert Path("own-quick/square.png").is_file()


def test_specs_may_lie_beside_a_figure(tmp_path: Path) -> None:
    path = own(tmp_path)
    shutil.copy(Path(__file__).parents[2] / "algorithms" / "first_order" / "gd.alg", tmp_path / "mine.alg")
    text = path.read_text(encoding="utf-8").replace(
        '"gd(gamma = gamma / 4)"', '"mine.alg(gamma = gamma / 4)"'
    )
    path.write_text(text, encoding="utf-8")
    long, short = (find_method(curve.method) for curve in find(str(path)).curves)
    assert (long.stem, short.stem, short.settings) == ("gd", "mine", ("gamma=gamma / 4",))


def test_paths_of_options_start_at_the_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "far").mkdir()
    path = own(tmp_path / "far")
    text = path.read_text(encoding="utf-8").replace("every = 10 }", 'every = 10, split = "file:groups.csv" }')
    path.write_text(text, encoding="utf-8")
    figure = find(str(path))
    assert figure.options(figure.experiments[0], quick=True)["split"] == "file:far/groups.csv"


def test_an_experiment_that_there_is_not_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["reproduce", str(own(tmp_path)), "--only", "circle"])
    assert refused.exit_code == 2
    assert "--only takes square, not circle" in refused.output


def test_without_a_name_the_figures_are_listed() -> None:
    listed = CliRunner().invoke(app, ["reproduce"])
    assert listed.exit_code == 0
    assert all(name in listed.output for name in FIGURES)


def _quick(name: str, figure: Figure) -> list[object]:
    """The experiments of a figure: the first in CI, the others when all is run; networks where PyTorch is."""
    marks = [pytest.mark.slow], [pytest.mark.slow, pytest.mark.exhaustive]
    return [
        pytest.param(
            name,
            one.name,
            marks=[
                *marks[min(place, 1)],
                *[pytest.mark.torch] * one.problem.startswith(("network(", "torch(", "adversarial(")),
            ],
        )
        for place, one in enumerate(figure.experiments)
    ]


@pytest.mark.parametrize(("name", "experiment"), [case for n, f in FIGURES.items() for case in _quick(n, f)])
def test_quick_figures_are_as_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, experiment: str
) -> None:
    lacking = [file.file for file in FIGURES[name].data.values() if not (DATA / file.file).exists()]
    if lacking:
        pytest.skip(f"{', '.join(lacking)}: not in the data folder")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["reproduce", name, "--quick", "--only", experiment, "--data", str(DATA)])
    assert done.exit_code == 0, done.output
