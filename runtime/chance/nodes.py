"""Sets and bags of nodes, as events draw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@record
class Nodes(ByIdentity):
    """A set or bag out of n nodes: `nodes` int64 ascending; a node drawn more than once has `copies` 0, 1, … in order."""

    nodes: HostArray
    copies: HostArray
    n: int

    @classmethod
    def everyone(cls, n: int) -> Nodes:
        """The set of all nodes."""
        return cls.distinct(np.arange(n), n)

    @classmethod
    def distinct(cls, nodes: HostArray, n: int) -> Nodes:
        """A set: `nodes` ascending, none twice."""
        return cls(nodes, np.zeros(nodes.shape[0], dtype=np.int64), n)

    @classmethod
    def bag(cls, drawn: HostArray, n: int) -> Nodes:
        """A bag from draws in any order, nodes perhaps drawn more than once."""
        nodes = np.sort(drawn)
        return cls(nodes, np.arange(nodes.shape[0]) - np.searchsorted(nodes, nodes), n)

    @property
    def count(self) -> int:
        """Number of members, every copy counted."""
        return int(self.nodes.shape[0])

    @property
    def is_bag(self) -> bool:
        """True where a node occurs twice."""
        return bool(self.copies.any())

    def restrict(self, first: int, last: int) -> Nodes:
        """The members among nodes first .. last - 1, numbers and copies kept."""
        start, stop = np.searchsorted(self.nodes, (first, last)).tolist()
        return Nodes(self.nodes[start:stop], self.copies[start:stop], self.n)
