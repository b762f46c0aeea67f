"""Rounds, and seconds, until an accuracy by guarantees: as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..execute.cost import Amount
from ..execute.rate import Rate
from ..execute.round_time import Seconds
from .accuracy import Accuracy
from .cost import amount_text
from .fitted import FittedTable
from .units import count_text, value_text


def rates_table(rates: Sequence[Rate], until: Accuracy, seconds: Sequence[Seconds] | None) -> FittedTable:
    """A line for each method: the theorem, what it bounds, the rounds, and their seconds where there is a network."""
    headings = (f"until {until.text}", "by", "bounds", "rounds", *(("seconds",) if seconds else ()))
    table = FittedTable(headings, right=(3, 4) if seconds else (3,), spare=(2, 1))
    times = [None] * len(rates) if seconds is None else [*_times(rates, seconds)]
    for rate, time in zip(rates, times, strict=True):
        taken = () if time is None else (amount_text(time, value_text),)
        table.add_row(rate.algorithm, rate.theorem, rate.measure, count_text(rate.rounds), *taken)
    return table


def rate_records(rates: Sequence[Rate], seconds: Sequence[Seconds] | None) -> Iterator[dict[str, Any]]:
    """Each rate as `--json` prints it, the seconds as [least, most]."""
    times = [None] * len(rates) if seconds is None else [*_times(rates, seconds)]
    for rate, time in zip(rates, times, strict=True):
        found: dict[str, Any] = {"theorem": rate.theorem, "bounds": rate.measure, "rounds": rate.rounds}
        yield found if time is None else {**found, "seconds": [time.least, time.most]}


def _times(rates: Sequence[Rate], seconds: Sequence[Seconds]) -> Iterator[Amount]:
    return (own.total * rate.rounds for rate, own in zip(rates, seconds, strict=True))
