"""Replayed runs as a table, as JSON, and as a figure of seconds to an accuracy against bandwidth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from ..execute import network_errors as errors
from ..execute.interface import Recording
from ..execute.network import Links, break_even
from ..execute.replay import Replayed, Spent
from .accuracy import Accuracy
from .fitted import FittedTable
from .labels import Labelled
from .plot import lines_figure
from .rates import rates_text
from .units import value_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

SPEEDS = tuple(10 ** (power / 8) for power in range(-24, 25))
"""Times that links are as fast as given, in the figure: a thousandth to a thousand times."""


def replay_report(
    runs: Sequence[Labelled], replayed: Sequence[Replayed], links: Links, until: Accuracy | None = None
) -> Iterator[RenderableType]:
    """A line for each run: its seconds by what takes them, and those until an accuracy; for each two the links with which
    both take as long until then."""
    headings = ["predicted seconds", "rounds", "gradients", "latency", "up", "down", "together"]
    if until is not None:
        headings.append(f"until {until.text}")
    numbers = range(1, len(headings))
    table = FittedTable(headings, right=numbers, spare=(3, 2, 4, 5, 1))
    for run, own in zip(runs, replayed, strict=True):
        cells = [value_text(part) for part in _parts(own.total).values()]
        last = str(run.recording.points[-1].round)
        table.add_row(run.label, last, *cells, *([] if until is None else [_until_text(own, until)]))
    yield table
    if until is not None and len(runs) > 1:
        lines = list(_break_evens(runs, replayed, links, until))
        if lines:
            yield "\n".join(lines)


def _break_evens(
    runs: Sequence[Labelled], replayed: Sequence[Replayed], links: Links, until: Accuracy
) -> Iterator[str]:
    """A line for each two runs that reach the accuracy."""
    ends = ((run, own.reached(until.metric, until.bound)) for run, own in zip(runs, replayed, strict=True))
    reached = [(run, end[1].parts) for run, end in ends if end is not None]
    for (one, first), (other, second) in combinations(reached, 2):
        times = break_even(first, second)
        if times is None:
            ahead = one if first <= second else other
            behind = other if ahead is one else one
            yield f"{ahead.label} is there before {behind.label} with any links, or as soon"
            continue
        fewer, more = (one, other) if first[1] < second[1] else (other, one)
        headers = (run.recording.header for run in (one, other))
        rates = rates_text(links.faster(times), {bool(h.graph) for h in headers if h is not None})
        yield f"{fewer.label} is there before {more.label} below {rates}, and after it above"


def replay_records(
    runs: Sequence[Labelled], replayed: Sequence[Replayed], until: Accuracy | None
) -> list[dict[str, Any]]:
    """The same as `--json` prints it, with the seconds until each point."""
    return [_record(run, own, until) for run, own in zip(runs, replayed, strict=True)]


def _record(run: Labelled, own: Replayed, until: Accuracy | None) -> dict[str, Any]:
    assert run.recording.header is not None, "a recording starts with a header"
    record: dict[str, Any] = {
        "algorithm": run.recording.header.algorithm,
        "run": run.label,
        "seconds": _parts(own.total),
        "points": [
            {"round": point.round, "seconds": spent.total}
            for point, spent in zip(run.recording.points, own.spent, strict=True)
        ],
    }
    if until is not None:
        found = own.reached(until.metric, until.bound)
        record["until"] = None if found is None else {"round": found[0].round, "seconds": found[1].total}
    return record


def _parts(spent: Spent) -> dict[str, float]:
    return {
        "gradients": spent.computing,
        "latency": spent.waiting,
        "up": spent.up,
        "down": spent.down,
        "total": spent.total,
    }


def _until_text(own: Replayed, until: Accuracy) -> str:
    found = own.reached(until.metric, until.bound)
    return "never" if found is None else value_text(found[1].total)


def bandwidth_figure(
    runs: Sequence[Labelled],
    links: Links,
    replayed: Callable[[Recording, Links], Replayed],
    until: Accuracy,
) -> Figure:
    """Seconds until an accuracy against the rate of the links, all scaled alike; runs that do not reach it are left out."""
    base, across = rate_of(links)
    curves = {}
    for run in runs:
        found = [replayed(run.recording, links.faster(speed)) for speed in SPEEDS]
        reached = [own.reached(until.metric, until.bound) for own in found]
        if reached[0] is not None:
            curves[run.label] = [end[1].total for end in reached if end is not None]
    if not curves:
        raise errors.never_reached(until.text)
    rates = [base * speed for speed in SPEEDS]
    return lines_figure(rates, curves, across, f"seconds until {until.text}")


def rate_of(links: Links) -> tuple[float, str]:
    """The rate by which figures name a network, and its axis."""
    if links.up is not None:
        return links.up, "rate at which the server receives (bit/s)"
    assert links.edge is not None, "a network has links"
    return links.edge.value, "rate of an edge (bit/s)"
