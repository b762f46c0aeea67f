"""The page of runs: curves, results, settings, messages and costs, specs and their differences, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..execute.interface import Recording
from ..report.labels import header_of
from ..report.table import compare_report, run_report
from .document import Page, Section
from .parts import parts_html
from .study import Study, study_of, study_record


def runs_page(recordings: Sequence[Recording], predicted: Sequence[Recording] = ()) -> Page:
    """The page of runs that have a header; `predicted` are the same with the seconds that they would take over a network."""
    measured = [run for run in recordings if run.points]
    studies = [study_of(measured, predicted)] if measured else []
    names = dict.fromkeys(header_of(run).algorithm for run in recordings)
    return Page(
        ", ".join(names),
        "; ".join(study.title for study in studies),
        tuple(_sections(recordings, studies)),
        tuple(map(study_record, studies)),
    )


def _sections(recordings: Sequence[Recording], studies: Sequence[Study]) -> Iterator[Section]:
    if studies:
        parts = compare_report(recordings) if len(recordings) > 1 else run_report(recordings[0])
        yield Section("results", "At the end", parts_html(parts))
