"""The cell magic %%alg and the bars of runs, in an IPython shell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cablese
import pytest

pytest.importorskip("IPython", reason="IPython is not installed")
from cablese.runtime.report.notebook import NotebookBar, notebook_bars
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

SPEC = """\
algorithm MINE
problem minimize

param gamma = 1 / L

init:
    all: x = x0

round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - gamma * g

output x
"""


@pytest.fixture(scope="module")
def shell() -> Any:
    found = InteractiveShell.instance()
    found.run_line_magic("load_ext", "cablese")
    return found


def test_a_cell_is_a_spec_that_runs_and_compares(shell: Any) -> None:
    shell.run_cell_magic("alg", "mine", SPEC)
    mine = shell.user_ns["mine"]
    assert cablese.run(mine, nodes=2, rounds=3).header.algorithm == "MINE"
    assert cablese.diff(mine, "gd", under=["prox = none"], quick=True).same
    assert [one.header.algorithm for one in cablese.compare([mine, "gd"], nodes=2, rounds=3)] == [
        "MINE",
        "GD",
    ]


def test_a_mistake_is_shown_with_its_place_and_leaves_no_older_spec(shell: Any) -> None:
    shell.run_cell_magic("alg", "mine", SPEC)
    with pytest.raises(UsageError) as told:
        shell.run_cell_magic("alg", "mine", SPEC.replace("gamma * g", "gama * g"))
    assert "error[E201]" in str(told.value)
    assert " --> mine:12:18" in str(told.value)
    assert "mine" not in shell.user_ns


def test_a_warning_is_printed_and_the_spec_is_there(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell_magic("alg", "mine", SPEC.replace("param gamma", "param spare = 1\nparam gamma"))
    assert "warning[W" in capsys.readouterr().out
    assert "mine" in shell.user_ns


@pytest.mark.parametrize("line", ["", "two words", "1st"])
def test_a_magic_without_a_name_says_how_it_is_used(shell: Any, line: str) -> None:
    with pytest.raises(UsageError, match="write %%alg NAME"):
        shell.run_cell_magic("alg", line, SPEC)


def test_bars_are_drawn_in_kernels_alone(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert notebook_bars() == []
    monkeypatch.setattr(shell, "kernel", SimpleNamespace(), raising=False)
    assert [type(bar) for bar in notebook_bars()] == [NotebookBar]


def test_a_bar_tells_of_its_run_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    handle = SimpleNamespace(update=lambda html: shown.append(html.data))
    monkeypatch.setattr("IPython.display.display", lambda html, display_id: handle)
    bar = NotebookBar()
    result = cablese.run("gd", nodes=2, rounds=20)
    bar.begin(result.header)
    for point in result.points:
        bar.point(point)
    assert '<progress value="20" max="20">' in shown[-1]
    assert "loss" in shown[-1] or "grad" in shown[-1]
    assert result.summary is not None
    bar.end(result.summary)
    assert shown[-1] == ""
