"""Oracles as generated programs call them: counted, with results remembered by the numbers of point and minibatch."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.backend import Array
from ..arrays.in_turn import InTurn, Span
from ..arrays.pieces import PieceOf
from ..arrays.sparse import Picks
from ..arrays.threads import LONG_ROW
from ..chance.batch import Batch
from ..chance.noise import CallKeys
from ..problems.base import ColumnOracle, KeyedOracle, Oracle, SeparableOracle, SerialOracle
from .handover import Handover
from .views import View

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.nodes import Nodes


@record
class Over(ByIdentity):
    """The members that an oracle is asked for. `point_of_all`, `batch_of_all`: rows of the point, or of the batch, are
    the local nodes' and not the members'."""

    members: Nodes
    point_of_all: bool
    batch_of_all: bool

    def is_over(self, members: Nodes) -> bool:
        """True if these are the members, with the same copies."""
        mine = self.members
        return np.array_equal(mine.nodes, members.nodes) and np.array_equal(mine.copies, members.copies)


@record
class Asked:
    """A gradient that was asked for in the last round: the numbers of its point and minibatch, and its members."""

    at: Hashable
    draw: Hashable
    over: Over | None


Where: TypeAlias = tuple[Hashable, Hashable]
"""The key of remembered results: a point's number, and that of the minibatch, None for all samples."""

MOST_RESULTS = 32
"""The most results that are remembered, as loops may ask at many points; a forgotten one is computed again."""


FEW_ENTRIES = 1 << 13
"""Number of gradient entries, of all rows, up to which computing all is faster than gathering some, measured."""


class Evaluation:
    """Gradients of some members, or of every node: the round that last asked for them, and the result.

    `result` is None as long as only entries of it were asked for, and once it is forgotten.
    """

    __slots__ = ("last_use", "over", "result")

    def __init__(self, over: Over | None, round: int) -> None:
        self.over, self.last_use = over, round
        self.result: Array | None = None

    def is_over(self, over: Over | None) -> bool:
        """True if it is of the same members."""
        if self.over is None or over is None:
            return self.over is over
        return self.over.is_over(over.members)


class Pending:
    """A gradient of which only some entries will be read."""

    __slots__ = ("_oracle", "_point")

    def __init__(self, point: Array, oracle: SeparableOracle) -> None:
        self._point, self._oracle = point, oracle

    def at(self, picks: Picks) -> Array:
        """The entries (rows, k) at the picks."""
        return self._oracle.entries(self._point, picks.indices, picks.flat)


