from __future__ import annotations

import io
import shutil
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.execute.interface import Recording
from cablese.runtime.report import progress
from cablese.runtime.report.figure_files import SUFFIXES, save_figure
from cablese.runtime.report.labels import curves
from cablese.runtime.report.metrics import leading, plotted
from cablese.runtime.report.plot import View, figure, linear_below
from cablese.runtime.report.progress import PAUSE, ProgressBars, RunBar, rate_text, trend
from cablese.runtime.report.records import dry_record, result_record
from cablese.runtime.report.watchers import Several
from fakes import header, point, recording
from matplotlib.backends.backend_agg import FigureCanvasAgg
from rich.console import Console
from tiers import every

_MAGIC = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".pgf": b"%% Creator: Matplotlib"}


def test_one_run_is_drawn_against_rounds_and_bits_per_node() -> None:
    drawn = figure(curves([recording()]))
    panels = drawn.axes
    assert [panel.get_ylabel() for panel in panels] == ["loss  $f(x)$", "", r"$\|\nabla f(x)\|^2$", ""]
    assert [panel.get_xlabel() for panel in panels[2:]] == ["rounds", "sent per node (kbit)"]
    xs, ys = panels[3].lines[0].get_data()
    assert list(xs) == pytest.approx([(4800 + 200 * k) / 5 / 1000 for k in range(0, 101, 10)])
    assert list(ys) == [p.metrics["grad_norm2"] for p in recording().points]


def test_axes_are_logarithmic_only_where_values_span_decades() -> None:
    drawn = figure(curves([recording()]))
    assert [panel.get_yscale() for panel in drawn.axes] == ["linear", "linear", "log", "log"]


def test_several_runs_share_a_figure_and_gain_a_time_axis() -> None:
    drawn = figure(curves([recording("MARINA"), recording("DIANA")]))
    assert [panel.get_xlabel() for panel in drawn.axes[3:]] == ["rounds", "sent per node (kbit)", "time (s)"]
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["MARINA", "DIANA"]
    colours = {line.get_color() for line in drawn.axes[0].lines}
    assert len(colours) == 2


def test_runs_whose_bits_differ_by_decades_get_a_logarithmic_bit_axis() -> None:
    cheap = recording("CHEAP")
    dear = recording("DEAR", n=1)
    dear.points = [point(100 * p.round) for p in dear.points]
    drawn = figure(curves([cheap, dear]))
    assert drawn.axes[4].get_xscale() == "symlog"


def test_the_linear_part_of_a_logarithmic_axis_is_a_decade_as_wide_as_the_others() -> None:
    assert linear_below([3.09, 245.0]) == 1.0
    assert linear_below([0.01, 9.0]) == pytest.approx(0.001)
    assert linear_below([3.0, 5.0]) is None


def test_a_title_names_files_without_folders_and_is_cut_where_it_is_longer_than_the_figure() -> None:
    long = recording("GD", problem=f'logreg(data = "{"a/" * 90}mine.svm")')
    assert figure(curves([long])).get_suptitle().startswith('GD on logreg(data = "mine.svm"),  n = ')
    endless = recording("GD", problem=f"quadratic({'1' * 300})")
    drawn = figure(curves([endless]))
    assert "…,  n = " in drawn.get_suptitle()
    canvas = FigureCanvasAgg(drawn)
    assert drawn._suptitle.get_window_extent(canvas.get_renderer()).x0 >= 0  # type: ignore[attr-defined, no-untyped-call]


@pytest.mark.parametrize(
    ("present", "rows", "first"),
    [
        ({"loss", "grad_norm2"}, ("loss", "grad_norm2"), "grad_norm2"),
        ({"loss", "grad_norm2", "f_gap", "dist2"}, ("f_gap", "grad_norm2"), "f_gap"),
        ({"residual2", "dist2"}, ("residual2", "dist2"), "residual2"),
        (set(), (), None),
    ],
)
def test_the_metrics_that_suit_a_problem(present: set[str], rows: tuple[str, ...], first: str | None) -> None:
    assert (plotted(present), leading(present)) == (rows, first)


@pytest.mark.parametrize("suffix", every(3, SUFFIXES))
def test_figures_are_written_by_suffix_and_alike_each_time(tmp_path: Path, suffix: str) -> None:
    if suffix == ".pgf" and shutil.which("pdflatex") is None:
        pytest.skip("LaTeX, which measures the texts of a .pgf, is not installed")
    for name in ("a", "b"):
        save_figure(figure(curves([recording()])), tmp_path / f"{name}{suffix}")
    first = (tmp_path / f"a{suffix}").read_bytes()
    assert first.startswith(_MAGIC[suffix])
    assert first == (tmp_path / f"b{suffix}").read_bytes()


def test_without_latex_a_pgf_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"pdflatex, lualatex and xelatex are not installed: install them"):
        save_figure(figure(curves([recording()])), tmp_path / "a.pgf")
    assert not (tmp_path / "a.pgf").exists()


