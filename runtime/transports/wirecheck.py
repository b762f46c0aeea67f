"""Check at run time that a message's bytes carry the packet that both sides use: encode, measure, decode, compare."""

from __future__ import annotations

from typing import Any

from cablese.dsl.text.records import record

from ..codecs.messages import whole_bytes
from .payloads import Payload


@record
class WireCheck:
    """Choice of the messages that are checked: all, or a sample."""

    everything: bool

    def check(self, payload: Payload, packed: Any, rows: int) -> None:
        """Verify all `rows` messages of a call; or, as a sample, one message at calls 1, 2, 4, 8, …, of changing rows."""
        calls = payload.calls
        if self.everything:
            verify_wire(payload, packed)
            return
        payload.due = 1 << calls.bit_length()
        if rows and calls & (calls - 1) == 0:
            row = calls.bit_length() % rows
            verify_wire(payload, payload.select(packed, slice(row, row + 1)))


def verify_wire(payload: Payload, packed: Any) -> None:
    """Raise unless decode(encode(packed)) gives `packed` back, at exactly the counted length: InternalError, or
    PluginFailed where the codec is a plug-in's."""
    messages = payload.encode(packed)
    for message, bits in zip(messages, payload.sizes(packed), strict=True):
        if len(message) != whole_bytes(bits):
            written = f"{len(message)} bytes for a message of {bits} bits by its `bits`"
            raise payload.unfaithful("encode", written, f"{whole_bytes(bits)}")
    received = payload.decode(messages)
    if not payload.equal(received, packed):
        raise payload.unfaithful("decode", "another packet than was encoded", "the same, to the bit")
    if payload.encode(received) != messages:
        raise payload.unfaithful(
            "decode", "a packet that is encoded to other bytes", "the one that was encoded"
        )
