"""Traces: JSON lines, one header, points, a summary; their records, and files of them read back exactly.

A file may hold several runs, one after another. Equal runs give equal bytes, `seconds` aside.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Any

from .errors import SetupError
from .execute.interface import COUNTS, Header, Point, Recording, Summary, epochs_of
from .files.reading import DATA_LIMIT, read_file

_LONGEST = 2**24  # bytes of a header

_counts_of = attrgetter(*COUNTS)


class TraceError(SetupError):
    """A file that should hold a trace cannot be read or holds something else."""


def header_record(header: Header) -> dict[str, Any]:
    """The header as a JSON object; values that are not finite are left out."""
    record = {"type": "header", **asdict(header)}
    record["params"] = _finite(header.params)
    record["constants"] = _finite(header.constants)
    for name in ("messages", "stop", "max_bits", "metrics", "thin"):
        if not record[name]:
            del record[name]
    return record


def point_record(point: Point) -> dict[str, Any]:
    """A point as a flat JSON object: counts, metrics, seconds. A metric that is not finite is absent."""
    counts = dict(zip(COUNTS, _counts_of(point), strict=True))
    sent = {"sent": _packed(point.sent)} if point.sent else {}
    return {"type": "point", **counts, **sent, **_finite(point.metrics), "seconds": point.seconds}


def summary_record(summary: Summary) -> dict[str, Any]:
    """The summary as a JSON object; `last` is the last point, flat, where there is one."""
    record: dict[str, Any] = {"type": "summary", "rounds": summary.rounds}
    if summary.last is not None:
        last = point_record(summary.last)
        record["last"] = {name: value for name, value in last.items() if name != "type"}
    record["messages"] = [asdict(total) for total in summary.messages]
    if summary.stopped:
        record["stopped"] = summary.stopped
    if summary.failed:
        record["failed"] = True
    return {**record, "seconds": summary.seconds}


def _packed(sent: Sequence[tuple[int, int]]) -> list[int | tuple[int, int]]:
    """Times and bits of messages as a line holds them: the most times, then of each message its bits, with its times where
    these are fewer; 0 alone for none of either."""
    most = max(times for times, _ in sent)
    alike = {(most, bits): bits for times, bits in sent if times == most and bits} | {(0, 0): 0}
    return [most, *(alike.get(entry, entry) for entry in sent)]


def _unpacked(packed: object) -> list[object]:
    """The inverse of `_packed`."""
    if not isinstance(packed, list) or not packed:
        raise ValueError("`sent` is no list of numbers")
    most, *entries = packed
    return [entry if isinstance(entry, list) else [most if entry else 0, entry] for entry in entries]


def read_traces(path: Path) -> tuple[Recording, ...]:
    """Every run in a trace file, in order; a run that was cut off has no summary.

    A last line that a kill left half written is ignored. Raises TraceError for anything else that is not a trace.
    """
    runs: list[Recording] = []
    for number, record in _records(path):
        try:
            _keep(runs, record)
        except ValueError as error:
            raise TraceError(f"{path}:{number}: this is not part of a trace: {_first_line(error)}.") from None
    if not runs:
        raise TraceError(f"{path} holds no run: it has no header line. Was the run stopped before it began?")
    return tuple(runs)


def read_trace(path: Path) -> Recording:
    """The one run in a trace file. Raises TraceError when it holds several (`read_traces` takes those)."""
    runs = read_traces(path)
    if len(runs) > 1:
        raise TraceError(f"{path} holds {len(runs)} runs, where one was expected.")
    return runs[0]


def read_header(path: Path) -> Header | None:
    """The header that a trace begins with; None where it has none that can be read."""
    try:
        with path.open("rb") as stream:
            record = json.loads(stream.readline(_LONGEST))
        kind = record.pop("type", None)
        return _validator(Header)(record) if kind == "header" else None
    except (OSError, ValueError, AttributeError, TypeError):
        return None


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = read_file(path, DATA_LIMIT).decode("utf-8").split("\n")
    except OSError as error:
        raise TraceError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise TraceError(f"{path} is not a trace: it is not UTF-8 text.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError:
            if number == len(lines):  # no newline after it: the writer was killed half way
                return
            raise TraceError(f"{path}:{number}: not JSON; a trace has one object a line.") from None


def point_of(record: Mapping[str, Any]) -> Point:
    """The point of a record, as `point_record` makes it. Raises ValueError."""
    return _point({name: value for name, value in record.items() if name != "type"})


def _keep(runs: list[Recording], record: object) -> None:
    if not isinstance(record, dict) or "type" not in record:
        raise ValueError("it has no `type`")
    content = {name: value for name, value in record.items() if name != "type"}
    match record["type"]:
        case "header":
            runs.append(Recording(header=_validator(Header)(content)))
        case "point":
            run = _current(runs)
            run.points.append(_with_epochs(_point(content), content, run.header))
        case "summary":
            run, last = _current(runs), content.get("last")
            if last is not None:
                last = asdict(_with_epochs(_point(last), last, run.header))
            run.summary = _validator(Summary)({**content, "last": last})
        case other:
            raise ValueError(f"its type {other!r} is unknown")


def _current(runs: list[Recording]) -> Recording:
    if not runs:
        raise ValueError("a header comes first")
    return runs[-1]


def _with_epochs(point: Point, content: Mapping[str, Any], header: Header | None) -> Point:
    """The point; traces that were written before points had their epochs get them."""
    if header is None or "epochs" in content:
        return point
    return replace(point, epochs=epochs_of(point.oracle_calls * header.n, header.samples))


def _point(content: dict[str, Any]) -> Point:
    known = {name: content[name] for name in (*COUNTS, "seconds", "sent") if name in content}
    metrics = {name: value for name, value in content.items() if name not in known}
    if "sent" in known:
        known["sent"] = _unpacked(known["sent"])
    return _validator(Point)({**known, "metrics": metrics})  # type: ignore[no-any-return]


@cache
def _validator(record: type) -> Callable[[dict[str, Any]], Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(record).validate_python


def _finite(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if isfinite(value)}


def _first_line(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"`{'.'.join(str(part) for part in first['loc'])}`: {first['msg'].lower()}"
