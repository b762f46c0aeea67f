"""Names that tell the runs of a table or figure apart, and runs that differ by their seed alone taken together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cablese.dsl.text.records import record

from ..execute.interface import Header, Point, Recording
from ..execute.options import setting_name
from ..identity import placeless
from .units import value_text

_SPLIT_WITHOUT_CHANCE = ("contiguous", "by_label")


@record
class Labelled:
    """A run under the name that tells it from others on the same table or figure."""

    label: str
    recording: Recording


@record
class Curve:
    """The runs of one method and setting under different seeds, or one run, under a name that tells them from others."""

    label: str
    recordings: tuple[Recording, ...]
    name: str  # the label without its seeds and ends

    @property
    def header(self) -> Header:
        """The header of the first run."""
        return header_of(self.recordings[0])

    def steps(self, metric: str) -> Iterator[tuple[Point, ...]]:
        """Points of all runs after the same round that have a metric (any, if it is empty), to the first end of a run: where
        some have ended, the others alone would give another mean."""
        runs = [
            {point.round: point for point in run.points if not metric or metric in point.metrics}
            for run in self.recordings
        ]
        for round in sorted(set(runs[0]).intersection(*runs[1:])):
            yield tuple(points[round] for points in runs)


def labelled(recordings: Sequence[Recording]) -> tuple[Labelled, ...]:
    """Runs named by their algorithm and their early end, if so; equal names are told apart by settings that differ, else by
    number."""
    ends = [f", {end}" if (end := ending(recording)) else "" for recording in recordings]
    return tuple(
        Labelled(label + end, run)
        for label, end, run in zip(_names(recordings), ends, recordings, strict=True)
    )


def _names(recordings: Sequence[Recording]) -> list[str]:
    names = [header_of(recording).algorithm for recording in recordings]
    return [name if names.count(name) == 1 else _distinct(i, recordings) for i, name in enumerate(names)]


def _distinct(index: int, recordings: Sequence[Recording]) -> str:
    """The algorithm's name and what tells this run from the others of it: of what was set, if that is enough."""
    headers = [header_of(recording) for recording in recordings]
    own = headers[index]
    twins = [_values(h) for i, h in enumerate(headers) if h.algorithm == own.algorithm and i != index]
    given = {setting_name(s) for h in headers if h.algorithm == own.algorithm for s in h.settings}
    for names in (given, None):
        values = {k: v for k, v in _values(own).items() if names is None or k in names}
        if values and all(any(t.get(k) != v for k, v in values.items()) for t in twins):
            differing = [f"{k} = {v}" for k, v in values.items() if any(t.get(k) != v for t in twins)]
            return f"{own.algorithm} ({', '.join(differing)})"
    return f"{own.algorithm} #{index + 1}"


def _values(header: Header) -> dict[str, str]:
    """Compressors and params as texts."""
    return {**header.compressors, **{name: value_text(value) for name, value in header.params.items()}}


def curves(recordings: Sequence[Recording]) -> tuple[Curve, ...]:
    """Runs with at least one point, those that differ by their seed alone as one curve, in the order of their first."""
    groups: dict[str, list[Recording]] = {}
    for place, run in enumerate(run for run in recordings if run.points):
        key = _but_for_seed(header_of(run))
        if any(header_of(other).seed == header_of(run).seed for other in groups.get(key, ())):
            key += f" #{place}"
        groups.setdefault(key, []).append(run)
    firsts = [group[0] for group in groups.values()]
    alone = all(len(group) == 1 for group in groups.values())
    names = [run.label for run in labelled(firsts)] if alone else _names(firsts)
    return tuple(
        Curve(name if alone else _with_seeds(name, group), tuple(group), name)
        for name, group in zip(names, groups.values(), strict=True)
    )


def _with_seeds(name: str, group: Sequence[Recording]) -> str:
    ends = {run.points[-1].round for run in group}
    first = f" to round {min(ends)}, the first end" if len(ends) > 1 else ""
    return f"{name}, {len(group)} seed{'s' * (len(group) > 1)}{first}"


def _but_for_seed(header: Header) -> str:
    """The facts of a header that do not follow from the seed; splits by chance give other constants, and so other params."""
    bare = replace(placeless(header), seed=0, constants={}, samples=(), ranks=0, versions={})
    return repr(bare if header.split in _SPLIT_WITHOUT_CHANCE else replace(bare, params={}))


def header_of(recording: Recording) -> Header:
    """The header of a run."""
    assert recording.header is not None, "a recording starts with a header"
    return recording.header


def ending(recording: Recording) -> str:
    """The early end of a run in words; empty for a run that reached its last round, or has no summary."""
    summary = recording.summary
    if summary is None or not summary.stopped:
        return ""
    if not summary.failed:
        return f"stopped at round {summary.rounds}"
    return f"failed in round {summary.rounds}" if summary.last is not None else "failed in init"
