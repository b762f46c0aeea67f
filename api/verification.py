"""Verification in Python: what `cablese verify` tells, as verdicts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cablese.runtime.verify.findings import Finding
    from cablese.runtime.verify.verify import Report


@dataclass(frozen=True, repr=False)
class Verification:
    """The findings about some specs, a report each; printed, the text of `cablese verify`."""

    reports: tuple[Report, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The verdicts of all claims, with their `kind`, `claim`, `line`, `verdict`, `detail` and `cases`."""
        return tuple(finding for report in self.reports for finding in report.findings)

    @property
    def failed(self) -> bool:
        """True where a claim does not stand."""
        return any(finding.fails for finding in self.findings)

    @property
    def record(self) -> dict[str, Any]:
        """Everything, as `cablese verify --json` prints it."""
        from cablese.runtime.verify.table import verify_record

        return verify_record(self.reports)

    def report(self, path: str | Path) -> None:
        """Write the page of `cablese verify --report`: verdicts, cases of guarantees, specs.

        Raises UsageError where the file is another than a report, OutputFailed where it cannot be written.
        """
        from cablese.runtime.page.document import save_page
        from cablese.runtime.page.verified import verification_page

        save_page(Path(path), verification_page(self.reports))

    def __repr__(self) -> str:
        from cablese.runtime.verify.table import closing, failures, verdict_lines

        return "\n".join((*verdict_lines(self.reports), *failures(self.reports), closing(self.reports)))

    def _repr_html_(self) -> str:
        """For notebooks: the tables."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.verify.table import verify_report

        return as_html(verify_report(self.reports))
