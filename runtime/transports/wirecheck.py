"""Check at run time that a message's bytes carry the packet that both sides use: encode, measure, decode, compare."""

from __future__ import annotations

from typing import Any

from cablese.dsl.text.records import record

from .payloads import Payload


@record
class WireCheck:
    """Choice of the messages that are checked: all, or a sample."""

    everything: bool

    def check(self, payload: Payload, packed: Any, rows: int) -> None:
        """Verify all `rows` messages of a call; or, as a sample, one message at calls 1, 2, 4, 8, …, of changing rows.

        Raises InternalError where decode(encode(packed)) is not `packed`, at exactly the counted length, or PluginFailed
        where the codec is a plug-in's.
        """
        calls = payload.calls
        if self.everything:
            payload.verify(packed)
            return
        payload.due = 1 << calls.bit_length()
        if rows and calls & (calls - 1) == 0:
            row = calls.bit_length() % rows
            payload.verify(payload.select(packed, slice(row, row + 1)))
