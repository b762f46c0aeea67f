"""What a run gives back in Python: its trace as arrays, its records, its figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from cablese.runtime.execute.interface import Header, Point, Recording, Summary

if TYPE_CHECKING:
    import numpy as np
    from cablese.dsl.text.diagnostics import Diagnostic
    from matplotlib.figure import Figure

    Column = np.ndarray[Any, np.dtype[Any]]

_COUNTS = tuple(item.name for item in fields(Point) if item.name != "metrics")


class Trace(Mapping[str, "Column"]):
    """The points of a run as columns: `trace["loss"]` or `trace.loss`, one entry a point.

    Counts are int64, the rest float64; a metric that a point lacks is nan there.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = tuple(points)
        metrics = dict.fromkeys(name for point in points for name in point.metrics)
        self._names = (*_COUNTS, *metrics)

    def __getitem__(self, name: str) -> Column:
        import numpy as np

        if name not in self._names:
            raise KeyError(f"{name!r}; this trace has {', '.join(self._names)}")
        if name in _COUNTS:
            return np.array([getattr(point, name) for point in self._points])
        return np.array([point.metrics.get(name, float("nan")) for point in self._points])

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error.args[0])) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._names]

    def __repr__(self) -> str:
        return f"Trace({len(self._points)} points: {', '.join(self._names)})"


@dataclass(frozen=True, repr=False)
class Result:
    """A run that ended, or one read from a trace file: without `output`, without summary if it was cut off.

    Under MPI the points are on rank 0 only.
    """

    header: Header
    points: tuple[Point, ...]
    summary: Summary | None
    output: Column | None = field(default=None, compare=False)

    @property
    def stopped(self) -> str:
        """Why the run ended before its last round; empty when it did not."""
        return self.summary.stopped if self.summary else ""

    @property
    def failed(self) -> bool:
        """True of a run that could not go on."""
        return self.summary is not None and self.summary.failed

    @property
    def trace(self) -> Trace:
        """The points as arrays."""
        return Trace(self.points)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What in the spec is legal and surely not meant; lines are those of its canonical text in the header."""
        from cablese.dsl.text.source import Source
        from cablese.runtime.library import warnings_of

        return warnings_of([Source(f"{self.header.algorithm}.alg", self.header.spec)])

    def plot(self, path: str | Path | None = None) -> Figure:
        """The figure: metrics against rounds and bits; also written to `path` (.png, .pdf, .svg) if given."""
        return _plot([self], path)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the trace as JSON lines, which `cablese.load` reads; under MPI from rank 0 alone.

        A trace of another run is replaced only with `force`, and nothing but a trace ever.
        """
        from cablese.runtime.trace_files import write_trace

        if self.points or self.header.ranks == 1:
            write_trace(Path(path), self.recording, force=force)

    @property
    def recording(self) -> Recording:
        """The records as the reports take them."""
        return Recording(self.header, list(self.points), self.summary)

    def __repr__(self) -> str:
        head = f"{self.header.algorithm} on {self.header.problem}, n = {self.header.n}, d = {self.header.d}"
        if self.stopped:
            head += f", {'failed' if self.failed else 'stopped'}: {self.stopped}"
        if not self.points:
            return f"Result({head}, no points)"
        last = self.points[-1]
        metrics = ", ".join(f"{name} = {value:.4g}" for name, value in last.metrics.items())
        return f"Result({head}, round {last.round}: {metrics}, bits_up = {last.bits_up})"


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

    def plot(self, path: str | Path | None = None) -> Figure:
        """One figure with all runs; also written to `path` if given."""
        return _plot(self._results, path)

    def __repr__(self) -> str:
        return "Comparison(\n" + "".join(f"    {result!r},\n" for result in self._results) + ")"


def _plot(results: Sequence[Result], path: str | Path | None) -> Figure:
    from cablese.runtime.report.plot import figure, save_figure
    from cablese.runtime.report.table import labelled

    drawn = figure(labelled([result.recording for result in results]))
    if path is not None:
        save_figure(drawn, Path(path))
    return drawn
