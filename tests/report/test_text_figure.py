"""Figures as text in a terminal: drawn by uniplot, refused without it before anything is run."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import cablese
import pytest
from cablese.cli.main import app
from cablese.runtime.errors import SetupError
from cablese.runtime.report.labels import Curve, curves, header_of
from cablese.runtime.report.plot import View
from cablese.runtime.report.text_figure import check_draws_text, text_figure
from click.testing import CliRunner

NEEDED = pytest.mark.skipif(find_spec("uniplot") is None, reason="uniplot is not installed")


@pytest.fixture(scope="module")
def drawn() -> tuple[Curve, ...]:
    return curves([run.recording for run in cablese.compare(["gd", "diana"], nodes=2, rounds=30)])


@NEEDED
def test_each_curve_has_a_sign_of_its_own(drawn: tuple[Curve, ...]) -> None:
    text = text_figure(drawn, View(), 80)
    assert "||grad f(x)||^2 against sent per node (kbit)" in text
    assert "++ GD   xx DIANA" in text
    assert text.count("+") > 10
    assert text.count("x") > 10
    assert max(map(len, text.splitlines())) <= 80


@NEEDED
def test_axis_and_metric_are_chosen_and_narrow_terminals_fit(drawn: tuple[Curve, ...]) -> None:
    text = text_figure(drawn, View(x=("epochs",), y=("loss",)), 40)
    assert "loss f(x) against epochs" in text
    assert max(map(len, text.splitlines())) <= 40


@NEEDED
def test_names_cannot_move_the_cursor(drawn: tuple[Curve, ...]) -> None:
    [run, *_] = drawn[0].recordings
    named = replace(header_of(run), algorithm="\x1b[2Jevil")
    text = text_figure(curves([replace(run, header=named)]), View(), 80)
    assert "\x1b" not in text
    assert "evil" in text


def test_without_uniplot_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"pip install 'cablese\[terminal\]'"):
        check_draws_text()


@NEEDED
def test_a_drawing_does_not_go_where_json_goes() -> None:
    told = CliRunner().invoke(app, ["run", "gd", "--plot", "-", "--json"])
    assert told.exit_code == 2
    assert "--plot - draws where --json prints" in told.output


@NEEDED
def test_the_drawing_stands_behind_the_table() -> None:
    told = CliRunner().invoke(app, ["run", "gd", "-n", "2", "-k", "5", "--plot", "-"])
    assert told.exit_code == 0, told.output
    assert told.output.index("per node and round") < told.output.index("against rounds")
