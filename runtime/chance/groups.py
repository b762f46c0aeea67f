"""Division of nodes into groups: contiguous, as even as can be, the larger groups first (numpy's array_split)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.namespace import as_places

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@record
class Grouping(ByIdentity):
    """n nodes in G groups: `group` (n,) is the group of each node, `sizes` (G,) the number of nodes of each group; int64."""

    group: HostArray
    sizes: HostArray

    @classmethod
    def dealt(cls, n: int, count: int) -> Grouping:
        """The division of n nodes into `count` groups, 1 <= count <= n."""
        sizes = np.full(count, n // count, dtype=np.int64)
        sizes[: n % count] += 1
        return cls(np.repeat(np.arange(count, dtype=np.int64), as_places(sizes)), sizes)

    @property
    def count(self) -> int:
        """Number of groups."""
        return int(self.sizes.shape[0])

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The groups that nodes first .. last - 1 belong to, as first and last + 1; (0, 0) where there are no such nodes."""
        if first >= last:
            return 0, 0
        return int(self.group[first]), int(self.group[last - 1]) + 1

    def rows(self, first: int, last: int) -> HostArray:
        """For nodes first .. last - 1, each one's group as a row of an array over the groups of `span`: (last - first,)."""
        mine: HostArray = self.group[first:last]
        return mine - mine[0] if first < last else mine
