"""Settings of curves as tables: those that differ, a column for each, and those that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..execute.interface import Header
from ..report.fitted import FittedTable
from ..report.labels import Curve, header_of
from ..report.units import count_text, value_text
from .levels import name_of

_ABSENT = "–"
_CONSTANT = " of the problem"


def settings_tables(curves: Sequence[Curve]) -> Iterator[str | FittedTable]:
    """The tables; the first, with a heading of its own, is missing where nothing differs."""
    columns = [dict(_settings(curve)) for curve in curves]
    found = dict.fromkeys(name for column in columns for name in column)
    names = sorted(found, key=lambda name: name.endswith(_CONSTANT))
    rows = {name: [column.get(name, _ABSENT) for column in columns] for name in names}
    differ = {name: row for name, row in rows.items() if len({*row}) > 1}
    if differ:
        yield _table("differs", [name_of(curve) for curve in curves], differ)
    shared = {name: row[:1] for name, row in rows.items() if name not in differ}
    yield _table("the same for all" if len(curves) > 1 else "name", ["value"], shared)


def _table(what: str, labels: Sequence[str], rows: Mapping[str, Sequence[str]]) -> FittedTable:
    table = FittedTable((what, *labels))
    for name, row in rows.items():
        table.add_row(name, *row)
    return table


def _settings(curve: Curve) -> Iterator[tuple[str, str]]:
    """The settings of the first run of a curve, and the seeds of all."""
    header = curve.header
    yield "source", header.source
    yield from header.compressors.items()
    yield from ((name, value_text(value)) for name, value in header.params.items())
    if header.settings:
        yield "set", ", ".join(header.settings)
    yield from _of_run(header)
    yield from ((f"{name}{_CONSTANT}", value_text(value)) for name, value in header.constants.items())
    seeds = [header_of(run).seed for run in curve.recordings]
    yield "seed", str(seeds[0]) if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"


def _of_run(header: Header) -> Iterator[tuple[str, str]]:
    yield "problem", header.problem
    yield "n", str(header.n)
    yield "d", count_text(header.d)
    yield "samples of a node", _range(header.samples)
    yield "rounds", count_text(header.rounds)
    yield "measured every", f"{header.every} round{'s' * (header.every > 1)}"
    yield "split", header.split
    yield "output", header.output
    others = {
        "graph": header.graph,
        "stop": header.stop,
        "groups": header.groups,
        "most bits": header.max_bits,
    }
    yield from ((name, str(value)) for name, value in others.items() if value)
    yield "floats", f"{header.dtype}, in messages {header.wire}"
    yield "device", header.device
    yield "ranks", str(header.ranks)


def _range(samples: Sequence[int]) -> str:
    least, most = min(samples, default=0), max(samples, default=0)
    return count_text(most) if least == most else f"{count_text(least)} to {count_text(most)}"
