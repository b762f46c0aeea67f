"""Oracles as generated programs call them: remembered by point and batch, and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import ref

from ..arrays.backend import Array
from ..arrays.sparse import Picks
from ..chance.batch import Batch
from ..problems.base import Oracle, SeparableOracle
from .views import View

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.nodes import Nodes


@dataclass(frozen=True, slots=True, eq=False)
class Over:
    """The members that an oracle is asked over. `point_of_all`, `batch_of_all`: rows of the point, or of the batch, are
    the local nodes' and not the members'."""

    members: Nodes
    point_of_all: bool
    batch_of_all: bool


MANY = 32
"""Evaluations beyond which those are forgotten whose point or batch nothing else holds: loops make many."""


FEW_ENTRIES = 1 << 13
"""So many gradient entries of all rows together are computed faster than some of them are gathered, measured."""


class Remembered:
    """One evaluation: the point and batch it was made at, by which it is known as long as others hold them; the result.

    `result` is None as long as only entries of it were asked for.
    """

    __slots__ = ("_batch", "_point", "counted_in", "last_use", "over", "result")

    def __init__(self, point: Array, batch: Batch | None, over: Over | None, round: int) -> None:
        self._point, self._batch = ref(point), None if batch is None else ref(batch)
        self.over = over
        self.result: Array | None = None
        self.last_use = round
        self.counted_in = -2

    @property
    def point(self) -> Array | None:
        """The point, None when nobody holds it any more: then nobody can ask there again."""
        return self._point()

    @property
    def batch(self) -> Batch | None:
        """The batch, None for all samples; of one that is gone too: ask `is_gone` first."""
        return None if self._batch is None else self._batch()

    def is_gone(self) -> bool:
        """Whether the point or the batch is held by nobody any more."""
        return self._point() is None or (self._batch is not None and self._batch() is None)

    def is_at(self, point: Array, batch: Batch | None) -> bool:
        """Whether it was made at this point, on this batch."""
        if self._point() is not point:
            return False
        return self._batch is None if batch is None else self._batch is not None and self._batch() is batch

    @property
    def members(self) -> Nodes | None:
        """Over whom, None for every node."""
        return None if self.over is None else self.over.members

    def rows_differ(self) -> bool:
        """Whether a node's copies may have a point or a batch each of their own."""
        if self.over is None or self.point is None:
            return False
        own_point = self.point.ndim == 2 and not self.over.point_of_all
        return own_point or (self.batch is not None and not self.over.batch_of_all)


class Pending:
    """A gradient of which only entries will be read."""

    __slots__ = ("_oracle", "_point")

    def __init__(self, point: Array, oracle: SeparableOracle) -> None:
        self._point, self._oracle = point, oracle

    def at(self, picks: Picks) -> Array:
        """The entries (rows, k) at the picks."""
        return self._oracle.entries(self._point, picks.indices, picks.flat)


