"""A round line by line in Python: what `cablese trace` tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cablese.runtime.execute.interface import Header
    from cablese.runtime.steps.stepping import Step, SteppedRound


@dataclass(frozen=True, repr=False)
class TracedRound:
    """A round as it was executed; printed, the table of `cablese trace`."""

    header: Header
    found: SteppedRound
    on_graph: bool

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lines in order, with their `line`, `text`, `place`, `turns`, `readings` of values and items `sent`."""
        return self.found.steps

    @property
    def record(self) -> dict[str, Any]:
        """Everything, as `cablese trace --json` prints it."""
        from cablese.runtime.report.steps import steps_record

        return steps_record(self.header, self.found)

    def plot(self, path: str | Path) -> None:
        """Write the round as a message-sequence picture: .png, .pdf, .svg or .pgf. Raises UsageError, OutputFailed."""
        from cablese.runtime.report.figure_files import save_figure
        from cablese.runtime.report.sequence import chart_figure
        from cablese.runtime.report.steps import steps_chart

        save_figure(chart_figure(steps_chart(self.header, self.found, on_graph=self.on_graph)), Path(path))

    def __repr__(self) -> str:
        from io import StringIO

        from cablese.runtime.report.console import console
        from cablese.runtime.report.steps import steps_report

        text = StringIO()
        shown = console(text)
        for part in steps_report(self.header, self.found):
            shown.print(part)
        return text.getvalue()

    def _repr_html_(self) -> str:
        """For notebooks: the table."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.steps import steps_report

        return as_html(steps_report(self.header, self.found))
