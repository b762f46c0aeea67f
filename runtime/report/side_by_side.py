"""Several runs side by side: what was set otherwise, and what each came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.records import record

from ..execute.interface import Header, Point
from ..identity import identity_of
from ..store import Stored
from .fitted import FittedTable
from .metrics import words
from .units import bits_text, count_text, metric_text, seconds_text

if TYPE_CHECKING:
    from rich.console import RenderableType

_DERIVED = ("type", "algorithm", "spec_hash", "samples", "constants")
"""Parts of a header's record that the rows hold in another form, or that follow from them."""
_SPEC = "spec text"
_ABSENT = "-"
_COSTS: Mapping[str, tuple[str, Callable[[float], str]]] = {
    "bits_up": ("up/node", bits_text),
    "bits_down": ("down/node", bits_text),
    "oracle_calls": ("gradients/node", count_text),
    "seconds": ("time", seconds_text),
}
"""Costs of a point: their names and forms in a table, bits as those of a node in the mean."""


@record
class SideBySide:
    """Runs by name, and of each a value by row: settings of which not all have the same, and those of the end, metrics and
    costs (totals over nodes, as traces count) of the last point; None where a run has none."""

    names: tuple[str, ...]
    settings: Mapping[str, tuple[Any, ...]]
    ends: Mapping[str, tuple[Any, ...]]
    nodes: tuple[int, ...]

    def record(self) -> dict[str, Any]:
        """The comparison as JSON: rows with a value for each run, in the order of `runs`."""
        return {
            "runs": list(self.names),
            "settings": {name: list(row) for name, row in self.settings.items()},
            "ends": {name: list(row) for name, row in self.ends.items()},
        }

    def report(self) -> Iterator[RenderableType]:
        """A table of settings and one of ends, a column a run; where they do not fit, the last runs are left out."""
        yield self._table("setting", {name: map(_told, row) for name, row in self.settings.items()})
        if not self.settings:
            yield "no setting differs"
        yield self._table("end", dict(self._ends()))

    def _table(self, what: str, rows: Mapping[str, Any]) -> FittedTable:
        table = FittedTable((what, *self.names), spare=range(len(self.names), 1, -1))
        for name, row in rows.items():
            table.add_row(name, *row)
        return table

    def _ends(self) -> Iterator[tuple[str, list[str]]]:
        for name, row in self.ends.items():
            if name not in _COSTS:
                yield words(name), [metric_text(v) if isinstance(v, float) else _told(v) for v in row]
                continue
            title, form = _COSTS[name]
            parts = self.nodes if name.startswith("bits") else (1,) * len(row)
            found = zip(row, parts, strict=True)
            yield title, [_ABSENT if value is None else form(value / n) for value, n in found]


def side_by_side(runs: Sequence[Stored], names: Sequence[str]) -> SideBySide:
    """The comparison of stored runs under these names."""
    headers = [run.header for run in runs]
    settings = _rows([dict(_settings(header)) for header in headers])
    lasts = [run.recording.points[-1] if run.recording.points else None for run in runs]
    ends = _rows([_end(run, last) for run, last in zip(runs, lasts, strict=True)])
    return SideBySide(
        tuple(names),
        {
            name: row
            for name, row in settings.items()
            if len({*map(repr, row)}) > 1 and not _follows(name, settings)
        },
        ends,
        tuple(header.n for header in headers),
    )


def _settings(header: Header) -> Iterator[tuple[str, Any]]:
    """Everything that determines a run, flat, the method first."""
    yield "algorithm", header.algorithm
    yield _SPEC, sha256(header.spec.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    for name, value in identity_of(header).items():
        if isinstance(value, dict) and name not in _DERIVED:
            prefix = "" if name in ("params", "compressors") else f"{name} "
            yield from ((f"{prefix}{key}", own) for key, own in value.items())
        elif name not in _DERIVED:
            yield name, value


def _follows(name: str, settings: Mapping[str, tuple[Any, ...]]) -> bool:
    """True for texts of specs that differ only where the names of methods do."""
    methods = settings["algorithm"]
    return name == _SPEC and len({*zip(methods, settings[_SPEC], strict=True)}) == len({*methods})


def _end(run: Stored, last: Point | None) -> dict[str, Any]:
    found: dict[str, Any] = {"state": run.state, "rounds": run.rounds}
    if last is None:
        return found
    values = asdict(last)
    return found | last.metrics | {name: values[name] for name in _COSTS}


def _rows(columns: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Columns as rows; names in the order in which they come up."""
    names = dict.fromkeys(name for column in columns for name in column)
    return {name: tuple(column.get(name) for column in columns) for name in names}


def _told(value: Any) -> str:
    return _ABSENT if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