class CountedOracle:
    """Gradients of a rank's nodes. A point is known by its array: what a round assigns is never overwritten in place.

    An evaluation is kept for one round after its last use. `calls` adds up gradients of single samples as the spec asks
    for them: each (point, batch) once per node and round.
    """

    def __init__(self, oracle: Oracle, view: View, samples: tuple[int, ...]) -> None:
        self.oracle, self.view = oracle, view
        self.separable = oracle if isinstance(oracle, SeparableOracle) else None
        self._rows = view.rows
        self.samples = samples[view.first : view.last]
        self.everyone = sum(self.samples)
        self.round = -1
        self.calls = 0
        self._kept: list[Remembered] = []

    def begin(self, round: int) -> None:
        """A new round starts: forget what the last one did not use."""
        self.round = round
        oldest = round - 1
        for kept in self._kept:
            if kept.last_use < oldest:
                self._kept = [k for k in self._kept if k.last_use >= oldest]
                return

    def gradient(
        self,
        point: Array,
        batch: Batch | None = None,
        members: Nodes | None = None,
        point_of_all: bool = False,
        batch_of_all: bool = False,
    ) -> Array:
        """grad f_i(point), or F_i(point): (rows, d), over all local nodes or the members among them."""
        over = None if members is None else Over(members, point_of_all, batch_of_all)
        kept = self._asked(point, batch, over)
        if kept.result is None:
            kept.result = self._evaluate(point, kept)
        return kept.result

    def later(
        self,
        point: Array,
        batch: Batch | None = None,
        members: Nodes | None = None,
        point_of_all: bool = False,
        batch_of_all: bool = False,
    ) -> Array | Pending:
        """The same, where only some entries will be read: they alone are computed if the oracle can."""
        few = self._rows * point.shape[-1] <= FEW_ENTRIES
        if self.separable is None or few or members is not None or not (batch is None or batch.full):
            return self.gradient(point, batch, members, point_of_all, batch_of_all)
        kept = self._asked(point, None, None)
        return Pending(point, self.separable) if kept.result is None else kept.result

    def _asked(self, point: Array, batch: Batch | None, over: Over | None) -> Remembered:
        if batch is not None and batch.full:
            batch = None
        members = None if over is None else over.members
        alike = [kept for kept in self._kept if kept.is_at(point, batch)]
        for kept in alike:
            if kept.members is members:
                break
        else:
            if len(self._kept) >= MANY:
                self._kept = [kept for kept in self._kept if not kept.is_gone()]
            kept = Remembered(point, batch, over, self.round)
            self._kept.append(kept)
        kept.last_use = self.round
        if kept.counted_in != self.round:
            self.calls += self._samples_of(
                kept, [k for k in alike if k is not kept and k.counted_in == self.round]
            )
            kept.counted_in = self.round
        return kept

    def _evaluate(self, point: Array, kept: Remembered) -> Array:
        if kept.over is None:
            return self._at(point, kept.batch, None)
        rows = self.view.members(kept.over.members)
        whole = next((k.result for k in self._alike(kept) if k.over is None), None)
        if whole is not None:
            return self.view.restrict(whole, kept.over.members)
        batch = kept.batch
        if kept.over.point_of_all:
            point = self.view.restrict(point, kept.over.members)
        if batch is not None and kept.over.batch_of_all:
            batch = batch.rows(rows)
        return self._at(point, batch, rows)

    def _at(self, point: Array, batch: Batch | None, rows: HostArray | None) -> Array:
        if batch is None:
            return self.oracle.gradients(point, rows)
        return self.oracle.batch_gradients(point, batch, rows)

    # --- counting --------------------------------------------------------------------------------------------

    def _samples_of(self, kept: Remembered, alike: list[Remembered]) -> int:
        """Gradients of single samples that an evaluation adds to this round's: each once per node, point and batch.

        `alike`: those counted already at the same point and batch."""
        if kept.over is None and not alike:
            return self.everyone if kept.batch is None else int(kept.batch.sizes.sum())
        if kept.rows_differ():
            return self._samples_of_rows(kept)
        nodes = self._nodes(kept).difference(*(self._nodes(k) for k in alike))
        sizes = self.samples if kept.batch is None else kept.batch.sizes
        return sum(int(sizes[node]) for node in nodes)

    def _samples_of_rows(self, kept: Remembered) -> int:
        """One gradient for each member, a node's copies too."""
        assert kept.over is not None
        if kept.batch is not None and not kept.over.batch_of_all:
            return int(kept.batch.sizes.sum())
        sizes = self.samples if kept.batch is None else kept.batch.sizes
        return sum(int(sizes[row]) for row in self.view.members(kept.over.members))

    def _nodes(self, kept: Remembered) -> set[int]:
        """Whose gradients these are, by local number."""
        return set(
            range(self.view.rows) if kept.over is None else self.view.members(kept.over.members).tolist()
        )

    def _alike(self, kept: Remembered) -> list[Remembered]:
        """Other evaluations at the same point and batch."""
        point, batch = kept.point, kept.batch
        return [k for k in self._kept if k is not kept and k.is_at(point, batch)]

    def loss(self, point: Array, members: Nodes | None = None, point_of_all: bool = False) -> Array:
        """f_i(point): (rows,). Not a gradient, so not counted."""
        if members is None:
            return self.oracle.losses(point)
        if point.ndim == 1 or point_of_all:
            return self.view.restrict(self.oracle.losses(point), members)
        return self.oracle.losses(point, self.view.members(members))
