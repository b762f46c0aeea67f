"""Results of runs in Python: the trace as arrays, the records, the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from cablese.dsl.text.printable import printable
from cablese.runtime.execute.interface import COUNTS, Header, Point, Recording, Summary
from cablese.runtime.report.plot import View, read_view

if TYPE_CHECKING:
    import numpy as np
    import pandas
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.runtime.problems.base import Problem
    from matplotlib.figure import Figure

    Column = np.ndarray[Any, np.dtype[Any]]

_COUNTS = (*COUNTS, "seconds")


class Trace(dict[str, "Column"]):
    """The points of a run as columns: `trace["loss"]` or `trace.loss`, one entry a point; `pandas.DataFrame(trace)` is a
    frame of the points.

    Counts are int64, the rest float64; a metric that a point lacks is nan there.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        import numpy as np

        super().__init__((name, np.array([getattr(point, name) for point in points])) for name in _COUNTS)
        for name in dict.fromkeys(name for point in points for name in point.metrics):
            self[name] = np.array([point.metrics.get(name, float("nan")) for point in points])

    def __missing__(self, name: str) -> Column:
        raise KeyError(f"{name!r}; this trace has {', '.join(self)}")

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error.args[0])) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        return f"Trace({len(self['round'])} points: {', '.join(self)})"

    def _repr_html_(self) -> str:
        """For notebooks: every point, or the first and the last of many."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.table import points_report

        return as_html(points_report(self))


@dataclass(frozen=True, repr=False)
class Result:
    """A run that ended, or one read from a trace file: without `output`, without summary if it was cut off.

    Under MPI the points are on rank 0 only.
    """

    header: Header
    points: tuple[Point, ...]
    summary: Summary | None
    output: Column | None = field(default=None, compare=False)
    problem: Problem | None = field(default=None, compare=False)

    @property
    def stopped(self) -> str:
        """The reason for which the run ended before its last round; empty when it did not."""
        return self.summary.stopped if self.summary else ""

    @property
    def failed(self) -> bool:
        """True if the run could not go on."""
        return self.summary is not None and self.summary.failed

    @property
    def trace(self) -> Trace:
        """The points as arrays."""
        return Trace(self.points)

    @property
    def epochs(self) -> Column:
        """Passes over the data that gradients so far amount to, at each point: the axis `epochs` of figures."""
        return self.trace.epochs

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Warnings of the spec: legal and surely not meant; lines are those of its canonical text in the header."""
        from cablese.dsl.text.source import Source
        from cablese.runtime.library import warnings_of

        return warnings_of([Source(f"{self.header.algorithm}.alg", self.header.spec)])

    def module(self) -> Any:
        """The PyTorch module of a run on a network, with the parameters of its output, ready to be evaluated.

        Raises SetupError for another problem, a result that was read from a file, and under MPI at ranks other than 0.
        """
        from cablese.runtime.problems.network import module_at

        return module_at(self.problem, self.output)

    def save_model(self, path: str | Path) -> None:
        """Write the output's parts by name as a safetensors file; the raises are those of `module`, for any problem."""
        from cablese.runtime.problems.saved import save_parts

        save_parts(Path(path), self.problem, self.output)

    def plot(
        self,
        path: str | Path | None = None,
        *,
        x: str | Sequence[str] = (),
        y: str | Sequence[str] = (),
        per: str = "node",
        scale: str = "auto",
        style: str = "screen",
        centre: str = "median",
    ) -> Figure:
        """The figure: metrics (`y`) against what was spent (`x`), by default rounds and bits; also written to `path` (.png,
        .pdf, .svg) if given. The choices are those of `cablese plot`: x="epochs", per="total", style="single", …

        Under MPI rank 0 alone has points, and writes. Raises UsageError for a choice that there is not.
        """
        return _plot([self], path, read_view(x, y, per, scale, style, centre))

    def report(self, path: str | Path) -> None:
        """Write the page of `--report`: curves to explore, messages, costs, the spec; under MPI from rank 0 alone.

        Raises UsageError where the file is another than a report, OutputFailed where it cannot be written.
        """
        _report([self], path)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the trace as JSON lines, which `cablese.load` reads; under MPI from rank 0 alone.

        A trace of another run is replaced only with `force`, and nothing but a trace ever.
        """
        from cablese.runtime.trace_files import write_trace

        if self.points or self.header.ranks == 1:
            write_trace(Path(path), self.recording, force=force)

    def to_pandas(self) -> pandas.DataFrame:
        """A frame of the points, one row each, with the algorithm, the seed and what was set in columns before them."""
        import pandas

        about = {"algorithm": self.header.algorithm, "seed": self.header.seed}
        about["set"] = ", ".join(self.header.settings)
        frame = pandas.DataFrame(self.trace)
        for place, (name, value) in enumerate(about.items()):
            frame.insert(place, name, value)
        return frame

    @property
    def recording(self) -> Recording:
        """The records as the reports take them."""
        return Recording(self.header, list(self.points), self.summary)

    def __repr__(self) -> str:
        head = f"{self.header.algorithm} on {self.header.problem}, n = {self.header.n}, d = {self.header.d}"
        if self.stopped:
            head += f", {'failed' if self.failed else 'stopped'}: {self.stopped}"
        head = printable(head)
        if not self.points:
            return f"Result({head}, no points)"
        last = self.points[-1]
        metrics = ", ".join(f"{name} = {value:.4g}" for name, value in last.metrics.items())
        return f"Result({head}, round {last.round}: {metrics}, bits_up = {last.bits_up})"

    def _repr_html_(self) -> str:
        """For notebooks: the tables that close a run on the command line."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.table import run_report

        return as_html(run_report(self.recording) if self.points else [repr(self)])


