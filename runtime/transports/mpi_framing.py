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
        return self._in_slots(trip, self._fixed).carry if self._fixed else partial(self.carry, trip=trip)

    def carry(self, packed: Sequence[Any], trip: Trip) -> list[Any]:
        """The items as packed elsewhere, from the items packed here (none where this rank sends nothing)."""
        ends = _ends(self._payloads) if self._fixed is None else self._fixed
        return self._in_slots(trip, ends).carry(packed) if ends else self._by_lengths(packed, trip)

    def behind(self, trip: Trip) -> Carry:
        """`carry` by one trip where this rank sends nothing, with what is packed here ahead of what comes."""
        if self._fixed:
            return self._in_slots(trip, self._fixed).behind

        def carry(own: Sequence[Any]) -> list[Any]:
            found = self.carry(NOTHING, trip)
            each = zip(self._payloads, own, found, strict=True) if own else ()
            return [payload.join(*both) for payload, *both in each] or found

        return carry

    def _in_slots(self, trip: Trip, ends: Sequence[int]) -> Slot | Slots:
        width = ends[-1]
        is_long = width >= LONG_SLOT
        ways = self._ways_of_long if is_long else self._ways
        move = ways(_times(width, trip.out), _times(width, trip.into))
        if len(ends) > 1:
            return Slots(self._payloads, ends, trip, move)
        payload = self._payloads[0]
        # who sends a long one goes on, and may change what was sent
        return Slot(payload, payload.written_apart if is_long else payload.written, width, trip, move)

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


class Slot:
    """Trips of one item, whose messages are rows of `width` bytes, by one call each."""

    def __init__(
        self, payload: Payload, written: Callable[[Any], HostArray], width: int, trip: Trip, move: Move
    ) -> None:
        """`written`: the rows of a packed item."""
        self._payload, self._write, self._move = payload, written, move
        self._rows, self._arranged, self._shape = trip.rows, trip.arranged, (sum(trip.into), width)

    def carry(self, packed: Sequence[Any]) -> list[Any]:
        """As `Frame.carry` has it."""
        received = self._move(self._written(packed[0]) if packed else _NO_BYTES)
        if self._rows is None:
            return []
        return [self._payload.read(received.reshape(self._shape), self._rows)]

    def behind(self, own: Sequence[Any]) -> list[Any]:
        """As `Frame.behind` has it."""
        if not own or self._rows is None:
            return self.carry(NOTHING)
        room = self._move(_NO_BYTES).reshape(self._shape)
        return [self._payload.read_behind(own[0], room, self._rows)]

    def _written(self, packed: Any) -> HostArray:
        room = self._write(packed)
        return room if self._arranged is None else room[self._arranged]


class Slots:
    """Trips of several items side by side, in columns that end at `ends`, by one call each."""

    def __init__(self, payloads: Sequence[Payload], ends: Sequence[int], trip: Trip, move: Move) -> None:
        self._move, self._rows, self._arranged = move, trip.rows, trip.arranged
        self._shape = sum(trip.into), ends[-1]
        self._items = list(zip(payloads, map(slice, (0, *ends), ends), strict=True))

    def carry(self, packed: Sequence[Any]) -> list[Any]:
        """As `Frame.carry` has it."""
        received = self._move(self._written(packed) if packed else _NO_BYTES)
        if self._rows is None:
            return []
        room, rows = received.reshape(self._shape), self._rows
        return [payload.read(room[:, own], rows) for payload, own in self._items]

    def behind(self, own: Sequence[Any]) -> list[Any]:
        """As `Frame.behind` has it."""
        if not own or self._rows is None:
            return self.carry(NOTHING)
        room, rows = self._move(_NO_BYTES).reshape(self._shape), self._rows
        each = zip(self._items, own, strict=True)
        return [payload.read_behind(first, room[:, part], rows) for (payload, part), first in each]

    def _written(self, packed: Sequence[Any]) -> HostArray:
        room = np.empty((self._items[0][0].rows(packed[0]), self._shape[1]), np.uint8)
        for (payload, own), part in zip(self._items, packed, strict=True):
            payload.write(part, room[:, own])
        return room if self._arranged is None else room[self._arranged]


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
