"""Random words of every draw, as a function of seed, draw site, round, repeats, node and copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeAlias, assert_never

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.lazy_words import PendingWords

if TYPE_CHECKING:
    from ..arrays.backend import Array, Backend, Counter, HostArray, HostCounters

_REPEAT_BITS = 21  # three repeat counters of this size fit a word with its top bit free
_PACKED_REPEATS = 3


@record
class NodeRange:
    """Rows of nodes (or groups) first .. last - 1, copy 0 each."""

    first: int
    last: int

    @property
    def numbers(self) -> Sequence[int]:
        """Number of each row's node (or group)."""
        return range(self.first, self.last)


@record
class NodeList(ByIdentity):
    """Rows of listed nodes (or groups): `nodes` and `copies`, int64 (rows,), on the host."""

    nodes: HostArray
    copies: HostArray

    @property
    def numbers(self) -> Sequence[int]:
        """Number of each row's node (or group)."""
        numbers: list[int] = self.nodes.tolist()
        return numbers


Rows: TypeAlias = NodeRange | NodeList

ONE_ROW = NodeRange(0, 1)
"""The single row of a draw that belongs to no node."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The words of one draw site: the `ordinal`-th of its `kind` and `name`; `scope` is "node", "group" or "none".

    Its Philox key is a hash of these and the seed; round, repeats, node and copy make up the counter.
    """

    seed: int
    kind: str
    name: str
    ordinal: int
    scope: str
    key: tuple[int, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        site = repr((int(self.seed), self.kind, self.name, int(self.ordinal), self.scope))
        digest = blake2b(site.encode(), digest_size=16, person=b"cablese.stream").digest()
        key = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))
        object.__setattr__(self, "key", key)

    def words(self, backend: Backend, count: int, round: int, repeats: tuple[int, ...], rows: Rows) -> Array:
        """(rows, count) uint64 on the backend's device; `round` is -1 in init, `repeats` the loops' counters.

        Node i takes blocks i * b .. i * b + b - 1 of its round, b = ceil(count / 4): a range of nodes is one
        unbroken stretch of counters, and splitting it over ranks changes no word.
        """
        match rows:
            case NodeRange():
                return self.pending_words(count, round, repeats, rows).drawn(backend)
            case NodeList():
                return self.first_words(backend, count, count, round, repeats, rows)
            case _:
                assert_never(rows)

    def first_words(
        self, backend: Backend, count: int, whole: int, round: int, repeats: tuple[int, ...], rows: NodeList
    ) -> Array:
        """The first `count` of each row's `whole` words."""
        blocks = -(-count // 4)
        counters = _counters(rows, -(-whole // 4), round, repeats)
        return backend.random_words(self.key, counters, blocks)[:, :count]

    def pending_words(
        self, count: int, round: int, repeats: tuple[int, ...], rows: NodeRange
    ) -> PendingWords:
        """`words` of a range of nodes, not drawn yet."""
        blocks = -(-count // 4)
        start = (rows.first * blocks, round + 1, repeat_word(repeats), 0)
        return PendingWords(self.key, start, rows.last - rows.first, blocks, count)

    def counter(self, round: int, repeats: tuple[int, ...]) -> Counter:
        """The counter of the first block of row 0, copy 0."""
        return 0, round + 1, repeat_word(repeats), 0


def repeat_word(repeats: tuple[int, ...]) -> int:
    """One word for the counters of the enclosing loops, outermost first; 0 outside loops.

    Up to three counters below 2**21 - 1 are packed, which is injective; others are hashed into the words with
    the top bit set, where two meet with a chance of 2**-63.
    """
    if not repeats:
        return 0
    if len(repeats) <= _PACKED_REPEATS and max(repeats) + 1 < 1 << _REPEAT_BITS:
        return sum((t + 1) << (_REPEAT_BITS * level) for level, t in enumerate(repeats))
    digest = blake2b(repr(tuple(map(int, repeats))).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") | 1 << 63


def _counters(rows: NodeList, blocks: int, round: int, repeats: tuple[int, ...]) -> HostCounters:
    counters = np.empty((rows.nodes.shape[0], 4), dtype=np.uint64)
    counters[:, 0] = rows.nodes * blocks
    counters[:, 1] = round + 1
    counters[:, 2] = repeat_word(repeats)
    counters[:, 3] = rows.copies
    return counters
