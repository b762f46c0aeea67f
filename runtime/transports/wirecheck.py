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
        chosen = self.chosen(payload, rows)
        if chosen is not None:
            payload.verify(payload.select(packed, chosen))

    def chosen(self, payload: Payload, rows: int) -> slice | None:
        """The messages among the `rows` of a call that are to be verified; None for none."""
        calls = payload.calls
        if self.everything:
            return slice(0, rows)
        payload.due = 1 << calls.bit_length()
        if not rows or calls & (calls - 1):
            return None
        row = calls.bit_length() % rows
        return slice(row, row + 1)
