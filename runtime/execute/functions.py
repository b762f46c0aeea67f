"""The functions that generated programs call: arithmetic beyond operators, sparse updates, folds over rows.

Every sum over rows goes one by one in row order, so that bits do not depend on how rows are grouped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from cablese.dsl.check import scalars
from cablese.dsl.syntax.build import MOST_INT

from ..arrays.backend import Array, Backend
from ..arrays.finite import Boundless, NonFinite, NotANumber, check_finite
from ..arrays.in_turn import InTurn
from ..arrays.sparse import Picks, Sparse
from ..chance.batch import Batch
from ..codecs.packets import MaskedPacket
from ..errors import RunFailed
from ..regularisers.base import Regulariser
from .aggregates import Aggregates
from .histories import Histories
from .oracles import Pending
from .proximal_step import ProximalStep
from .schedules import InRound, Schedules
from .sparse_vectors import SparseVectors
from .tiles import Tiles

MOST_PASSES = 10**7
"""The most passes that the loops of a round make together, so that a round always ends."""


class Functions(Aggregates, Histories, SparseVectors, Tiles):
    """Helpers bound to a backend and a dimension; a generated program asks for them by name."""

    def __init__(
        self, backend: Backend, d: int, blocks: Sequence[int] = (), psi: Regulariser | None = None
    ) -> None:
        """`blocks`: the lengths of the model's parts, which make up d; `psi`: the problem's regulariser."""
        super().__init__(backend)
        SparseVectors.__init__(self, backend, d)
        self.prox = ProximalStep(backend, d, psi)
        self.blocks = tuple(blocks) or (d,)
        self._schedules = Schedules()
        self.passes = 0  # made by loops in this round

    # --- shapes ----------------------------------------------------------------------------------------------

    def row(self, value: Array) -> Array:
        """A vector as a family of one."""
        return self.xp.reshape(value, (1, -1))

    def column(self, value: Array) -> Array:
        """One number a row as a column, which broadcasts with vectors."""
        return value[:, None]

    def at(self, value: Array | Pending | InTurn, picks: Picks) -> Array:
        """Entries (rows, k) of a vector, of a family's rows, or of gradients not yet computed, at the picks."""
        if isinstance(value, Pending | InTurn):
            return value.at(picks)
        return self.backend.take(value, picks.indices if value.ndim == 1 else picks.flat)

    def times(self, value: Any) -> int:
        """The passes of a loop; raises RunFailed if it is no count, or too large with those of the round's other loops."""
        number = float(value)
        if not number >= 0 or not number.is_integer():
            raise RunFailed(f"a `repeat` is to run {number:g} times: a count is a whole number, not below 0")
        self.passes += int(number)
        if self.passes > MOST_PASSES:
            raise too_many_passes(self.passes)
        return int(number)

    def most(self, *counts: Array) -> int:
        """The passes of a loop in which every row has its own count: the greatest of the counts."""
        rows = (value for each in counts for value in self.backend.to_host(each))
        return self.times(max(rows, key=_count_order, default=0))

    def interleave(self, taken: Array, one: Array | Batch, other: Array | Batch) -> Array | Batch:
        """A fresh array: for each row the next row of `one` where it is taken, else the next row of `other`."""
        mask = np.asarray(self.backend.to_host(taken), dtype=bool)
        order = np.where(mask, np.cumsum(mask) - 1, np.count_nonzero(mask) + np.cumsum(~mask) - 1)
        if isinstance(one, Batch) and isinstance(other, Batch):
            return one.joined(other).rows(order)
        both = self.xp.concat((one, other), axis=0)
        return self.xp.take(both, self.backend.to_device(order), axis=0)

    def each_round(self, rule: InRound) -> InRound:
        """A schedule, computed once a round."""
        return self._schedules.add(rule)

    def whole(self, value: Any) -> Any:
        """A value that an int name binds; raises NonFinite if it is not finite or beyond the range of ints."""
        if not hasattr(value, "ndim"):
            if -MOST_INT <= value <= MOST_INT:
                return value
            raise (Boundless if abs(value) > MOST_INT else NonFinite)("what is bound here")
        if self.backend.all_finite(value) and bool(self.xp.all(self.xp.abs(value) <= MOST_INT)):
            return value
        check_finite(self.backend, value, "what is bound here", value.ndim > 0)
        raise Boundless("what is bound here")

    # --- comparisons of numbers ------------------------------------------------------------------------------

    def less(self, a: Any, b: Any) -> Any:
        """a < b; all comparisons raise NotANumber where a side is nan."""
        return self._decided(a < b, a, b)

    def at_most(self, a: Any, b: Any) -> Any:
        """a <= b."""
        return self._decided(a <= b, a, b)

    def greater(self, a: Any, b: Any) -> Any:
        """a > b."""
        return self._decided(a > b, a, b)

    def at_least(self, a: Any, b: Any) -> Any:
        """a >= b."""
        return self._decided(a >= b, a, b)

    def same(self, a: Any, b: Any) -> Any:
        """a == b."""
        return self._decided(a == b, a, b)

    def differs(self, a: Any, b: Any) -> Any:
        """a != b."""
        return self._decided(a != b, a, b)

    def _decided(self, outcome: Any, a: Any, b: Any) -> Any:
        undefined = (a != a) | (b != b)
        if not getattr(undefined, "ndim", 0):
            if undefined:
                raise NotANumber("what is compared")
        elif self.xp.any(undefined):
            rows = np.flatnonzero(self.backend.to_host(undefined))
            raise NotANumber("what is compared", int(rows[0]))
        return outcome

    # --- branches --------------------------------------------------------------------------------------------

    def truth(self, value: Any) -> bool:
        """A condition that every role knows, as a bool on the host."""
        return bool(value)

    # --- numbers and vectors ---------------------------------------------------------------------------------

    def dot(self, a: Array, b: Array) -> Any:
        """Inner product, row by row for families."""
        return self.xp.sum(a * b, axis=-1)

    def norm2(self, a: Array) -> Any:
        """Squared Euclidean norm, row by row."""
        return self.xp.sum(a * a, axis=-1)

    def norm(self, a: Array) -> Any:
        """Euclidean norm, row by row."""
        return self.xp.sqrt(self.xp.sum(a * a, axis=-1))

    def norm1(self, a: Array) -> Any:
        """Sum of magnitudes, row by row."""
        return self.xp.sum(self.xp.abs(a), axis=-1)

    def norm_inf(self, a: Array) -> Any:
        """Largest magnitude, row by row."""
        return self.xp.max(self.xp.abs(a), axis=-1)

    def block_norm(self, a: Array) -> Array:
        """For each entry the Euclidean norm of its block, row by row."""
        return self._by_block(self.norm, a)

    def block_norm2(self, a: Array) -> Array:
        """For each entry the squared Euclidean norm of its block, row by row."""
        return self._by_block(self.norm2, a)

    def block_norm1(self, a: Array) -> Array:
        """For each entry the sum of magnitudes in its block, row by row."""
        return self._by_block(self.norm1, a)

    def block_norm_inf(self, a: Array) -> Array:
        """For each entry the largest magnitude in its block, row by row."""
        return self._by_block(self.norm_inf, a)

    def _by_block(self, norm: Callable[[Array], Array], a: Array) -> Array:
        parts, first = [], 0
        for length in self.blocks:
            part = a[..., first : first + length]
            parts.append(self.xp.broadcast_to(norm(part)[..., None], part.shape))
            first += length
        return self.xp.concat(parts, axis=-1)

    def support_one(self, packet: MaskedPacket) -> Array:
        """The mask of the coordinates that a packet of one message tells."""
        return packet.mask[0, ...]

    def support(self, value: Array | Sparse | MaskedPacket) -> Array:
        """The mask of the coordinates that a sparse value, or packets, have; of any other value, of all coordinates."""
        if isinstance(value, MaskedPacket):
            return value.mask
        if not isinstance(value, Sparse):
            return self.xp.ones(value.shape, dtype=self.xp.bool, device=self.backend.device)
        mask = self.xp.zeros(value.shape, dtype=self.xp.bool, device=self.backend.device)
        self.backend.put(mask, value.flat, self.xp.ones_like(value.values, dtype=self.xp.bool))
        return mask

    def square(self, a: Any) -> Any:
        """a * a."""
        return a * a

    def divide(self, a: Any, b: Any) -> Any:
        """a / b of numbers, as floats divide: no exception at zero."""
        return scalars.divide(a, b)

    def modulo(self, a: Any, b: Any) -> Any:
        """a % b with the sign of b; nan at zero."""
        return a % b if hasattr(a, "ndim") or hasattr(b, "ndim") else scalars.modulo(a, b)

    def power(self, a: Any, b: Any) -> Any:
        """a ^ b."""
        if hasattr(a, "ndim") or hasattr(b, "ndim"):
            return self._array(a) ** b
        return scalars.power(a, b)

    def select(self, condition: Any, a: Any, b: Any) -> Any:
        """a where the condition holds, else b."""
        if not hasattr(condition, "ndim"):
            return self._beside(a, b) if condition else self._beside(b, a)
        return self.xp.where(condition, self._array(a), self._array(b))

    def _beside(self, value: Any, other: Any) -> Any:
        """A value broadcast to the shape of both: one value for all nodes may stand beside a family."""
        own = getattr(value, "shape", ())
        shape = np.broadcast_shapes(own, getattr(other, "shape", ()))
        if shape == own:
            return value
        return self.copy(self.xp.broadcast_to(self._array(value), shape))

    def _array(self, a: Any) -> Array:
        if hasattr(a, "ndim"):
            return a
        kind = self.xp.bool if isinstance(a, bool) else self.backend.real
        return self.xp.asarray(a, dtype=kind, device=self.backend.device)

    def minimum(self, *values: Any) -> Any:
        """The smallest, entry by entry."""
        return reduce(lambda a, b: self._pairwise(self.xp.minimum, scalars.least, a, b), values)

    def maximum(self, *values: Any) -> Any:
        """The largest, entry by entry."""
        return reduce(lambda a, b: self._pairwise(self.xp.maximum, scalars.greatest, a, b), values)

    def clip(self, a: Any, low: Any, high: Any) -> Any:
        """a, held between low and high."""
        return self.minimum(self.maximum(a, low), high)

    def _pairwise(self, arrays: Callable[..., Any], numbers: Callable[..., Any], a: Any, b: Any) -> Any:
        if hasattr(a, "ndim") and hasattr(b, "ndim"):
            return arrays(a, b)
        if hasattr(a, "ndim") or hasattr(b, "ndim"):
            return arrays(self._array(a), self._array(b))
        return numbers(a, b)

    def _each(self, arrays: Callable[..., Any], numbers: Callable[..., Any], a: Any) -> Any:
        return arrays(a) if hasattr(a, "ndim") else numbers(a)

    def sqrt(self, a: Any) -> Any:
        """Square root; nan below zero."""
        return self._each(self.xp.sqrt, scalars.sqrt, a)

    def exp(self, a: Any) -> Any:
        """Exponential."""
        return self._each(self.xp.exp, scalars.exp, a)

    def log_(self, a: Any) -> Any:
        """Natural logarithm; -inf at zero, nan below."""
        return self._each(self.xp.log, scalars.log, a)

    def cos(self, a: Any) -> Any:
        """Cosine; nan of what is infinite."""
        return self._each(self.xp.cos, scalars.cos, a)

    def sin(self, a: Any) -> Any:
        """Sine; nan of what is infinite."""
        return self._each(self.xp.sin, scalars.sin, a)

    def floor_(self, a: Any) -> Any:
        """Largest whole number not above."""
        return self._each(self.xp.floor, lambda v: scalars.whole(math.floor, v), a)

    def ceil_(self, a: Any) -> Any:
        """Smallest whole number not below."""
        return self._each(self.xp.ceil, lambda v: scalars.whole(math.ceil, v), a)

    def absolute(self, a: Any) -> Any:
        """Magnitude."""
        return self._each(self.xp.abs, abs, a)

    def sign(self, a: Any) -> Any:
        """-1, 0 or 1."""
        return self._each(self.xp.sign, scalars.sign, a)


def _count_order(value: Any) -> float:
    """A sort key of counts: a number that is no count is the greatest."""
    number = float(value)
    return number if number >= 0 and number.is_integer() else math.inf


def too_many_passes(passes: int) -> RunFailed:
    """The error of loops that make too many passes in one round."""
    return RunFailed(
        f"the `repeat`s of one round would run {passes} times together, and may run {MOST_PASSES} times: "
        "repeat less often, and run more rounds."
    )
