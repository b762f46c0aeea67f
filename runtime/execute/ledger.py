"""The ledger of a run: totals of every message statement so far, by direction, from the payloads that counted them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import groupby
from typing import TypeAlias

from cablese.dsl.check.program import Route
from cablese.dsl.plan.instructions import Transfer
from cablese.dsl.text.records import record

from ..transports.fanout_totals import FanoutTotals
from ..transports.payloads import Payload
from .interface import ADDED_UP, MessageTotal

COLUMNS = 4
"""Number of totals that an entry has."""

Row: TypeAlias = "tuple[int, ...]"
"""An entry's totals, as `Entry.totals` has them."""


@record
class Entry:
    """One item of one message statement."""

    transfer: Transfer
    payload: Payload
    receivers: int  # number that each encoded message has: n for a broadcast
    fanout: FanoutTotals | None = (
        None  # totals of a message whose receivers are neighbours, or the nodes of a group
    )

    @property
    def up(self) -> bool:
        """True for an uplink."""
        return self.transfer.route in (Route.NODE_TO_SERVER, Route.NODE_TO_ALL)

    def totals(self) -> Row:
        """Totals so far: messages, bits, bits by the papers' convention, and bits with every message counted once."""
        payload, fanout = self.payload, self.fanout
        if fanout is None:
            bits = payload.bits()
            return payload.messages, bits, payload.paper(), bits
        return fanout.messages, fanout.bits, fanout.paper, fanout.once


class Ledger:
    """The entries of a run's message statements, in the order of the spec."""

    def __init__(self, entries: Sequence[Entry], times: list[int], added: Container[int]) -> None:
        """`times`, which grows: how often each message statement of the plan was sent, by number. `added`: the numbers of
        those that can be added up on their way to the server."""
        self.entries, self._times, self._added = tuple(entries), times, added
        self._messages = [list(own) for _, own in groupby(range(len(self.entries)), self._message_of)]
        self._numbers = [self.entries[places[0]].transfer.number for places in self._messages]
        self._told = [(0, 0) for _ in self._messages]
        neighbours = Route.NODE_TO_NEIGHBORS
        self._ways = [
            (entry.receivers, entry.up or entry.transfer.route is neighbours, not entry.up)
            for entry in self.entries
        ]

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message: its route, and the names of its items."""
        found = []
        for places in self._messages:
            names = ", ".join(self.entries[place].payload.name for place in places)
            number, route = self._message_of(places[0])
            added = number in self._added and route is Route.NODE_TO_SERVER
            found.append(f"{route.value}{ADDED_UP if added else ''}: {names}")
        return tuple(found)

    @property
    def told(self) -> tuple[tuple[int, int], ...]:
        """Times and bits of every message when they were last asked for."""
        return tuple(self._told)

    @property
    def times(self) -> tuple[int, ...]:
        """Times that each message statement was sent."""
        return tuple(self._times)

    def go_on(self, times: Sequence[int], told: Sequence[tuple[int, int]]) -> None:
        """Count on from these times, and tell of messages since `told`."""
        self._times[:], self._told = list(times), [(number, bits) for number, bits in told]

    def sent(self, rows: Sequence[Row]) -> tuple[tuple[int, int], ...]:
        """Times that every message was sent, and its bits at receivers, since this was last asked; the rows are added up
        over ranks."""
        before, self._told = self._told, []
        found = []
        for places, number, (times, bits) in zip(self._messages, self._numbers, before, strict=True):
            now, total = self._times[number], 0
            for place in places:
                total += rows[place][1] * self._ways[place][0]
            self._told.append((now, total))
            found.append((now - times, total - bits))
        return tuple(found)

    def _message_of(self, place: int) -> tuple[int, Route]:
        """Items of a statement that travel the same way are one message."""
        transfer = self.entries[place].transfer
        return transfer.number, transfer.route

    def rows(self) -> list[Row]:
        """This process's totals of each entry."""
        return [entry.totals() for entry in self.entries]

    def totals(self, rows: Sequence[Row]) -> tuple[int, int, int, int, int]:
        """Sums of rows that were added up over ranks: bits up, down, and down with every broadcast once; up and down by the
        papers' convention."""
        up = down = broadcast = paper = paper_down = 0
        for (receivers, is_up, is_down), (_, bits, papers, once) in zip(self._ways, rows, strict=True):
            if is_up:
                up += bits
                paper += papers
            if is_down:
                down += bits * receivers
                broadcast += once
                paper_down += papers * receivers
        return up, down, broadcast, paper, paper_down

    def per_message(self, rows: Sequence[Row]) -> tuple[MessageTotal, ...]:
        """One row for each item of each message statement."""
        return tuple(
            MessageTotal(
                entry.transfer.span.line,
                entry.transfer.route.value,
                entry.payload.name,
                entry.payload.description,
                messages * entry.receivers,
                bits * entry.receivers,
            )
            for entry, (messages, bits, *_) in zip(self.entries, rows, strict=True)
        )
