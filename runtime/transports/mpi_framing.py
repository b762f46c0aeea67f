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

Move: TypeAlias = "Callable[[HostArray, Sequence[int], Sequence[int]], HostArray]"
"""One call of MPI: numbers to send, how many of them go to each rank, and how many come from each -> those that come."""

NOTHING: Sequence[Any] = ()


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

    def __init__(self, payloads: Sequence[Payload], move: Move) -> None:
        self._payloads, self._move = payloads, move
        self._fixed = None if any(payload.changes for payload in payloads) else _ends(payloads)

    def by(self, trip: Trip) -> Callable[[Sequence[Any]], list[Any]]:
        """`carry` by one trip, for many rounds."""
        ends = self._fixed
        if not ends:
            return partial(self.carry, trip=trip)
        out, into = _times(ends[-1], trip.out), _times(ends[-1], trip.into)
        return partial(self._in_slots, trip=trip, ends=ends, out=out, into=into)

    def carry(self, packed: Sequence[Any], trip: Trip) -> list[Any]:
        """The items as packed elsewhere, from the items packed here (none where this rank sends nothing)."""
        ends = _ends(self._payloads) if self._fixed is None else self._fixed
        if not ends:
            return self._by_lengths(packed, trip)
        return self._in_slots(packed, trip, ends, _times(ends[-1], trip.out), _times(ends[-1], trip.into))

    def _in_slots(
        self, packed: Sequence[Any], trip: Trip, ends: Sequence[int], out: Sequence[int], into: Sequence[int]
    ) -> list[Any]:
        """`carry` by one call, which sends `out` bytes to each rank and gets `into` from each."""
        sent = self._written(packed, ends) if packed else _NO_BYTES
        if trip.arranged is not None and packed:
            sent = sent[trip.arranged]
        received = self._move(sent, out, into)
        if trip.rows is None:
            return []
        room, first, found = received.reshape(sum(trip.into), ends[-1]), 0, []
        for payload, end in zip(self._payloads, ends, strict=True):
            found.append(payload.read(room[:, first:end], trip.rows))
            first = end
        return found

    def _written(self, packed: Sequence[Any], ends: Sequence[int]) -> HostArray:
        """The matrix of the packed rows."""
        room = np.empty((self._payloads[0].rows(packed[0]), ends[-1]), np.uint8)
        first = 0
        for payload, part, end in zip(self._payloads, packed, ends, strict=True):
            payload.write(part, room[:, first:end])
            first = end
        return room

    def _by_lengths(self, packed: Sequence[Any], trip: Trip) -> list[Any]:
        """`carry` by two calls: the lengths of messages, row by row and item by item, then the messages end to end."""
        items = len(self._payloads)
        written = [p.encode(part) for p, part in zip(self._payloads, packed, strict=bool(packed))]
        arranged = trip.arranged
        order = range(len(written[0]) if written else 0) if arranged is None else arranged.tolist()
        sent = [messages[row] for row in order for messages in written]
        lengths = np.fromiter(map(len, sent), np.int64, len(sent))
        theirs = self._move(lengths, _times(items, trip.out), _times(items, trip.into))
        data = np.frombuffer(bytearray().join(sent), np.uint8)
        received = self._move(data, _sums(lengths, trip.out, items), _sums(theirs, trip.into, items))
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