class CountedOracle:
    """Gradients of a rank's nodes. Programs number the points at which they may ask twice (`at`), and the minibatches
    (`draw`): equal numbers are one point, whichever arrays hold it.

    `calls` adds up gradients of single samples that nodes must compute. A gradient that a node asked for in this round or
    in the one before, at the same point and on the same minibatch, is free.
    """

    def __init__(self, oracle: Oracle, view: View, samples: tuple[int, ...], seed: int = 0) -> None:
        self.oracle, self.view = oracle, view
        self.separable = oracle if isinstance(oracle, SeparableOracle) else None
        self.keyed = oracle if isinstance(oracle, KeyedOracle) else None
        self.serial = isinstance(oracle, SerialOracle)
        self.call_keys = CallKeys(seed, view.first)
        self._rows = view.rows
        self.samples = samples[view.first : view.last]
        self._counts = np.array(self.samples, dtype=np.int64)
        self.everyone = sum(self.samples)
        self.round = -1
        self.calls = 0
        self._asked: dict[Where, list[Evaluation]] = {}
        self._computed: list[Evaluation] = []
        self.handover = Handover(view.backend, view.rows)

    def begin(self, round: int) -> None:
        """Start a round: results that the last one did not ask for are forgotten."""
        self.round = round
        self.handover.begin(round)
        if self._asked:
            self._asked = {where: kept for where, all in self._asked.items() if (kept := self._recent(all))}
            self._computed = self._recent(self._computed)
        if self.keyed is not None:
            self.call_keys.begin(round, {at for at, _ in self._asked})

    def recent(self) -> list[Asked]:
        """The gradients that the next round may ask for again at no cost."""
        return [
            Asked(at, draw, each.over)
            for (at, draw), all in self._asked.items()
            for each in all
            if each.last_use >= self.round
        ]

    def recall(self, round: int, asked: Sequence[Asked]) -> None:
        """Put back gradients that were asked for in a round; they are computed where they are asked for again."""
        self.calls = 0
        self.remember(round, asked)

    def remember(self, round: int, asked: Sequence[Asked]) -> None:
        """Go on after a round that asked for these gradients, computed elsewhere."""
        self.round, self._computed, self._asked = round, [], {}
        for each in asked:
            self._asked.setdefault((each.at, each.draw), []).append(Evaluation(each.over, round))

    def _recent(self, evaluations: list[Evaluation]) -> list[Evaluation]:
        return [each for each in evaluations if each.last_use >= self.round - 1]

    def gradient(
        self,
        point: Array,
        batch: Batch | None = None,
        members: Nodes | None = None,
        point_of_all: bool = False,
        batch_of_all: bool = False,
        at: Hashable = None,
        draw: Hashable = None,
        last: bool = False,
    ) -> Array:
        """grad f_i(point), or F_i(point): (rows, d), over all local nodes or the members among them. `last`: nobody asks for
        the result again, and it is not kept."""
        over = None if members is None else Over(self.view.held(members), point_of_all, batch_of_all)
        if batch is not None and batch.full and self.keyed is None:
            batch = draw = None
        if at is None and batch is None and over is None and self.keyed is None:
            self.calls += self.everyone
            return self._all_gradients(point)
        if at is None:
            self.calls += self._samples_of(point, batch, over, [])
            return self._evaluate(point, batch, over, [], at)
        alike = self._asked.setdefault((at, draw), [])
        kept = self._ask(alike, point, batch, over)
        found = self._evaluate(point, batch, over, alike, at) if kept.result is None else kept.result
        if last:
            kept.result = None
        elif kept.result is None:
            kept.result = found
            self._remember(kept)
        return found

    def later(
        self,
        point: Array,
        batch: Batch | None = None,
        members: Nodes | None = None,
        point_of_all: bool = False,
        batch_of_all: bool = False,
        at: Hashable = None,
        draw: Hashable = None,
        last: bool = False,
    ) -> Array | Pending | InTurn:
        """The gradient where only some entries will be read: `Pending` if the oracle computes single entries, `InTurn` if
        a long one costs no more node by node."""
        if self.separable is None and at is None and members is None and self._goes_in_turn(point):
            return self.in_turn(point, batch)
        few = self._rows * point.shape[-1] <= FEW_ENTRIES
        if self.separable is None or few or members is not None or not (batch is None or batch.full):
            return self.gradient(point, batch, members, point_of_all, batch_of_all, at, draw, last)
        if at is None:
            self.calls += self.everyone
            return Pending(point, self.separable)
        kept = self._ask(self._asked.setdefault((at, None), []), point, None, None)
        return Pending(point, self.separable) if kept.result is None else kept.result

    def in_turn(self, point: Array, batch: Batch | None = None) -> InTurn:
        """The gradients of all local nodes, one after another where a long one costs no more so."""
        if not self._goes_in_turn(point):
            return InTurn([slice(0, self._rows)], lambda _: self.gradient(point, batch), self.view.backend)
        self.calls += self._samples_of(point, batch, None, [])
        nodes = [slice(node, node + 1) for node in range(self._rows)]
        return InTurn(
            nodes, partial(self._of_node, point, batch), self.view.backend, self._by_columns(point, batch)
        )

    def _by_columns(self, point: Array, batch: Batch | None) -> PieceOf | None:
        """The gradients of some nodes at some coordinates; None where they need the whole point."""
        oracle = self.oracle
        if (
            not isinstance(oracle, ColumnOracle)
            or not (batch is None or batch.full)
            or self.keyed is not None
        ):
            return None

        def piece(rows: Span, columns: slice) -> Array:
            own = point[columns] if point.ndim == 1 else point[rows, columns]
            return oracle.of_columns(columns).gradients(own, np.arange(rows.start, rows.stop))

        return piece

    def _goes_in_turn(self, point: Array) -> bool:
        return self.serial and self._rows > 0 and point.shape[-1] >= LONG_ROW

    def _of_node(self, point: Array, batch: Batch | None, node: Span) -> Array:
        """The gradient (1, d) of one local node, of its row of the points and the batch."""
        row = np.array([node.start])
        own = point if point.ndim == 1 else point[node, ...]
        return self._at(own, None if batch is None else batch.rows(row), row, None)

    def _ask(
        self, alike: list[Evaluation], point: Array, batch: Batch | None, over: Over | None
    ) -> Evaluation:
        """The evaluation over these members among those at the same point and batch; a new one is counted."""
        for kept in alike:
            if kept.is_over(over):
                kept.last_use = self.round
                return kept
        self.calls += self._samples_of(point, batch, over, alike)
        kept = Evaluation(over, self.round)
        alike.append(kept)
        return kept

    def _remember(self, evaluation: Evaluation) -> None:
        self._computed.append(evaluation)
        if len(self._computed) > MOST_RESULTS:
            self._computed.pop(0).result = None

    def _evaluate(
        self, point: Array, batch: Batch | None, over: Over | None, alike: list[Evaluation], at: Hashable
    ) -> Array:
        if over is None:
            return self._at(point, batch, None, at)
        rows = self.view.members(over.members)
        whole = next((each.result for each in alike if each.over is None), None)
        if whole is not None:
            return self.view.restrict(whole, over.members)
        if over.point_of_all:
            point = self.view.restrict(point, over.members)
        if batch is not None and over.batch_of_all:
            batch = batch.rows(rows)
        return self._at(point, batch, rows, at)

    def _at(self, point: Array, batch: Batch | None, rows: HostArray | None, at: Hashable) -> Array:
        if self.keyed is not None:
            nodes = range(self._rows) if rows is None else rows.tolist()
            keys = self.call_keys.at(at, nodes) if batch is None or batch.keys is None else batch.keys
            return self.keyed.keyed_gradients(point, batch, keys, rows)
        if batch is None:
            return self._all_gradients(point) if rows is None else self.oracle.gradients(point, rows)
        return self.oracle.batch_gradients(point, batch, rows)

    def _all_gradients(self, point: Array) -> Array:
        """Gradients of all local nodes and samples."""
        if self.handover.is_open:
            return self.handover.gradients(self.oracle, point)
        return self.oracle.gradients(point)

    # --- counting --------------------------------------------------------------------------------------------

    def _samples_of(
        self, point: Array, batch: Batch | None, over: Over | None, alike: list[Evaluation]
    ) -> int:
        """Gradients of single samples that an evaluation takes: one for each sample of the nodes that do not have it.

        `alike`: evaluations that nodes have at the same point and batch."""
        if over is None and not alike:
            return self.everyone if batch is None else int(batch.sizes.sum())
        if over is not None and _rows_differ(point, batch, over):
            return self._samples_of_rows(batch, over)
        if any(each.over is None for each in alike):
            return 0
        known = [self.view.members(each.over.members) for each in alike if each.over is not None]
        nodes = self._nodes(over)
        for others in known:
            nodes = np.setdiff1d(nodes, others)
        return int(self._sizes(batch)[nodes].sum())

    def _samples_of_rows(self, batch: Batch | None, over: Over) -> int:
        """One gradient for each member, a node's copies too."""
        if batch is not None and not over.batch_of_all:
            return int(batch.sizes.sum())
        return int(self._sizes(batch)[self.view.members(over.members)].sum())

    def _sizes(self, batch: Batch | None) -> HostArray:
        """(rows,): the samples of each row's gradient."""
        return self._counts if batch is None else batch.sizes

    def _nodes(self, over: Over | None) -> HostArray:
        """The nodes of an evaluation, by local number, each once."""
        return np.arange(self._rows) if over is None else np.unique(self.view.members(over.members))

    def loss(self, point: Array, members: Nodes | None = None, point_of_all: bool = False) -> Array:
        """f_i(point): (rows,). Not a gradient, so not counted."""
        if members is None:
            return self.oracle.losses(point)
        if point.ndim == 1 or point_of_all:
            return self.view.restrict(self.oracle.losses(point), members)
        return self.oracle.losses(point, self.view.members(members))


def _rows_differ(point: Array, batch: Batch | None, over: Over) -> bool:
    """True if each copy of a node may have a point or a batch of its own."""
    own_point = point.ndim == 2 and not over.point_of_all
    return own_point or (batch is not None and not over.batch_of_all)
