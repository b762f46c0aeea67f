"""Bit totals of messages that each go to several receivers: neighbours, or the nodes of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import structure

from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@structure
class FanoutTotals:
    """Running totals of one message item, every copy counted; `receivers` (rows,): their number for each own row.

    `once` are bits with every message counted once; what nobody receives is no message, though the payload counts it.
    """

    payload: Payload
    receivers: HostArray
    messages: int = 0
    bits: int = 0
    paper: int = 0
    once: int = 0

    def count(self, packed: Any, calls: int = 1) -> None:
        """Add the messages of all own rows, every copy of them; of several calls one after another."""
        receivers = self.receivers if calls == 1 else np.tile(self.receivers, calls)
        payload, total, heard = self.payload, int(receivers.sum()), receivers > 0
        fixed, papers = payload.fixed_bits, payload.paper_bits
        self.messages += total
        if fixed is None:
            sizes = np.asarray(payload.sizes(packed), dtype=np.int64)
            self.bits += int(np.dot(sizes, receivers))
            self.once += int(np.dot(sizes, heard))
        else:
            self.bits += total * fixed
            self.once += int(np.count_nonzero(heard)) * fixed
        if papers is None:
            self.paper += int(np.dot(payload.paper_sizes(packed), receivers))
        else:
            self.paper += total * papers