def test_a_figure_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot be written: there is no directory"):
        save_figure(figure(curves([recording()])), tmp_path / "none" / "p.png")


def test_a_single_point_is_visible() -> None:
    run = recording()
    run.points = run.points[:1]
    assert figure(curves([run])).axes[0].lines[0].get_marker() == "o"


def test_the_progress_bar_shows_metric_trend_and_bits() -> None:
    stream = io.StringIO()
    run = recording()
    with ProgressBars(Console(file=stream, force_terminal=True, width=140)) as bars:
        [bar] = bars.of_run()
        bar.begin(run.header)
        bar.tick(7)
        for measured in run.points[:6]:
            bar.point(measured)
    shown = stream.getvalue()
    assert "MARINA" in shown and "50/100" in shown
    assert "||grad f(x)||^2 0.006738 █▇▅▄▂▁  2.96 kbit/node up" in shown.replace("\n", "")
    assert "runs" not in shown


def test_points_that_follow_quickly_are_drawn_now_and_then_and_the_last_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, drawn, plain = [0.0], [], RunBar._move
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(
        RunBar, "_move", lambda self, rounds, **given: drawn.append(plain(self, rounds, **given))
    )
    run = recording()
    with ProgressBars(Console(file=io.StringIO(), force_terminal=True, width=140)) as bars:
        [bar] = bars.of_run()
        bar.begin(run.header)
        for number, measured in enumerate(run.points[:6]):
            now[0] = number * 0.4 * PAUSE
            bar.point(measured)
        assert len(drawn) == 2  # the first and the fourth
        [row] = [task for task in bars.rows.tasks if task.description == "MARINA"]
        assert row.completed == run.points[3].round
    assert row.completed == run.points[5].round and "0.006738 █▇▅▄▂▁" in row.fields["state"]


def test_several_runs_have_a_bar_each_and_one_for_all() -> None:
    stream = io.StringIO()
    with ProgressBars(Console(file=stream, force_terminal=True, width=120), runs=9) as bars:
        for k in range(8):
            run = recording(f"METHOD_{k}")
            [bar] = bars.of_run()
            bar.begin(run.header)
            bar.point(run.points[-1])
            bar.end(run.summary)
    last = stream.getvalue().rpartition("runs")[2]  # the last drawing
    assert "8/9" in last
    assert [f"METHOD_{k}" in last for k in range(8)] == [False] * 2 + [True] * 6


def test_trends_are_logarithmic_where_they_can_be_and_leave_out_what_is_not_finite() -> None:
    assert trend([1.0, 0.1, 0.01]) == "█▅▁"
    assert trend([2.0, 0.0, float("inf"), 1.0]) == "█▁▅"
    assert (trend([3.0, 3.0]), trend([float("nan")]), trend([])) == ("▁▁", "", "")


@pytest.mark.parametrize(
    ("speed", "text"), [(1234.5, "1,234/s"), (9.96, "10.0/s"), (0.25, "0.2/s"), (0.05, "20 s each")]
)
def test_rates_are_short(speed: float, text: str) -> None:
    assert rate_text(speed) == text


def test_several_watchers_all_see_everything() -> None:
    run, copies = recording(), (Recording(), Recording())
    both = Several(*copies)
    both.begin(run.header)
    both.tick(1)
    for measured in run.points:
        both.point(measured)
    both.end(run.summary)
    assert copies == (run, run)


def test_the_json_of_a_run_and_of_a_dry_one() -> None:
    record = result_record(recording())
    assert record["algorithm"] == "MARINA" and record["last"]["round"] == 100
    assert [m["bits"] for m in record["messages"]] == [4800, 480000, 20000]
    assert dry_record(header(), (), 99, {"eta": (1.0, 0.5)})["memory_bytes"] == 99


@pytest.mark.parametrize("style", ["screen", "single", "double"])
def test_nothing_of_a_figure_leaves_it_or_covers_a_neighbour(style: str) -> None:
    """Places are reckoned, not solved for: numbers, labels, legend and title stay apart."""
    runs = [recording("MARINA"), recording("VR_MARINA", 0.03), recording("COMP_AMS", 0.01)]
    drawn = figure(curves(runs), View(style=style))
    renderer = FigureCanvasAgg(drawn).get_renderer()
    for panel in drawn.axes:
        box = panel.get_tightbbox(renderer)
        assert box.x0 >= 0 and box.y0 >= drawn.legends[0].get_window_extent(renderer).y1 - 1
        assert box.x1 <= drawn.bbox.width and box.y1 <= drawn.bbox.height
        if panel.get_xscale() == "linear":
            numbers = [
                each.get_window_extent(renderer) for each in panel.get_xticklabels() if each.get_text()
            ]
            shown = [
                each for each in numbers if panel.bbox.x0 - 1 <= (each.x0 + each.x1) / 2 <= panel.bbox.x1 + 1
            ]
            assert all(one.x1 < other.x0 for one, other in pairwise(shown))
