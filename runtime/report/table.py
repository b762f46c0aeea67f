"""The tables that close a run or a comparison, and those of `--dry` before one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from ..execute.interface import Header, MessageRow, MessageTotal, Point, Recording, Summary
from .divergence import flaw, growth
from .fitted import FittedTable
from .labels import Curve, Labelled, curves, ending, header_of, labelled
from .metrics import best_of, words
from .series import SPREADS
from .units import bits_text, count_text, memory_text, metric_text, seconds_text, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


_SHOWN = 5  # points at each end of many


def run_report(recording: Recording) -> Iterator[RenderableType]:
    """The closing report of one run: its setting, metrics, bits per direction and per message statement."""
    header, last = header_of(recording), recording.points[-1]
    yield _title(header, last)
    yield _metrics_table(recording.points[0], last)
    yield directions_table(header, last)
    if recording.summary is not None and recording.summary.messages:
        yield messages_table(recording.summary.messages)
    if recording.summary is not None and recording.summary.stopped:
        yield _early_end(recording.summary, last, f"{ending(recording)} of {header.rounds}")
    yield from _divergences(labelled([recording]))


def _early_end(summary: Summary, last: Point, end: str) -> str:
    """The reason of an early end; a failure has it in its error, and its tables are of different moments."""
    if not summary.failed:
        return f"{end}: {summary.stopped}"
    return f"{end}; metrics and bits are of round {last.round}, the last measured, messages are all that were sent"


def compare_report(recordings: Sequence[Recording]) -> Iterator[RenderableType]:
    """The closing report of a comparison: one line per method and setting, the best value of each metric in bold, but of no
    run that failed or diverges; of several seeds medians and quartiles, of costs means, at the last point that all have."""
    first, drawn = header_of(recordings[0]), curves(recordings)
    yield f"{first.problem}, {first.n} nodes, d = {first.d}"
    names = _metric_names(drawn)
    costs = ("up/node", "down/node", "gradients/node", "time")
    headings = ("", "rounds", *(words(name) for name in names), *costs)
    end = len(headings)
    spare = (end - 2, 1, end - 3, end - 1, *range(end - 5, 2, -1))
    table = FittedTable(headings, right=range(1, end), spare=spare)
    ends = [_end(curve) for curve in drawn]
    sound = [points for curve, points in zip(drawn, ends, strict=True) if not flaw(curve)]
    for curve, points in zip(drawn, ends, strict=True):
        rivals = sound if len(ends) > 1 and points in sound else ()
        metrics = [_metric_cell(name, points, rivals) for name in names]
        table.add_row(curve.label, str(points[0].round), *metrics, *_cost_cells(points, curve.header.n))
    for run in labelled([recording for recording in recordings if not recording.points]):
        table.add_row(run.label)
    yield table
    if any(len(curve.recordings) > 1 for curve in drawn):
        yield "of seeds: medians, quartiles in parentheses; costs are means"
    for curve in drawn:
        yield from _stops_of_seeds(curve)
    yield from _divergences(labelled(recordings))


def _stops_of_seeds(curve: Curve) -> Iterator[str]:
    """A line that says in which rounds the seeds of a curve were stopped: the table shows no later one than the first."""
    ends = [run.summary for run in curve.recordings if run.summary is not None]
    rounds = sorted(end.rounds for end in ends if end.stopped and not end.failed)
    if len(curve.recordings) == 1 or not rounds:
        return
    at = f"at round {rounds[0]}" if len({*rounds}) == 1 else f"at rounds {rounds[0]} to {rounds[-1]}"
    middle = f", median {median(rounds):g}" if len({*rounds}) > 1 else ""
    yield f"{curve.name}: {len(rounds)} of {len(curve.recordings)} seeds stopped {at}{middle}"


def _end(curve: Curve) -> tuple[Point, ...]:
    """The last points that all runs of a curve have."""
    *_, last = curve.steps("")
    return last


def _divergences(runs: Sequence[Labelled]) -> Iterator[str]:
    """A line for each run that ends far from where it began."""
    for run in runs:
        if grown := growth(run.recording.points):
            step = " (--set gamma=…)" if "gamma" in header_of(run.recording).params else ""
            yield f"{run.label} diverges: {grown}; a smaller step may help{step}"


def points_report(columns: Mapping[str, Iterable[float]]) -> Iterator[RenderableType]:
    """The table of points with these columns, one line each; of many the first and the last."""
    rows = [[_number(value) for value in row] for row in zip(*columns.values(), strict=True)]
    table = FittedTable(tuple(columns), right=range(len(columns)), spare=range(len(columns) - 1, 0, -1))
    many = len(rows) > 2 * _SHOWN
    for row in rows[:_SHOWN] if many else rows:
        table.add_row(*row)
    if many:
        table.add_row(*["…" for _ in columns])
        for row in rows[-_SHOWN:]:
            table.add_row(*row)
    yield table
    yield f"{len(rows)} points"


def _number(value: float) -> str:
    return value_text(value) if isinstance(value, float) else count_text(value)


def dry_report(
    header: Header,
    messages: Sequence[MessageRow],
    memory_bytes: int,
    schedules: Mapping[str, tuple[float, float]],
) -> Iterator[RenderableType]:
    """The report before a run: parameters, compressors, constants, each message with its expected number and bits."""
    yield f"{header.algorithm} on {header.problem}: {_nodes(header)}, d = {header.d}, {header.rounds} rounds"
    values = FittedTable(("name", "value"))
    for name, text in header.compressors.items():
        values.add_row(name, text)
    for name, value in header.params.items():
        values.add_row(name, value_text(value))
    for name, (first, last) in schedules.items():
        values.add_row(name, f"{value_text(first)} in the first round, {value_text(last)} in the last")
    for name, value in header.constants.items():
        values.add_row(name, value_text(value))
    yield values
    headings = ("line", "when", "message", "codec", "bits each", "copies", "bits")
    table = FittedTable(headings, right=(0, 4, 5, 6), spare=(5, 4, 1, 3))
    for row in messages:
        when = "once" if row.in_init else "per round"
        cells = (
            str(row.line),
            f"{when}, {row.note}" if row.note else when,
            f"{row.route}: {row.name}",
            row.codec,
        )
        table.add_row(*cells, bits_text(row.bits), value_text(row.copies), bits_text(row.bits * row.copies))
    yield table
    yield f"memory: {memory_text(memory_bytes)} a process, {header.ranks} process{'es' * (header.ranks > 1)}"


def _nodes(header: Header) -> str:
    return f"{header.n} nodes ({header.graph})" if header.graph else f"{header.n} nodes"


def _title(header: Header, last: Point) -> str:
    seconds = seconds_text(last.seconds)
    ranks = f", {header.ranks} ranks" if header.ranks > 1 else ""
    return (
        f"{header.algorithm} on {header.problem}: {_nodes(header)}, d = {header.d}, "
        f"{last.round} rounds in {seconds}{ranks}"
    )


def _metrics_table(first: Point, last: Point) -> FittedTable:
    table = FittedTable(("metric", "at round 0", f"at round {last.round}"), right=(1, 2), spare=(1,))
    for name, value in last.metrics.items():
        start = metric_text(first.metrics[name]) if name in first.metrics else ""
        table.add_row(words(name), start, metric_text(value))
    table.add_row("sample gradients per node", "", count_text(last.oracle_calls))
    return table


def directions_table(header: Header, last: Point) -> FittedTable:
    """The bits up and down at a point, in total, per node, and per node and round."""
    headings = ("bits", "total", "per node", "per node and round")
    table = FittedTable(headings, right=(1, 2, 3), spare=(1, 3))
    rounds = max(1, last.round)
    papers = (("up, as papers count", last.bits_paper), ("down, as papers count", last.bits_paper_down))
    for name, bits in (("up", last.bits_up), ("down", last.bits_down), *papers):
        table.add_row(name, bits_text(bits), bits_text(bits / header.n), bits_text(bits / header.n / rounds))
    table.add_row("down, broadcasts counted once", bits_text(last.bits_down_broadcast), "", "")
    if last.bits_shared:
        table.add_row("had shared draws been sent", bits_text(last.bits_shared), "", "")
    return table


def messages_table(messages: Sequence[MessageTotal]) -> FittedTable:
    """The totals of each message statement."""
    total = sum(message.bits for message in messages) or 1
    headings = ("line", "message", "codec", "messages", "bits", "share")
    table = FittedTable(headings, right=(0, 3, 4, 5), spare=(3, 5, 2))
    for m in messages:
        share = f"{100 * m.bits / total:.1f} %"
        table.add_row(str(m.line), f"{m.route}: {m.name}", m.codec, str(m.messages), bits_text(m.bits), share)
    return table


def _metric_names(drawn: Sequence[Curve]) -> list[str]:
    """The metrics of the last iterates: those of averages, which few methods return, would not fit beside them."""
    seen = [name for curve in drawn for name in curve.recordings[0].points[-1].metrics]
    return [name for name in dict.fromkeys(seen) if not name.endswith("_avg")]


def _metric_cell(name: str, points: Sequence[Point], rivals: Sequence[Sequence[Point]]) -> str | Text:
    """The median of a metric and its spread, in bold where it is the best of the rivals, if there are any."""
    from rich.text import Text

    values = [point.metrics[name] for point in points if name in point.metrics]
    if len(values) < len(points):
        return ""
    low, middle, high = SPREADS["median"][0](values)
    text = metric_text(middle)
    if len(values) > 1:
        text += f" ({metric_text(low)} to {metric_text(high)})"
    measured = [end for end in rivals if all(name in point.metrics for point in end)]
    best = best_of(name, (median(point.metrics[name] for point in end) for end in measured))
    return Text(text, style="bold") if middle == best else text


def _cost_cells(points: Sequence[Point], n: int) -> tuple[str, str, str, str]:
    up, down, gradients, seconds = (
        fmean(values)
        for values in zip(*((p.bits_up, p.bits_down, p.oracle_calls, p.seconds) for p in points), strict=True)
    )
    return bits_text(up / n), bits_text(down / n), count_text(gradients), seconds_text(seconds)
