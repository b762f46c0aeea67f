"""A remark on runs whose points took longer than their rounds."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..execute.comparison import Entry
    from ..execute.loop import Loop

LONG = 5.0
"""Seconds of a run from which on there is something to save."""

_SHARE = 1 / 5  # of the time, which points would better take


def on_points(entries: Sequence[Entry]) -> str | None:
    """The remark on long runs whose points took more than half of the time, with a number of rounds between points that
    would do; None without such a run."""
    slow = [each for each in entries if _is_slow(each.prepared.loop)]
    if not slow:
        return None
    loops = [each.prepared.loop for each in slow]
    measuring = sum(loop.points.seconds for loop in loops)
    whole = measuring + sum(loop.seconds for loop in loops)
    names = ", ".join(dict.fromkeys(each.prepared.header.algorithm for each in slow))
    every = max(_wide(each.prepared.loop, each.options.interval) for each in slow)
    return (
        f"{names}: points took {measuring / whole:.0%} of {whole:.0f} s. With --every {every} they take about a fifth; "
        "--thin measures one metric more rarely."
    )


def _is_slow(loop: Loop) -> bool:
    return loop.points.seconds > loop.seconds and loop.points.seconds + loop.seconds >= LONG


def _wide(loop: Loop, interval: int) -> int:
    """Rounds between points, in two digits, with which these would take a fifth of the time."""
    needed = interval * loop.points.seconds / max(loop.seconds, 1e-9) * (1 - _SHARE) / _SHARE
    needed = min(needed, loop.schedule.rounds)
    unit = int(10 ** max(0, floor(log10(max(needed, 1))) - 1))
    return ceil(needed / unit) * unit
