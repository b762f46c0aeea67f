"""Pictures of the runs of a command: one figure, in every file that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputFailed

if TYPE_CHECKING:
    from ..execute.interface import Recording
    from ..report.plot import View
    from .wanted import Files


def draw_runs(recordings: Sequence[Recording], view: View, paths: Sequence[Path]) -> list[OutputFailed]:
    """Draw the figure of all runs into every file; return the failures of writing."""
    from ..report.figure_files import save_figure
    from ..report.labels import curves
    from ..report.plot import figure

    drawn, failures = figure(curves(recordings), view), []
    for path in paths:
        try:
            save_figure(drawn, path)
        except OutputFailed as failure:
            failures.append(failure)
    return failures


def not_drawn(files: Files) -> list[Path]:
    """The files of a figure of runs that were all finished before: one that is asked for by name, and that of the folder if
    it is missing."""
    return [path for path in files.plots if path == files.plot or not path.exists()]