class Comparison(Sequence[Result]):
    """Several runs on one problem, in the order asked for."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = tuple(results)

    @overload
    def __getitem__(self, index: int) -> Result: ...
    @overload
    def __getitem__(self, index: slice) -> Comparison: ...
    def __getitem__(self, index: int | slice) -> Result | Comparison:
        return Comparison(self._results[index]) if isinstance(index, slice) else self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def best(self, metric: str | None = None, budget: str = "") -> Comparison:
        """The runs, under all seeds, of each method's best setting: that with the best median of a metric (the leading one;
        the least, of an accuracy the largest) at the end, or within a budget such as "bits_up = 1e6", summed over nodes as
        traces do. Settings of which a run failed or diverges are never the best: a method of which all do has none. Where
        the leading metric is a gradient's norm, settings count that reached about the least loss (docs/running.md).

        Raises UsageError for a metric that no run has, or a wrong budget.
        """
        from cablese.runtime.report.best import best_of_each, read_budget
        from cablese.runtime.report.labels import curves

        drawn = curves([result.recording for result in self._results])
        chosen = best_of_each(drawn, metric, read_budget(budget))
        headers = [run.header for best in chosen for run in best.curve.recordings]
        return Comparison([result for result in self._results if result.header in headers])

    def plot(
        self,
        path: str | Path | None = None,
        *,
        x: str | Sequence[str] = (),
        y: str | Sequence[str] = (),
        per: str = "node",
        scale: str = "auto",
        style: str = "screen",
        centre: str = "median",
    ) -> Figure:
        """One figure with all runs, seeds of one setting as a curve with a band; else as `Result.plot`."""
        return _plot(self._results, path, read_view(x, y, per, scale, style, centre))

    def report(self, path: str | Path) -> None:
        """Write the page of `--report` of all runs; else as `Result.report`."""
        _report(self._results, path)

    def heat_map(
        self,
        row: str,
        column: str,
        metric: str | None = None,
        budget: str = "",
        path: str | Path | None = None,
    ) -> Figure:
        """The heat map of a sweep over two names: the median of a metric (the leading one) at each pair of their values, at
        the end or within a budget such as "bits_up = 1e6"; also written to `path` if given.

        Raises UsageError where no run has both names, or runs of one pair differ in something else.
        """
        from cablese.runtime.report.best import read_budget
        from cablese.runtime.report.grids import Axes
        from cablese.runtime.report.heat_map import heat_map
        from cablese.runtime.report.labels import curves

        drawn = curves([result.recording for result in self._results])
        return _saved(heat_map(drawn, Axes(row, column), metric, read_budget(budget)), path)

    def to_pandas(self) -> pandas.DataFrame:
        """A frame of the points of all runs, one below the other."""
        import pandas

        return pandas.concat([result.to_pandas() for result in self._results], ignore_index=True)

    def __repr__(self) -> str:
        return "Comparison(\n" + "".join(f"    {result!r},\n" for result in self._results) + ")"

    def _repr_html_(self) -> str:
        """For notebooks: the table that closes a comparison on the command line."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.table import compare_report

        runs = [result.recording for result in self._results]
        return as_html(compare_report(runs) if runs else [repr(self)])


def _plot(results: Sequence[Result], path: str | Path | None, view: View) -> Figure:
    """The figure of the points; an empty one, which is not written, at ranks that have none."""
    from cablese.runtime.report.labels import curves
    from cablese.runtime.report.plot import figure
    from matplotlib.figure import Figure

    measured = [result.recording for result in results if result.points]
    return _saved(figure(curves(measured), view), path) if measured else Figure()


def _report(results: Sequence[Result], path: str | Path) -> None:
    """Write the page of runs; nothing at ranks that have no points."""
    from cablese.runtime.page.document import save_page
    from cablese.runtime.page.runs import runs_page

    measured = [result.recording for result in results if result.points]
    if measured:
        save_page(Path(path), runs_page(measured))


def _saved(drawn: Figure, path: str | Path | None) -> Figure:
    """A figure, after it was written to a path, if there is one."""
    from cablese.runtime.report.figure_files import save_figure

    if path is not None:
        save_figure(drawn, Path(path))
    return drawn
