"""JSON objects that `--json` prints: the result of a run, or the facts of `--dry` before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any

from ..execute.interface import Header, MessageRow, Recording
from ..tracing import header_record, summary_record

_SHOWN = ("algorithm", "problem", "n", "d", "seed", "params", "compressors", "ranks")


def result_record(recording: Recording) -> dict[str, Any]:
    """Header and summary of a run that ended, in one object; `stopped` says why if it was early."""
    assert recording.header is not None
    assert recording.summary is not None
    header = header_record(recording.header)
    summary = summary_record(recording.summary)
    del summary["type"]
    return {**{name: header[name] for name in _SHOWN}, **summary}


def dry_record(
    header: Header,
    messages: Sequence[MessageRow],
    memory_bytes: int,
    schedules: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """The header, schedules in the first and the last round, every message statement, and the memory that the run would
    take per process."""
    record = header_record(header)
    del record["type"]
    record["schedules"] = {
        name: [value if isfinite(value) else None for value in ends] for name, ends in schedules.items()
    }
    return {**record, "messages": [asdict(row) for row in messages], "memory_bytes": memory_bytes}
