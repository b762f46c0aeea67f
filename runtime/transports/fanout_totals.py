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

    The payload's own totals count every message once.
    """

    payload: Payload
    receivers: HostArray
    messages: int = 0
    bits: int = 0
    paper: int = 0

    def count(self, packed: Any) -> None:
        """Add the messages of all own rows, every copy of them."""
        payload, total = self.payload, int(self.receivers.sum())
        fixed, papers = payload.fixed_bits, payload.paper_bits
        self.messages += total
        self.bits += (
            total * fixed if fixed is not None else int(np.dot(payload.sizes(packed), self.receivers))
        )
        if papers is None:
            self.paper += int(np.dot(payload.paper_sizes(packed), self.receivers))
        else:
            self.paper += total * papers
