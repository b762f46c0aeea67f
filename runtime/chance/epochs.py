"""Minibatches in epochs: every node walks through its samples, in a new order each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from . import errors
from .batch import Batch
from .minibatch import listed
from .streams import NodeList, Rows, Stream

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.numpy_backend import NumpyBackend


class EpochEvent:
    """Draws as `event xi ~ minibatch(b, order = epochs)` makes them: the next b samples of a node's present order, or what
    remains of it; then a new order is drawn, a function of seed, site, node and number of the epoch.

    A node that draws later, or twice in a round, goes on where it stopped; its copies follow one another. A draw of all
    samples, in file order, leaves the walk where it is. With `drop_last` what is less than b remains undrawn.
    """

    def __init__(self, stream: Stream, host: NumpyBackend, samples: Sequence[int]) -> None:
        """`samples` are the m_i of all nodes of the problem; the stream's scope is "node"."""
        self._stream = replace(stream, scope=f"{stream.scope}, epochs")
        self._host, self._samples, self._most = host, samples, max(samples)
        self._walks: dict[int, tuple[int, int, HostArray]] = {}  # epoch, samples drawn of it, order

    def draw(self, rows: Rows, sizes: HostArray | int, *, drop_last: bool) -> Batch:
        """A batch with a row for each of `rows`; a size below 1 raises `SetupError`. Where all rows have one size its width
        follows from that and all m_i."""
        nodes = listed(rows).nodes.tolist()
        wanted = np.broadcast_to(np.asarray(sizes, dtype=np.int64), (len(nodes),)).tolist()
        if min(wanted, default=1) < 1:
            raise errors.empty_batch(self._stream.name, min(wanted))
        width = min(self._most, sizes if isinstance(sizes, int) else max(wanted, default=1))
        indices = np.full((len(nodes), width), -1, dtype=np.int64)
        taken = np.empty(len(nodes), dtype=np.int64)
        for row, (node, b) in enumerate(zip(nodes, wanted, strict=True)):
            found = self._next(node, b, drop_last)
            taken[row] = len(found)
            indices[row, : len(found)] = np.sort(found)
        return Batch(indices, taken, full=False)

    def position(self, node: int) -> tuple[int, int] | None:
        """The epoch of a node and the samples drawn of it; None before its first draw."""
        walk = self._walks.get(node)
        return None if walk is None else walk[:2]

    def go_to(self, node: int, epoch: int, done: int) -> None:
        """Let a node's walk go on from where `done` samples of an epoch are drawn."""
        self._walks[node] = (epoch, done, self._order(node, epoch))

    def _next(self, node: int, b: int, drop_last: bool) -> HostArray:
        m = self._samples[node]
        if b >= m:
            return np.arange(m)
        epoch, done, order = self._walks.get(node) or (0, 0, self._order(node, 0))
        if done == m or (drop_last and done + b > m):
            epoch, done, order = epoch + 1, 0, self._order(node, epoch + 1)
        found = order[done : done + b]
        self._walks[node] = (epoch, done + len(found), order)
        return found

    def _order(self, node: int, epoch: int) -> HostArray:
        """The order of a node's samples in an epoch, by random keys."""
        rows = NodeList(np.array([node]), np.zeros(1, dtype=np.int64))
        words = self._stream.words(self._host, self._most, epoch, (), rows)[0, : self._samples[node]]
        return np.argsort(words, kind="stable")
