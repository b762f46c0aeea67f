"""Keys of an oracle's own draws, such as dropout makes: a number for each row, from which all draws of the row follow."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from .streams import NodeRange, Rows

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Site = tuple[str, int]
"""The name of a minibatch's event and its number among those of the name."""


def batch_keys(seed: int, site: Site, round: int, repeats: tuple[int, ...], rows: Rows) -> HostArray:
    """(rows,) uint64, keys of the noise that belongs to minibatches: at whatever points gradients are asked for on one
    minibatch, their noise is the same, as that of one draw xi in papers."""
    copies = [0] * len(rows.numbers) if isinstance(rows, NodeRange) else rows.copies.tolist()
    context = ("minibatch", int(seed), *site, int(round), tuple(map(int, repeats)))
    return _keys([(*context, node, copy) for node, copy in zip(rows.numbers, copies, strict=True)])


class CallKeys:
    """Keys of the noise of gradients over all samples: by seed, round, node, and how many points the node asked at before in
    the round. Asked again at a point, a node has the key that it had."""

    def __init__(self, seed: int, first: int) -> None:
        """`first` is the number of the process's first node."""
        self._seed, self._first, self._round = seed, first, -1
        self._calls: dict[int, int] = {}
        self._held: dict[Hashable, dict[int, int]] = {}

    def begin(self, round: int, points: set[Hashable]) -> None:
        """Start a round; points other than these are forgotten."""
        self._round, self._calls = round, {}
        self._held = {point: keys for point, keys in self._held.items() if point in points}

    def held(self, points: Sequence[Hashable], nodes: int) -> tuple[HostArray, HostArray]:
        """(nodes, points) int64 each: 1 where a local node has a key at a point, and the key's bits."""
        there, keys = np.zeros((2, nodes, len(points)), dtype=np.int64)
        for column, point in enumerate(points):
            for node, key in self._held.get(point, {}).items():
                there[node, column] = 1
                keys[node, column] = np.uint64(key).astype(np.int64)
        return there, keys

    def recall(self, held: Mapping[Hashable, HostArray]) -> None:
        """Put keys back: by point (nodes, 2), as `held` gives them."""
        self._held = {
            point: {
                node: int(np.int64(key).astype(np.uint64))
                for node, (there, key) in enumerate(rows.tolist())
                if there
            }
            for point, rows in held.items()
        }

    def at(self, point: Hashable, nodes: Sequence[int]) -> HostArray:
        """(rows,) uint64 for local nodes at a point, by its number; None is a point that is not asked at again."""
        held = {} if point is None else self._held.setdefault(point, {})
        for node in nodes:
            if node not in held:
                call = self._calls.get(node, 0)
                self._calls[node] = call + 1
                held[node] = _number(("call", self._seed, self._round, call, self._first + node))
        return np.array([held[node] for node in nodes], dtype=np.uint64)


def _keys(contexts: Sequence[tuple[object, ...]]) -> HostArray:
    return np.array([_number(context) for context in contexts], dtype=np.uint64)


def _number(context: tuple[object, ...]) -> int:
    digest = blake2b(repr(context).encode(), digest_size=8, person=b"cablese.noise").digest()
    return int.from_bytes(digest, "little")
