"""Regularisers that make models sparse: l1, the elastic net, and Euclidean norms of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cablese.dsl.check.contracts import Argument, ArgumentKind

from .base import Regulariser
from .lengths import lengths_of_rows, pieces
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import Array


def _strength(name: str, doc: str) -> Argument:
    return Argument(name, ArgumentKind.REAL, doc=doc, above=0, example="0.01")


@register
class LassoNorm(Regulariser):
    """psi(x) = lam ||x||_1; Tibshirani (1996)."""

    name = "l1"
    doc = "psi(x) = lam norm1(x)"
    arguments = (_strength("lam", "strength of lam norm1(x)"),)

    def __init__(self, lengths: tuple[int, ...], *, lam: float) -> None:
        super().__init__(lengths)
        self._strength = lam

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: soft thresholding."""
        return softened(xp, vectors, self._strength * steps)

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it."""
        return self._strength * xp.sum(xp.abs(vectors), axis=-1)


@register
class ElasticNet(Regulariser):
    """psi(x) = l1 ||x||_1 + l2/2 ||x||^2; Zou and Hastie (2005)."""

    name = "elastic_net"
    doc = "psi(x) = l1 norm1(x) + l2/2 norm2(x)"
    arguments = (
        _strength("l1", "strength of l1 norm1(x)"),
        _strength("l2", "strength of l2/2 norm2(x)"),
    )

    def __init__(self, lengths: tuple[int, ...], *, l1: float, l2: float) -> None:
        super().__init__(lengths)
        self._l1, self._l2 = l1, l2

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: soft thresholding, then shrinking."""
        return softened(xp, vectors, self._l1 * steps) / (1.0 + self._l2 * steps)

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it."""
        squares = xp.sum(vectors * vectors, axis=-1)
        return self._l1 * xp.sum(xp.abs(vectors), axis=-1) + 0.5 * self._l2 * squares


@register
class GroupNorm(Regulariser):
    """psi(x) = lam sum_b ||x_b||, b over the model's blocks; Yuan and Lin (2006), with weights 1."""

    name = "group_l1"
    doc = "psi(x) = lam sum_b norm(x_b), b over the blocks of the model"
    arguments = (_strength("lam", "strength of lam sum_b norm(x_b)"),)

    def __init__(self, lengths: tuple[int, ...], *, lam: float) -> None:
        super().__init__(lengths)
        self._strength = lam

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: each block shortened by step lam, to 0 if it is no longer."""
        result, least = xp.empty_like(vectors), self._strength * steps
        for piece in pieces(self.lengths):
            block = xp.asarray(vectors[:, piece], copy=True)
            long = lengths_of_rows(xp, block)
            left = xp.where(long > least, long - least, xp.zeros_like(long))
            result[:, piece] = block * (left / xp.where(long > 0, long, xp.ones_like(long)))
        return result

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it."""
        norms = [lengths_of_rows(xp, vectors[:, piece])[:, 0] for piece in pieces(self.lengths)]
        return self._strength * xp.sum(xp.stack(norms, axis=-1), axis=-1)


def softened(xp: Any, vectors: Array, least: Array) -> Array:
    """Entries moved towards 0 by `least`, and to 0 if they are no larger."""
    return vectors - xp.minimum(xp.maximum(vectors, -least), least)
