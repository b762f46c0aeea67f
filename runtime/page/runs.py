"""The page of runs: curves, results, settings, messages and costs, specs and their differences, versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..execute.interface import Recording
from ..identity import placeless
from ..report.best import Budget, best_report
from ..report.fitted import FittedTable
from ..report.labels import Curve, header_of
from ..report.metrics import leading
from ..report.table import compare_report, directions_table, messages_table, run_report
from .document import Page, Section
from .levels import name_of
from .parts import escaped, flat_text, parts_html
from .settings import settings_tables
from .specs import cost_html, spec_sections
from .study import Study, study_of, study_record


def runs_page(
    recordings: Sequence[Recording], predicted: Sequence[Recording] = (), command: str = ""
) -> Page:
    """The page of runs that have a header; `predicted` are the same with the seconds that they would take over a network,
    `command` is the line that made them."""
    studies = studies_of(recordings, predicted)
    names = dict.fromkeys(header_of(run).algorithm for run in recordings)
    return Page(
        ", ".join(names),
        "; ".join(study.title for study in studies),
        tuple(_sections(recordings, studies, command)),
        tuple(map(study_record, studies)),
    )


def studies_of(recordings: Sequence[Recording], predicted: Sequence[Recording] = ()) -> list[Study]:
    """The studies of runs that have a point, one for each problem."""
    groups = _by_problem([run for run in recordings if run.points])
    replayed = _by_problem(predicted) or [()] * len(groups)
    return [study_of(*each) for each in zip(groups, replayed, strict=True)]


def _by_problem(recordings: Sequence[Recording]) -> list[Sequence[Recording]]:
    """Runs on the same problem together, in the order of their first."""
    found: dict[tuple[str, int], list[Recording]] = {}
    for run in recordings:
        found.setdefault((placeless(header_of(run)).problem, header_of(run).d), []).append(run)
    return list(found.values())


def _sections(
    recordings: Sequence[Recording],
    studies: Sequence[Study],
    command: str,
) -> Iterator[Section]:
    drawn = [curve for study in studies for curve in study.curves]
    if drawn:
        yield Section("results", "At the end", "\n".join(map(_results, _by_problem(recordings))))
        best = "\n".join(map(_best, studies))
        if best.strip():
            yield Section("best", "Best setting of each method", best)
        headed = len(studies) > 1
        yield Section("settings", "Settings", "\n".join(_settings(study, headed=headed) for study in studies))
        compared = [curve for study in studies if _runs(study) > 1 for curve in study.curves]
        if compared:  # of a single run the results have them
            yield Section("messages", "Messages", "\n".join(map(_messages, compared)), folded=True)
    headers = [header_of(run) for run in recordings]
    costs = "\n".join(map(cost_html, {header.spec: header for header in headers}.values()))
    if costs.strip():
        yield Section("costs", "Costs as formulas", costs, folded=True)
    yield from spec_sections(headers)
    yield Section("origin", "Made with", _origin(recordings, command))


def _runs(study: Study) -> int:
    return sum(len(curve.recordings) for curve in study.curves)


def _results(group: Sequence[Recording]) -> str:
    if not any(run.points for run in group):
        return ""
    return parts_html(compare_report(group) if len(group) > 1 else run_report(group[0]))


def _best(study: Study) -> str:
    """The best setting of each method by the leading metric; empty where none has several."""
    methods = {(curve.header.algorithm, curve.header.spec) for curve in study.curves}
    if len(methods) == len(study.curves) or leading(study.metrics) is None:
        return ""
    return parts_html(best_report(study.curves, None, Budget()))


def _settings(study: Study, *, headed: bool) -> str:
    heading = f"<h3>{escaped(study.title)}</h3>" if headed else ""
    return heading + parts_html(settings_tables(study.curves))


def _messages(curve: Curve) -> str:
    """The bits of a curve's first run, by direction and by message."""
    first = curve.recordings[0]
    parts = [directions_table(curve.header, first.points[-1])]
    if first.summary is not None and first.summary.messages:
        parts.append(messages_table(first.summary.messages))
    return f"<h3>{escaped(name_of(curve))}</h3>\n{parts_html(parts)}"


def _origin(recordings: Sequence[Recording], command: str) -> str:
    """The line that made the runs, versions of what computed them, and hashes of specs and data."""
    headers = [header_of(run) for run in recordings]
    table = FittedTable(("what", "version"))
    for name in dict.fromkeys(name for header in headers for name in header.versions):
        table.add_row(name, ", ".join(dict.fromkeys(h.versions.get(name, "–") for h in headers)))
    for algorithm, spec_hash in dict.fromkeys((h.algorithm, h.spec_hash) for h in headers):
        table.add_row(f"spec {algorithm}", f"sha256 {spec_hash[:16]}")
    return (flat_text(command) if command else "") + parts_html([table])
