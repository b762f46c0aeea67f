"""Reports on terminals of several widths: no line is too long, and no number or word is broken or cut."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable

import pytest
from cablese.runtime.execute.interface import MessageRow
from cablese.runtime.report.fitted import FittedTable
from cablese.runtime.report.progress import ProgressBars
from cablese.runtime.report.table import compare_report, dry_report, run_report
from fakes import header, point, recording
from rich.console import Console, RenderableType

ROWS = (
    MessageRow(14, "node -> server", "m", "dense, 32-bit floats", 960, 5, True),
    MessageRow(127, "node -> server", "up", "rand_k(k = ceil(d / 10))", 37, 2.5, False),
    MessageRow(129, "node -> neighbors", "u", "bool", 1, 5, False, "at most"),
)
SOLVED = {"loss": 0.123456, "grad_norm2": 1.2345e-12, "f_gap": 1.2345e-10, "dist2": 123456.0}


def solved(name: str, **changes: object) -> object:
    run = recording(name, **changes)
    run.points.append(point(100, **SOLVED))
    return run


REPORTS: dict[str, Callable[[], Iterable[RenderableType]]] = {
    "run": lambda: run_report(recording()),
    "compare": lambda: compare_report(
        [solved("QSPARSE_LOCAL_SGD"), solved("MARINA"), solved("MARINA", params={"p": 0.25})]
    ),
    "dry": lambda: dry_report(header(ranks=3), ROWS, 1_234_567, {"eta": (0.5, 0.005)}),
}


def printed(parts: Iterable[RenderableType], width: int) -> str:
    stream = io.StringIO()
    out = Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
    for part in parts:
        out.print(part)
    return stream.getvalue()


def words(text: str) -> set[str]:
    """As blanks part them; headings may also end a line behind a slash."""
    return {word for word in re.split(r"(?<=/)|\s+", text) if word and set(word) != {"─"}}


@pytest.mark.parametrize("width", [120, 80, 60, 40])
@pytest.mark.parametrize("report", REPORTS)
def test_every_word_is_whole(report: str, width: int) -> None:
    wide, narrow = printed(REPORTS[report](), 400), printed(REPORTS[report](), width)
    added = {"left", "out", "at", "this", "width:"} | {f"{word}," for word in words(wide)}
    assert words(narrow) <= words(wide) | added
    assert max(map(len, narrow.splitlines())) <= width


def test_columns_are_left_out_in_their_order_and_named() -> None:
    table = FittedTable(("method", "up/node", "time"), right=(1, 2), spare=(2, 1))
    table.add_row("A B", "12,345", "0.20 s")
    assert "left out" not in printed([table], 25)
    assert printed([table], 16).endswith("left out at this\nwidth: time\n")
    assert words(printed([table], 12)) >= {"left", "out", "up/", "node,", "time", "A", "B"}


def test_a_table_may_have_a_width_of_its_own_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    table = FittedTable(("claim", "how"), in_files=60)
    table.add_row("a claim " * 10, "in 48 rounds " * 10)
    assert max(map(len, printed([table], 10_000).splitlines())) <= 60
    monkeypatch.setenv("COLUMNS", "300")
    assert max(map(len, printed([table], 300).splitlines())) > 200


@pytest.mark.parametrize(("width", "shown"), [(120, True), (80, False), (60, False), (50, False)])
def test_the_bar_shows_rounds_whole_and_as_much_else_as_fits(width: int, shown: bool) -> None:
    stream = io.StringIO()
    out = Console(file=stream, width=width, force_terminal=True, color_system=None)
    with ProgressBars(out) as bars:
        [bar] = bars.of_run()
        bar.begin(header("QSPARSE_LOCAL_SGD", rounds=200_000))
        bar.point(point(15_723))
    text = stream.getvalue()
    assert "QSPARSE_LOCAL_SGD" in text and "15723/200000" in text and "…" not in text
    assert ("kbit/node up" in text) == shown
