"""The bytes of one message statement between ranks: messages in slots of a matrix, or a stream that lengths go ahead of.

Rows are in node order. In a matrix (rows, stride) each item has its columns, as wide as its longest message: what one rank
sends and another receives is the matrix itself, in one call. Only where nothing bounds an item's length closely do lengths
travel first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from cablese.dsl.text.records import record

from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.streams import Rows

Move: TypeAlias = "Callable[[HostArray], HostArray]"
"""One call of MPI: numbers to send -> those that come."""

Ways: TypeAlias = "Callable[[Sequence[int], Sequence[int]], Move]"
"""Counts of the numbers that go to each rank, and of those that come from each -> the call that moves them."""

Carry: TypeAlias = "Callable[[Sequence[Any]], list[Any]]"
"""The items as packed here (none where this rank sends nothing) -> those packed elsewhere that come."""

NOTHING: Sequence[Any] = ()

LONG_SLOT = 1 << 15
"""Bytes of a row from which on its sender had better not wait until it is received."""


@record
class Trip:
    """The way of rows: how many go to each rank (`out`) and come from each (`into`), and which those are that come, if any.

    `arranged`: the rows written here in the order in which they are sent, if they are sent in another one or repeatedly.
    """

    out: Sequence[int] = ()
    into: Sequence[int] = ()
    rows: Rows | None = None
    arranged: HostArray | None = None


class Frame:
    """The items of one message statement, on their way by one kind of call."""

    def __init__(self, payloads: Sequence[Payload], ways: Ways, ways_of_long: Ways | None = None) -> None:
        """`ways_of_long`: the calls for long messages in slots, of which every rank knows that they are."""
        self._payloads, self._ways, self._ways_of_long = payloads, ways, ways_of_long or ways
        self._fixed = None if any(payload.changes for payload in payloads) else _ends(payloads)

    def by(self, trip: Trip) -> Carry:
        """`carry` by one trip, for many rounds."""
        return self._in_slots(trip, self._fixed) if self._fixed else partial(self.carry, trip=trip)

    def carry(self, packed: Sequence[Any], trip: Trip) -> list[Any]:
        """The items as packed elsewhere, from the items packed here (none where this rank sends nothing)."""
        ends = _ends(self._payloads) if self._fixed is None else self._fixed
        return self._in_slots(trip, ends)(packed) if ends else self._by_lengths(packed, trip)

    def _in_slots(self, trip: Trip, ends: Sequence[int]) -> Carry:
        """`carry` by one call."""
        width, rows, arranged, coming = ends[-1], trip.rows, trip.arranged, sum(trip.into)
        columns = list(map(slice, (0, *ends), ends))
        items = list(zip(self._payloads, columns, strict=True))
        ways = self._ways if width < LONG_SLOT else self._ways_of_long
        move = ways(_times(width, trip.out), _times(width, trip.into))

        def write(packed: Sequence[Any]) -> HostArray:
            room = np.empty((self._payloads[0].rows(packed[0]), width), np.uint8)
            for (payload, own), part in zip(items, packed, strict=True):
                payload.write(part, room[:, own])
            return room if arranged is None else room[arranged]

        def carry(packed: Sequence[Any]) -> list[Any]:
            received = move(write(packed) if packed else _NO_BYTES)
            if rows is None:
                return []
            room = received.reshape(coming, width)
            found = []
            for payload, own in items:
                found.append(payload.read(room[:, own], rows))
            return found

        return carry

    def _by_lengths(self, packed: Sequence[Any], trip: Trip) -> list[Any]:
        """`carry` by two calls: the lengths of messages, row by row and item by item, then the messages end to end."""
        items = len(self._payloads)
        written = [p.encode(part) for p, part in zip(self._payloads, packed, strict=bool(packed))]
        arranged = trip.arranged
        order = range(len(written[0]) if written else 0) if arranged is None else arranged.tolist()
        sent = [messages[row] for row in order for messages in written]
        lengths = np.fromiter(map(len, sent), np.int64, len(sent))
        theirs = self._ways(_times(items, trip.out), _times(items, trip.into))(lengths)
        data = np.frombuffer(bytearray().join(sent), np.uint8)
        received = self._ways(_sums(lengths, trip.out, items), _sums(theirs, trip.into, items))(data)
        if trip.rows is None:
            return []
        blob, ends = received.tobytes(), np.cumsum(theirs).tolist()
        messages = [blob[end - size : end] for end, size in zip(ends, theirs.tolist(), strict=True)]
        return [
            payload.receive(messages[item::items], trip.rows) for item, payload in enumerate(self._payloads)
        ]


_NO_BYTES = np.zeros(0, np.uint8)


def _times(width: int, counts: Sequence[int]) -> list[int]:
    return [width * count for count in counts]


def _ends(payloads: Sequence[Payload]) -> list[int]:
    """The column behind each item's slot; empty where an item has none."""
    ends, end = [], 0
    for payload in payloads:
        slot = payload.slot
        if slot is None:
            return []
        end += slot
        ends.append(end)
    return ends


def _sums(lengths: HostArray, counts: Sequence[int], items: int) -> list[int]:
    """Bytes of each rank's messages, from the lengths of all in order."""
    ends = np.cumsum([0, *(items * count for count in counts)])
    sums = np.append(0, np.cumsum(lengths))
    return np.diff(sums[np.minimum(ends, len(lengths))]).tolist() if counts else []
