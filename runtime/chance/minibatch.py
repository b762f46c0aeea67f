"""Minibatches of every row's own samples, as `event xi ~ minibatch(b)` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

import numpy as np

from . import errors
from .batch import AllSamples, Batch
from .distinct import Floyd, crowded
from .streams import NodeList, NodeRange, Rows, Stream
from .uniforms import below

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.numpy_backend import NumpyBackend

RAGGED = (
    2  # times the least number of samples drawn from: if no node has more, keys are drawn for all at once
)


class MinibatchEvent:
    """Draws of b of node i's m_i samples without replacement; all of them, in file order, where m_i <= b.

    The algorithm, the width and `full` of a batch follow from b and all m_i, not from the rows.
    """

    def __init__(self, stream: Stream, host: NumpyBackend, samples: Sequence[int]) -> None:
        """`samples` are the m_i of all nodes of the problem; the stream's scope is "node"."""
        self._stream, self._host = stream, host
        self._samples = np.asarray(samples, dtype=np.int64)
        self._ascending = np.sort(self._samples)
        self._most = max(samples)
        self._by_size: dict[int, MinibatchEvent] = {}

    def draw(self, round: int, repeats: tuple[int, ...], rows: Rows, b: int) -> Batch:
        """A batch with a row for each of `rows`, min(b, max m_i) wide; b < 1 raises `SetupError`."""
        self._check(b)
        sizes = self._samples[_nodes(rows)]
        if b >= self._most:
            return AllSamples(sizes, self._most)
        shortest = self._shortest_above(b)
        sampled = np.maximum(sizes, shortest)[:, None]  # rows with all their samples are filled in afterwards
        if crowded(shortest, b):
            if self._most > RAGGED * shortest:
                return _complete(self._by_length(round, repeats, listed(rows), sizes, b), sizes)
            words = self._stream.words(self._host, self._most, round, repeats, rows)
            return _complete(self._by_keys(words, sampled, b), sizes)
        words = self._stream.words(self._host, b, round, repeats, rows)
        return _complete(Floyd(self._host, sampled - b, b).draw(words), sizes)

    def draw_with_replacement(self, round: int, repeats: tuple[int, ...], rows: Rows, b: int) -> Batch:
        """b independent draws of one of node i's samples each, ascending: a batch b wide, never `full`."""
        self._check(b)
        bounds = self._samples[_nodes(rows)].astype(np.float64)
        words = self._stream.words(self._host, b, round, repeats, rows)
        drawn = below(self._host.xp, words, bounds[:, None])
        return Batch(np.sort(drawn, axis=1), np.full(bounds.shape, b), full=False)

    def of_each_size(
        self, round: int, repeats: tuple[int, ...], rows: Rows, sizes: HostArray, replaced: bool
    ) -> Batch:
        """A batch with a size for each row: int (rows,). Never `full`.

        Rows of one size draw from a stream of that size, so that no draw depends on the other rows of the process.
        """
        each = listed(rows)
        found: Batch | None = None
        places = []
        for b in np.unique(sizes).tolist():
            mine = np.flatnonzero(sizes == b)
            own = NodeList(each.nodes[mine], each.copies[mine])
            event = self._of_size(b)
            draw = event.draw_with_replacement if replaced else event.draw
            batch = draw(round, repeats, own, b)
            found = batch if found is None else found.joined(batch)
            places.append(mine)
        if found is None:
            return Batch(np.zeros((0, 1), np.int64), np.zeros(0, np.int64), full=False)
        ordered = found.rows(np.argsort(np.concatenate(places)))
        return Batch(ordered.indices, ordered.sizes, full=False)

    def _of_size(self, b: int) -> MinibatchEvent:
        """The event for rows that take b samples each, with a stream of its own."""
        if b not in self._by_size:
            stream = replace(self._stream, scope=f"{self._stream.scope}, {b} samples")
            self._by_size[b] = MinibatchEvent(stream, self._host, self._samples.tolist())
        return self._by_size[b]

    def _check(self, b: int) -> None:
        if b < 1:
            raise errors.empty_batch(self._stream.name, b)

    def _shortest_above(self, b: int) -> int:
        """The least m_i above b, which decides the algorithm for all nodes."""
        return int(self._ascending[np.searchsorted(self._ascending, b, side="right")])

    def _by_length(
        self, round: int, repeats: tuple[int, ...], rows: NodeList, sizes: HostArray, b: int
    ) -> HostArray:
        """`_by_keys` of rows with more than b samples, those of about as many at a time, from their own words alone."""
        drawn = np.zeros((len(sizes), b), dtype=np.int64)
        lengths = np.where(sizes > b, np.frexp(sizes)[1], 0)
        for length in np.unique(lengths[lengths > 0]).tolist():
            mine = np.flatnonzero(lengths == length)
            own, nodes = sizes[mine], NodeList(rows.nodes[mine], rows.copies[mine])
            most = int(own.max())
            words = self._stream.first_words(self._host, most, self._most, round, repeats, nodes)
            drawn[mine] = self._by_keys(words, own[:, None], b)
        return drawn

    def _by_keys(self, words: HostArray, sizes: HostArray, b: int) -> HostArray:
        present = np.arange(words.shape[1]) < sizes
        drawn: HostArray = self._host.top_k(np.where(present, words, np.uint64(0)), b)
        return drawn


def _complete(drawn: HostArray, sizes: HostArray) -> Batch:
    """A batch of `drawn` (rows, b), but with all samples for rows that have no more than b."""
    b = drawn.shape[1]
    if sizes.min(initial=b + 1) > b:
        return Batch(drawn, np.full(sizes.shape, b), full=False)
    columns = np.arange(b)
    everything = np.where(columns < sizes[:, None], columns, -1)
    indices = np.where(sizes[:, None] > b, drawn, everything)
    return Batch(indices, np.minimum(sizes, b), full=False)


def listed(rows: Rows) -> NodeList:
    """Rows one by one."""
    match rows:
        case NodeRange(first, last):
            return NodeList(np.arange(first, last), np.zeros(last - first, np.int64))
        case NodeList():
            return rows
        case _:
            assert_never(rows)


def _nodes(rows: Rows) -> slice | HostArray:
    match rows:
        case NodeRange(first, last):
            return slice(first, last)
        case NodeList():
            return rows.nodes
        case _:
            assert_never(rows)
