"""Draws of `event` statements on the host: one value, or a family. Minibatches are in `minibatch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.syntax.build import MOST_INT

from . import errors
from .distinct import distinct, words_needed
from .nodes import Nodes
from .prefetch import MOST_ROUNDS, PrefetchedDraws, PrefetchedWords
from .streams import ONE_ROW, NodeRange, Rows, Stream
from .uniforms import below, open_uniform, open_uniforms, uniform, uniforms

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.numpy_backend import NumpyBackend


ENTRIES = ("uniform_entries", "normal_entries")
"""Events that draw vectors, entry by entry."""

MOST_CHOICES = 1 << 53
"""Number of ints that a uniform number tells apart."""


class SingleEvent:
    """An event that draws one value: under `server:` or `all:`, from a stream of scope "none".

    Arguments out of range raise `SetupError`.
    """

    def __init__(self, stream: Stream, host: NumpyBackend) -> None:
        self.stream, self.host = stream, host
        self._upcoming: PrefetchedDraws[int] = PrefetchedDraws(self._first_words, MOST_ROUNDS)
        self._coins = FamilyEvent(stream, host)

    def bernoulli(self, round: int, repeats: tuple[int, ...], p: float) -> bool:
        """True with probability p: u < p of one uniform u."""
        if not 0.0 <= p <= 1.0:
            raise errors.not_a_probability(self.stream.name, p)
        return bool(self._uniform(round, repeats) < p)

    def uniform(self, round: int, repeats: tuple[int, ...], a: float, b: float) -> float:
        """Uniform on [a, b)."""
        if not a <= b:
            raise errors.empty_range(self.stream.name, a, b)
        return a + (b - a) * self._uniform(round, repeats)

    def normal(self, round: int, repeats: tuple[int, ...], mean: float, deviation: float) -> float:
        """Normal, by the inverse of its distribution function."""
        _check_deviation(self.stream.name, deviation)
        return float(mean + deviation * _standard_normal(open_uniform(self._word(round, repeats))))

    def uniform_entries(self, round: int, repeats: tuple[int, ...], a: HostArray, b: HostArray) -> HostArray:
        """float64 (d,), each entry uniform between those of a and b."""
        return self._coins.entries_between(self._words(len(a), round, repeats), a, b)

    def normal_entries(
        self, round: int, repeats: tuple[int, ...], mean: HostArray, deviation: HostArray
    ) -> HostArray:
        """float64 (d,), each entry normal."""
        return self._coins.normal_from(self._words(len(mean), round, repeats), mean, deviation)

    def choice(self, round: int, repeats: tuple[int, ...], a: int, b: int) -> int:
        """An integer from a to b, both included."""
        if not a <= b:
            raise errors.empty_range(self.stream.name, a, b)
        _check_ints(self.stream.name, a, b)
        return int(a) + int(self._uniform(round, repeats) * (b - a + 1))

    def sample(self, round: int, repeats: tuple[int, ...], n: int, r: int) -> Nodes:
        """A bag: r independent draws of one of n nodes each."""
        if r < 0:
            raise errors.negative_count(self.stream.name, r)
        return Nodes.bag(below(self.host.xp, self._words(r, round, repeats), float(n)), n)

    def subset(self, round: int, repeats: tuple[int, ...], n: int, r: int) -> Nodes:
        """A set of r of n nodes, every set of that size with the same chance."""
        if r < 0:
            raise errors.negative_count(self.stream.name, r)
        if r > n:
            raise errors.too_many(self.stream.name, r, n)
        if r == 0:
            return Nodes.distinct(np.empty(0, dtype=np.int64), n)
        words = self._words(words_needed(n, r), round, repeats)
        return Nodes.distinct(distinct(self.host, words[None, :], n, r)[0], n)

    def each(self, round: int, repeats: tuple[int, ...], n: int, q: float | HostArray) -> Nodes:
        """A set that each node joins by its own coin, with probability q, or q[i] if it is (n,)."""
        heads = self._coins.bernoulli(round, repeats, NodeRange(0, n), q)
        return Nodes.distinct(np.flatnonzero(heads), n)

    def _uniform(self, round: int, repeats: tuple[int, ...]) -> float:
        return uniform(self._word(round, repeats))

    def _word(self, round: int, repeats: tuple[int, ...]) -> int:
        if repeats:
            return self.host.first_word(self.stream.key, self.stream.counter(round, repeats))
        return self._upcoming(round)

    def _first_words(self, first: int, rounds: int) -> list[int]:
        key, counter = self.stream.key, self.stream.counter
        return [self.host.first_word(key, counter(round, ())) for round in range(first, first + rounds)]

    def _words(self, count: int, round: int, repeats: tuple[int, ...]) -> HostArray:
        words: HostArray = self.stream.words(self.host, count, round, repeats, ONE_ROW)[0]
        return words


class FamilyEvent:
    """An event that draws a family: under `node:`, `link:` or `group:`, from a stream of that scope.

    Arguments are numbers, or (rows,) where they differ by row; out of range they raise `SetupError`.
    """

    def __init__(self, stream: Stream, host: NumpyBackend) -> None:
        self.stream, self.host = stream, host
        self._upcoming: dict[NodeRange, PrefetchedWords] = {}

    def bernoulli(self, round: int, repeats: tuple[int, ...], rows: Rows, p: float | HostArray) -> HostArray:
        """bool (rows,), each true with probability p: u < p of one uniform u."""
        if not _within(p, 0.0, 1.0):
            raise errors.not_a_probability(self.stream.name, _worst(p, 0.5))
        heads: HostArray = self._uniforms(round, repeats, rows) < p
        return heads

    def uniform(
        self, round: int, repeats: tuple[int, ...], rows: Rows, a: float | HostArray, b: float | HostArray
    ) -> HostArray:
        """float64 (rows,), uniform on [a, b)."""
        self._check_range(a, b)
        return a + (b - a) * self._uniforms(round, repeats, rows)

    def normal(
        self,
        round: int,
        repeats: tuple[int, ...],
        rows: Rows,
        mean: float | HostArray,
        deviation: float | HostArray,
    ) -> HostArray:
        """float64 (rows,), normal, by the inverse of the distribution function."""
        return self.normal_from(self._words(round, repeats, rows), mean, deviation)

    def normal_from(
        self, words: HostArray, mean: float | HostArray, deviation: float | HostArray
    ) -> HostArray:
        """Normal numbers, one of each word."""
        _check_deviation(self.stream.name, deviation)
        return np.asarray(mean + deviation * _standard_normal(open_uniforms(self.host.xp, words)))

    def uniform_entries(
        self, round: int, repeats: tuple[int, ...], rows: Rows, a: HostArray, b: HostArray
    ) -> HostArray:
        """float64 (rows, d), each entry uniform between those of a and b, (d,) or (rows, d)."""
        return self.entries_between(self._entries(a, round, repeats, rows), a, b)

    def entries_between(self, words: HostArray, a: HostArray, b: HostArray) -> HostArray:
        """Uniform numbers, one of each word."""
        self._check_range(a, b)
        return np.asarray(a + (b - a) * uniforms(self.host, words))

    def normal_entries(
        self, round: int, repeats: tuple[int, ...], rows: Rows, mean: HostArray, deviation: HostArray
    ) -> HostArray:
        """float64 (rows, d), each entry normal; the arguments are (d,) or (rows, d)."""
        return self.normal_from(self._entries(mean, round, repeats, rows), mean, deviation)

    def _entries(self, like: HostArray, round: int, repeats: tuple[int, ...], rows: Rows) -> HostArray:
        """A word for each entry of a vector of each row."""
        words: HostArray = self.stream.words(self.host, like.shape[-1], round, repeats, rows)
        return words

    def choice(
        self, round: int, repeats: tuple[int, ...], rows: Rows, a: int | HostArray, b: int | HostArray
    ) -> HostArray:
        """int64 (rows,), integers from a to b, both included."""
        self._check_range(a, b)
        _check_ints(self.stream.name, a, b)
        bounds = np.asarray(b - a + 1, dtype=np.float64)
        drawn: HostArray = below(self.host.xp, self._words(round, repeats, rows), bounds)
        return a + drawn

    def buckets(self, round: int, repeats: tuple[int, ...], rows: Rows, n: int, s: int) -> HostArray:
        """int64 (n,), the number of each node's bucket, from 0: nodes in the order of random keys, s to a bucket, fewer in
        the last. `rows` are all n nodes."""
        if s < 1:
            raise errors.empty_buckets(self.stream.name, s)
        order = np.argsort(self._words(round, repeats, rows), kind="stable")
        numbers = np.empty(n, dtype=np.int64)
        numbers[order] = np.arange(n) // int(s)
        return numbers

    def _check_range(self, a: float | HostArray, b: float | HostArray) -> None:
        if not _within(a, -np.inf, b):
            raise errors.empty_range(self.stream.name, float(np.max(a)), float(np.min(b)))

    def _uniforms(self, round: int, repeats: tuple[int, ...], rows: Rows) -> HostArray:
        drawn: HostArray = uniforms(self.host, self._words(round, repeats, rows))
        return drawn

    def _words(self, round: int, repeats: tuple[int, ...], rows: Rows) -> HostArray:
        words: HostArray = self._drawn(round, repeats, rows)[:, 0]
        return words

    def _drawn(self, round: int, repeats: tuple[int, ...], rows: Rows) -> HostArray:
        if not isinstance(rows, NodeRange):
            words: HostArray = self.stream.words(self.host, 1, round, repeats, rows)
            return words
        if rows not in self._upcoming:
            self._upcoming[rows] = PrefetchedWords(self.stream, self.host, 1, rows)
        drawn: HostArray = self._upcoming[rows](round, repeats)
        return drawn


def _check_ints(event: str, a: int | HostArray, b: int | HostArray) -> None:
    """Raise unless both ends are ints of the language, and a uniform number has a step for each int between them."""
    inside = _within(a, -MOST_INT, MOST_INT) and _within(b, -MOST_INT, MOST_INT)
    if not inside or not _within(b - a, 0, MOST_CHOICES - 1):
        raise errors.range_too_wide(event, int(np.min(a)), int(np.max(b)), MOST_CHOICES)


def _check_deviation(event: str, deviation: float | HostArray) -> None:
    if not _within(deviation, 0.0, np.inf):
        raise errors.negative_deviation(event, float(np.min(deviation)))


def standard_normals(words: HostArray) -> HostArray:
    """uint64 words -> float64, as `normal` draws them."""
    return np.asarray(_standard_normal(open_uniforms(np, words)))


def _standard_normal(uniforms: Any) -> Any:
    from scipy.special import ndtri

    return ndtri(uniforms)


def _within(values: float | HostArray, low: float, high: float | HostArray) -> bool:
    """True where all values lie in [low, high]; a NaN does not. Numbers take the short way: 0.1 us, not 5."""
    if isinstance(values, float | int) and isinstance(high, float | int):
        return low <= values <= high
    return bool(np.all((np.asarray(values) >= low) & (np.asarray(values) <= high)))


def _worst(values: float | HostArray, middle: float) -> float:
    """The entry farthest from `middle`, to name in a message."""
    flat = np.ravel(values)
    return float(flat[np.argmax(np.abs(flat - middle))])
