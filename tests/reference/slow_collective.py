"""Collective compressors over all nodes' vectors at once: what everyone has afterwards, and what it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtri
from slow_wire import Squeezer, send_vector

Vector = np.ndarray[Any, Any]


@dataclass
class Bits:
    """Of one node's messages, and of the broadcasts."""

    up: int = 0
    down: int = 0


@dataclass
class Statement:
    """One message statement with a collective compressor; `words` are its draws."""

    squeezer: Squeezer
    words: list[int]
    factors: list[Vector | None] = field(default_factory=list)

    def __call__(self, vectors: list[Vector], bits: Bits) -> Vector:
        """The decoded mean."""
        return (
            self._power_sgd(vectors, bits)
            if self.squeezer.name == "power_sgd"
            else self._sketch(vectors, bits)
        )

    def _exchange(self, rows: list[Vector], bits: Bits) -> Vector:
        """Each node's floats to the server, their mean to all: both as the wire's floats."""
        width = self.squeezer.float_bits
        total = np.zeros(len(rows[0]))
        for row in rows:
            sent = send_vector(row, width)
            bits.up += sent.bits
            total = total + sent.value
        back = send_vector(total / len(rows), width)
        bits.down += back.bits
        return np.asarray(back.value)

    def _power_sgd(self, vectors: list[Vector], bits: Bits) -> Vector:
        rank = self.squeezer.arguments["rank"]
        if not self.factors:
            self.factors = self._start()
        cuts = np.cumsum(self.squeezer.lengths)[:-1]
        blocks = [np.split(vector, cuts) for vector in vectors]
        matrices = [
            [b if q is None else _matrix(b, len(q)) for b, q in zip(node, self.factors, strict=True)]
            for node in blocks
        ]
        first = [
            np.concatenate(
                [m if q is None else (m @ q).ravel() for m, q in zip(node, self.factors, strict=True)]
            )
            for node in matrices
        ]
        mean, found, bases = self._exchange(first, bits), [], []
        for m, q in zip(matrices[0], self.factors, strict=True):
            size = len(m) * (1 if q is None else rank)
            share, mean = mean[:size], mean[size:]
            found.append(share)
            bases.append(None if q is None else _orthonormal(share.reshape(len(m), rank)))
        if any(basis is not None for basis in bases):
            second = [
                np.concatenate([(m.T @ b).ravel() for m, b in zip(node, bases, strict=True) if b is not None])
                for node in matrices
            ]
            mean = self._exchange(second, bits)
            for place, basis in enumerate(bases):
                if basis is None:
                    continue
                columns = matrices[0][place].shape[1]
                share, mean = mean[: columns * rank].reshape(columns, rank), mean[columns * rank :]
                found[place] = (basis @ share.T).ravel()[: self.squeezer.lengths[place]]
                for c in range(rank):
                    if share[:, c].any():
                        kept = self.factors[place]
                        assert kept is not None
                        kept[:, c] = share[:, c]
        return np.concatenate(found)

    def _start(self) -> list[Vector | None]:
        """A standard normal Q for each block that is worth factors."""
        rank = self.squeezer.arguments["rank"]
        found: list[Vector | None] = []
        left = list(self.words)
        for columns in _columns(self.squeezer):
            if not columns:
                found.append(None)
                continue
            drawn, left = left[: columns * rank], left[columns * rank :]
            normal = [float(ndtri(((word >> 12) + 0.5) * 2.0**-52)) for word in drawn]
            found.append(np.asarray(normal).reshape(columns, rank))
        return found

    def _sketch(self, vectors: list[Vector], bits: Bits) -> Vector:
        rows, cols, k = (self.squeezer.arguments[name] for name in ("rows", "cols", "k"))
        d = self.squeezer.d
        where = [[self.words[r * d + j] % 2**63 % cols for j in range(d)] for r in range(rows)]
        sign = [[-1.0 if self.words[r * d + j] >> 63 else 1.0 for j in range(d)] for r in range(rows)]
        tables = []
        for vector in vectors:
            table = np.zeros((rows, cols))
            for r in range(rows):
                for j in range(d):
                    table[r, where[r][j]] += sign[r][j] * vector[j]
            tables.append(table.ravel())
        mean = self._exchange(tables, bits).reshape(rows, cols)
        values = np.asarray(
            [_median([mean[r, where[r][j]] * sign[r][j] for r in range(rows)]) for j in range(d)]
        )
        asked = min(d, self.squeezer.arguments.get("exact", 0) * k)
        if asked:
            chosen = _largest(values, asked)
            told = self._exchange([vector[chosen] for vector in vectors], bits)
            values = np.zeros(d)
            values[chosen] = told
        result = np.zeros(d)
        kept = _largest(values, k)
        result[kept] = values[kept]
        return result


def word_count(squeezer: Squeezer) -> int:
    """Words that a statement draws."""
    if squeezer.name == "sketch":
        return int(squeezer.arguments["rows"]) * squeezer.d
    return sum(_columns(squeezer)) * int(squeezer.arguments["rank"])


def floats(squeezer: Squeezer) -> int:
    """Floats that a node sends in one use."""
    if squeezer.name == "sketch":
        k, exact = squeezer.arguments["k"], squeezer.arguments.get("exact", 0)
        return int(squeezer.arguments["rows"] * squeezer.arguments["cols"] + min(squeezer.d, exact * k))
    rank, both = squeezer.arguments["rank"], zip(squeezer.lengths, _columns(squeezer), strict=True)
    return sum(rank * (math.ceil(n / columns) + columns) if columns else n for n, columns in both)


def _columns(squeezer: Squeezer) -> list[int]:
    """The columns of each block as a matrix: its own shape's, else those asked for; 0 if factors would be no smaller."""
    rank, found = squeezer.arguments["rank"], []
    for shape in squeezer.shapes or [(n,) for n in squeezer.lengths]:
        length = math.prod(shape)
        columns = length // shape[0] if len(shape) > 1 else squeezer.arguments.get("columns", 0)
        worth = columns and rank * (math.ceil(length / columns) + columns) < length
        found.append(columns if worth else 0)
    return found


def _matrix(block: Vector, columns: int) -> Vector:
    """Rows of so many columns, zeros behind the last entry."""
    rows = math.ceil(len(block) / columns)
    return np.concatenate((block, np.zeros(rows * columns - len(block)))).reshape(rows, columns)


def _orthonormal(values: Vector) -> Vector:
    """Gram-Schmidt, column by column; what depends on those before is 0."""
    done: list[Vector] = []
    for c in range(values.shape[1]):
        column = np.ascontiguousarray(values[:, c])
        size = np.sqrt(np.sum(column * column))
        for other in done:
            column = column - np.sum(column * other) * other
        left = np.sqrt(np.sum(column * column))
        done.append(column / left if left > size * 1e-6 else np.zeros(len(column)))
    return np.stack(done, axis=1)


def _largest(values: Vector, k: int) -> list[int]:
    return sorted(sorted(range(len(values)), key=lambda j: (-abs(values[j]), j))[:k])


def _median(values: list[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
