"""A message item on the wire: value -> packed form -> bytes and back, and the bits that this takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from cablese.dsl.text.diagnostics import InternalError

from ..chance.streams import Rows
from ..codecs.messages import join, whole_bytes

if TYPE_CHECKING:
    from ..codecs.messages import Bytes

Packer: TypeAlias = Callable[[Sequence[Any]], list[Any]]
"""The values of a message's items (none where this process sends nothing) -> what is sent, packed."""


class Payload(ABC):
    """One message item, with its running totals.

    `family`: one message a row, else a single one. `fixed_bits` is the length of every message if all are alike.
    Totals count messages as encoded: a broadcast once.
    """

    family: bool
    description: str
    fixed_bits: int | None
    paper_bits: int | None  # length of every message as papers count it, if all are alike
    changes = False  # True where the codec is another one in each round, and with it the slot
    binds_packet = False  # True where the packet is bound beside the value, since a receiver sends it on
    due = 0  # the call at which some of its messages are checked next, see `WireCheck`

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages = 0
        self.calls = 0
        self.varying_bits: Any = 0  # bits of messages whose length varies
        self.varying_paper_bits: Any = 0  # bits of messages that papers do not count alike

    @abstractmethod
    def pack(self, value: Any) -> Any:
        """The value in the form that travels, still as arrays or host values; raises NonFinite."""

    @abstractmethod
    def unpack(self, packed: Any) -> Any:
        """The value that receivers bind, and from then on the sender."""

    def deliver(self, packed: Any) -> tuple[Any, ...]:
        """The bound values: the unpacked one, and the packet if it is kept."""
        return (self.unpack(packed), packed) if self.binds_packet else (self.unpack(packed),)

    @property
    def stays_in_parts(self) -> bool:
        """True where `gathered` may leave what it is given apart."""
        return False

    def gathered(self, own: Any, others: Any) -> Any:
        """The value that the server binds, of its own rank's messages and, behind them, the others."""
        return self.unpack(self.join(own, others))

    @abstractmethod
    def encode(self, packed: Any) -> list[bytes]:
        """One bytes object per message."""

    @abstractmethod
    def decode(self, messages: Sequence[bytes]) -> Any:
        """The packed form of these messages."""

    def receive(self, messages: Sequence[bytes], rows: Rows) -> Any:
        """The packed form of the messages to these rows of nodes (one row, where the server sends the same to all)."""
        return self.decode(messages)

    @property
    def slot(self) -> int | None:
        """Bytes of the place that each message has between two ranks; None where only its length tells where it ends."""
        return None if self.fixed_bits is None else whole_bytes(self.fixed_bits)

    def write(self, packed: Any, room: Bytes) -> None:
        """Fill room (rows, slot) with the messages."""
        messages = self.encode(packed)
        if other := next((len(m) for m in messages if len(m) != room.shape[1]), None):
            raise self.unfaithful("encode", f"{other} bytes", f"{room.shape[1]}")
        room[...] = join(messages, room.shape[1])

    def written(self, packed: Any) -> Bytes:
        """The messages (rows, slot), in memory that may be the packed item's: nobody writes to it."""
        return self.written_apart(packed)

    def written_apart(self, packed: Any) -> Bytes:
        """The messages (rows, slot), in memory of their own."""
        room = np.empty((self.rows(packed), self.slot or 0), np.uint8)
        self.write(packed, room)
        return room

    def read(self, room: Bytes, rows: Rows) -> Any:
        """`receive` from room (rows, slot), of which what is returned may be views."""
        return self.receive([row.tobytes() for row in room], rows)

    def read_behind(self, own: Any, room: Bytes, rows: Rows) -> Any:
        """`own` and what is read, packed as one."""
        return self.join(own, self.read(room, rows))

    @abstractmethod
    def rows(self, packed: Any) -> int:
        """Number of messages."""

    @abstractmethod
    def count(self, packed: Any) -> int:
        """Add these messages to the totals; return their number."""

    @property
    def left(self) -> int:
        """Calls before the next of which some messages are checked."""
        return max(0, self.due - 1 - self.calls)

    @property
    def counts_alike(self) -> bool:
        """True where all messages count alike, by every convention."""
        return self.fixed_bits is not None and self.paper_bits is not None

    def count_calls(self, calls: int, messages: int) -> None:
        """Add the messages of several calls, where all count alike."""
        self.calls += calls
        self.messages += messages

    @abstractmethod
    def select(self, packed: Any, rows: slice) -> Any:
        """Some of the messages, packed; arrays may be views."""

    @abstractmethod
    def join(self, first: Any, then: Any) -> Any:
        """The messages of both, packed, in memory of their own."""

    @abstractmethod
    def sizes(self, packed: Any) -> list[int]:
        """Exact bits of each message."""

    @abstractmethod
    def equal(self, one: Any, other: Any) -> bool:
        """True where two packed values are equal to the bit (zeros of either sign alike)."""

    def verify(self, packed: Any) -> None:
        """Raise unless messages decode to `packed` again, to the bit, and have exactly the counted lengths."""
        messages = self.encode(packed)
        self.verify_lengths(list(map(len, messages)), packed)
        received = self.decode(messages)
        self.verify_received(received, packed)
        if self.encode(received) != messages:
            raise self.not_alike()

    def verify_lengths(self, lengths: Sequence[int], packed: Any) -> None:
        """Raise unless messages of these lengths, in bytes, are as long as counted."""
        for length, bits in zip(lengths, self.sizes(packed), strict=True):
            if length != whole_bytes(bits):
                written = f"{length} bytes for a message of {bits} bits by its `bits`"
                raise self.unfaithful("encode", written, f"{whole_bytes(bits)}")

    def verify_received(self, received: Any, packed: Any) -> None:
        """Raise unless what was decoded is what was encoded."""
        if not self.equal(received, packed):
            raise self.unfaithful("decode", "another packet than was encoded", "the same, to the bit")

    def not_alike(self) -> Exception:
        """The error of a packet that decodes to one that is encoded otherwise."""
        return self.unfaithful(
            "decode", "a packet that is encoded to other bytes", "the one that was encoded"
        )

    def unfaithful(self, part: str, found: str, wanted: str) -> Exception:
        """The error of messages that differ from the counted length, or do not decode to the packet that was encoded."""
        return InternalError(f"codec of `{self.name}`: its {part} gives {found}, not {wanted}")

    def bits(self) -> int:
        """Exact bits of all messages so far."""
        return int(self.varying_bits) if self.fixed_bits is None else self.messages * self.fixed_bits

    @abstractmethod
    def paper_sizes(self, packed: Any) -> list[int]:
        """Bits of each message, as papers count them."""

    def paper(self) -> int:
        """Bits of all messages so far, as papers count them."""
        return int(self.varying_paper_bits) if self.paper_bits is None else self.messages * self.paper_bits


