"""What messages come to that each go to several neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .payloads import PacketPayload, Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@dataclass(slots=True)
class Copies:
    """Running totals of one item of a message to neighbours; `each`: to how many the message of each own row goes.

    The payload's own totals count every message once.
    """

    payload: Payload
    each: HostArray
    messages: int = 0
    bits: int = 0
    paper_entries: int = 0
    paper_bits: int = 0

    def count(self, packed: Any) -> None:
        """Add the messages of these rows, every copy of them."""
        payload, total = self.payload, int(self.each.sum())
        fixed = payload.fixed_bits
        bits = fixed * total if fixed is not None else int(np.dot(payload.sizes(packed), self.each))
        self.messages += total
        self.bits += bits
        if isinstance(payload, PacketPayload) and payload.codec.paper_bits is not None:
            self.paper_bits += payload.codec.paper_bits * total
        elif isinstance(payload, PacketPayload):
            self.paper_entries += int(np.dot(payload.entries(packed), self.each))
        else:
            self.paper_bits += bits

    def paper(self, float_bits: int) -> int:
        """The papers' count: non-zeros times float bits."""
        return self.paper_entries * float_bits + self.paper_bits
