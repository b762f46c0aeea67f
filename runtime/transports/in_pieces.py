"""Long dense vectors from the server to all, between ranks piece by piece: receivers begin before the sender has ended.

All ranks cut a vector alike, whether their programs compute pieces of it or the whole; no rank waits for one that receives
later. The pieces of a message come behind one another, as all collectives do.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.threads import inner
from .base import InPieces
from .dense_payload import DensePayload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .mpi import MpiTransport

PIECE, MOST_PIECES = 1 << 15, 64
"""The fewest entries of a piece, and the most pieces of a vector."""


class LongBroadcast:
    """The transfer of one long vector, at one rank."""

    def __init__(self, transport: MpiTransport, payload: DensePayload) -> None:
        self.transport, self.payload = transport, payload
        size = max(PIECE, -(-payload.d // MOST_PIECES))
        self.pieces = list(inner(slice(0, payload.d), size))
        self.moves = transport.begins()  # of the last message, piece by piece

    def __call__(self, *values: Any) -> Any:
        """As `Transport.transfer` has it."""
        return self.begin()(*values)

    def begin(self) -> InPieces:
        """Start a message."""
        return _Received(self) if self.transport.rank > 0 else _Sent(self)

    @cached_property
    def floats(self) -> HostArray:
        """The vector as it travels."""
        return np.empty(self.payload.d, f"<f{self.payload.float_bits // 8}")

    def move(self, piece: slice) -> None:
        """Let a piece go, or come."""
        sent = self.floats[piece].view(np.uint8)
        self.moves.add(self.transport.comm.Ibcast(sent, root=0))


class _OnItsWay(InPieces):
    """One message; `done` of its pieces were sent, or have come."""

    in_order = True

    def __init__(self, way: LongBroadcast) -> None:
        self.way, self.done = way, 0

    def __call__(self, *values: Any) -> Any:
        """The whole vector at once."""
        whole = slice(0, self.way.payload.d)
        self.arrive(whole)
        bound = self.of_columns(whole)(*values)
        self.leave(whole)
        return bound

    def up_to(self, columns: slice, *, whole: bool) -> list[slice]:
        """The pieces that are not done and lie before the end of these columns, as a whole or in part."""
        left = self.way.pieces[self.done :]
        found = [piece for piece in left if (piece.stop if whole else piece.start + 1) <= columns.stop]
        self.done += len(found)
        return found

    @abstractmethod
    def of_columns(self, columns: slice) -> Callable[..., Any]:
        """As `InPieces` has it."""


class _Sent(_OnItsWay):
    """At the server."""

    def __init__(self, way: LongBroadcast) -> None:
        super().__init__(way)
        way.moves.wait()  # whose vector this one takes the place of
        way.payload.count_calls(1, 1)
        self.chosen = way.transport.chosen(way.payload, 1)

    def of_columns(self, columns: slice) -> Callable[..., Any]:
        """See `InPieces`."""
        payload, floats = self.way.payload, self.way.floats[columns]

        def send(value: Any) -> Any:
            packed = payload.pack(value)
            if self.chosen is not None:
                payload.verify(payload.select(packed, self.chosen))
            floats[...] = payload.backend.to_host(packed.values[0, ...])
            return payload.unpack(packed)

        return send

    def leave(self, columns: slice) -> None:
        """See `InPieces`."""
        for piece in self.up_to(columns, whole=True):
            self.way.move(piece)


class _Received(_OnItsWay):
    """At any other rank."""

    def __init__(self, way: LongBroadcast) -> None:
        super().__init__(way)
        for piece in way.pieces:
            way.move(piece)

    def of_columns(self, columns: slice) -> Callable[..., Any]:
        """See `InPieces`."""
        return lambda: self.way.payload.received(self.way.floats[columns])

    def arrive(self, columns: slice) -> None:
        """See `InPieces`."""
        self.way.moves.wait(len(self.up_to(columns, whole=False)))

    def __call__(self, *values: Any) -> Any:
        """The whole vector; the next one gets other memory."""
        bound = super().__call__()
        del self.way.floats
        return bound
