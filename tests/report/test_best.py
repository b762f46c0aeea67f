"""The best setting of a sweep: never one that diverges, and not one whose gradient vanished far from the least loss."""

from __future__ import annotations

from typing import Any

import cablese
import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.page.document import page_text
from cablese.runtime.page.runs import runs_page
from cablese.runtime.report.axes import QUANTITIES
from cablese.runtime.report.best import Budget, best_of_each, best_report, choose, criterion_of
from cablese.runtime.report.grids import Axes, grids
from cablese.runtime.report.labels import curves
from cablese.runtime.report.table import compare_report
from fakes import point, recording
from rich.console import Console
from rich.text import Text

FLAT = (0.3282, 0.0)
GOOD = (0.041, 1e-5)
SLOW = (0.2, 1e-3)
AWAY = (1e8, 0.0)


def ended(gamma: float, loss: float, slope: float, **params: float) -> Recording:
    """A run from loss 0.5 and slope 0.1 on."""
    run = recording("GD", params={"gamma": gamma, **params}, settings=(f"gamma={gamma:g}",))
    run.points = [point(0, loss=0.5, grad_norm2=0.1), point(10, loss=loss, grad_norm2=slope)]
    return run


def shown(parts: Any) -> str:
    console = Console(width=160)
    with console.capture() as text:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, str))
    return text.get()


def gammas(runs: list[Recording], metric: str | None = None) -> list[float]:
    return [best.curve.header.params["gamma"] for best in best_of_each(curves(runs), metric, Budget())]


@pytest.mark.parametrize("metric", [None, "grad_norm2", "loss"])
def test_a_run_that_diverges_is_never_the_best(metric: str | None) -> None:
    runs = [ended(1, *SLOW), ended(2, *AWAY)]
    assert gammas(runs, metric) == [1]
    assert "gamma = 2" not in shown(best_report(curves(runs), metric, Budget()))


def test_a_method_whose_every_run_diverges_or_fails_has_no_best_and_says_so() -> None:
    runs = [ended(1, *AWAY), ended(2, *AWAY)]
    assert gammas(runs) == []
    assert shown(best_report(curves(runs), None, Budget())) == "GD: no setting is the best (diverges: 2)\n"
    [grid] = grids(curves([ended(1, *AWAY, p=1), ended(2, *AWAY, p=1)]), Axes("gamma", "p"), None, Budget())
    assert [cell.reason for cell in grid.cells.values()] == ["diverges", "diverges"]


def test_the_loss_decides_where_a_gradient_vanished_far_from_its_minimum() -> None:
    runs = [ended(0.1, *SLOW), ended(1, *GOOD), ended(1e6, *FLAT)]
    assert gammas(runs) == [1]
    told = shown(best_report(curves(runs), None, Budget()))
    assert (
        "GD (gamma = 1e+06) has a smaller ||grad f(x)||^2, 0.000, at a larger loss f(x), 0.3282 and not 0.04100"
        in told
    )
    assert gammas(runs, "grad_norm2") == [1e6]
    told = shown(best_report(curves(runs), "grad_norm2", Budget()))
    assert "GD (gamma = 1) has a smaller loss f(x) than GD (gamma = 1e+06): 0.04100, not 0.3282" in told
    assert gammas(runs, "loss") == [1]


def test_of_losses_that_are_as_good_as_the_same_the_gradient_decides() -> None:
    runs = [ended(1, 0.0411, 1e-9), ended(2, 0.041, 1e-5)]
    assert gammas(runs) == [1]
    assert "loss" not in shown(best_report(curves(runs), None, Budget()))


def test_the_star_of_a_grid_stands_at_the_best() -> None:
    ends = {(0.1, 1.0): SLOW, (1.0, 1.0): GOOD, (1e6, 1.0): FLAT, (1e9, 1.0): AWAY}
    runs = [ended(gamma, *end, p=p) for (gamma, p), end in ends.items()]
    [grid] = grids(curves(runs), Axes("gamma", "p"), None, Budget())
    assert {row: grid.text(row, "1").endswith("*") for row in grid.rows if row != "1e+09"} == {
        "0.1": False,
        "1": True,
        "1e+06": False,
    }
    assert grid.text("1e+09", "1") == "diverges"


def test_no_value_of_a_run_that_diverges_is_in_bold() -> None:
    table = next(part for part in compare_report([ended(1, *SLOW), ended(2, *AWAY)]) if hasattr(part, "rows"))
    bold = [{cell.plain for cell in row if isinstance(cell, Text)} for row in table.rows]
    assert bold == [{"0.2000", "0.001000"}, set()]


def test_python_and_pages_choose_as_the_command_line_does() -> None:
    given: dict[str, Any] = {"nodes": 2, "rounds": 200, "sweep": "gamma = [0.1, 1, 1e6]"}
    problem = 'sigmoid_classification(data = "breast_cancer", bias = true, scale = "columns")'
    found = cablese.compare(["gd"], problem=problem, **given)
    [best] = found.best()
    assert best.header.params["gamma"] == 1
    page = page_text(runs_page([result.recording for result in found]))
    section = page[page.index('id="best"') :]
    section = section[: section.index("</section>")]
    assert "GD (gamma = 1)" in section and "it is not the best" in section
    criterion = criterion_of(curves([result.recording for result in found]), None)
    assert not criterion.is_asked and "rounds" in QUANTITIES
    assert choose(curves([found[0].recording]), criterion, Budget()).best is not None