def packer(payloads: Sequence[Payload], check: Callable[[Payload, Any, int], None]) -> Packer:
    """The function that packs the value of each message item, counts it, and checks it where that is due."""
    if len(payloads) == 1:
        (payload,) = payloads
        pack, count = payload.pack, payload.count

        def pack_one(values: Sequence[Any]) -> list[Any]:
            if not values:
                return []
            (value,) = values
            packed = pack(value)
            rows = count(packed)
            if payload.calls >= payload.due:
                check(payload, packed, rows)
            return [packed]

        return pack_one
    each = [packer([payload], check) for payload in payloads]

    def pack_all(values: Sequence[Any]) -> list[Any]:
        return [pack([value])[0] for pack, value in zip(each, values, strict=bool(values))]

    return pack_all


def binder(payloads: Sequence[Payload]) -> Callable[[Sequence[Any]], Any]:
    """The function that gives, of the packed items of a message, what one view binds."""
    if len(payloads) == 1 and not payloads[0].binds_packet:
        unpack = payloads[0].unpack
        return lambda packed: unpack(packed[0])

    def bound(packed: Sequence[Any]) -> Any:
        return one_or_all([v for p, q in zip(payloads, packed, strict=True) for v in p.deliver(q)])

    return bound


def one_or_all(values: Sequence[Any]) -> Any:
    """The values as generated programs unpack them: a tuple, or the only value."""
    return values[0] if len(values) == 1 else tuple(values)
