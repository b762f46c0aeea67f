"""Results at a point that a round and the measuring of the point before or after it leave to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cablese.dsl.text.records import ByIdentity, record

from ..arrays.backend import Array, Backend
from ..problems.base import Oracle

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ENTRIES = 1 << 20
"""The most entries of gradients that are left."""

NEVER = -2
"""The number of no round: -1 is that of `init`."""


@record
class Offer(ByIdentity):
    """Gradients of all local nodes and samples at a point (d,), of which the bytes are kept, and the seconds they took."""

    point: bytes
    gradients: Array
    seconds: float


class Handover:
    """Results between rounds and points: a round that begins by asking for gradients takes those of the point before it, and
    a point takes losses and gradients of the round before it, if that asked at this very point.

    Losses are computed in a round only as long as points take them.
    """

    def __init__(self, backend: Backend, rows: int) -> None:
        """`rows`: the number of local nodes."""
        self._is_numpy, self._backend, self._rows = backend.name == "numpy", backend, rows
        self.last = NEVER  # the round after which a point is measured next
        self.is_open = False  # something may be taken or left in this round
        self._offered: Offer | None = None  # since the last round
        self._offer: Offer | None = None  # in this round
        self._leaves = False  # this round leaves results to a point
        self._left: tuple[bytes, Array, Array] | None = None  # a point, losses and gradients there
        self._is_missed = False  # a point was not where the round before it asked
        self._owed = 0.0  # seconds that measuring spent on what rounds took

    def begin(self, round: int) -> None:
        """Start a round."""
        if self._offered is None and not self.is_open and round != self.last:
            return
        self._offer, self._offered, self._left = self._offered, None, None
        self._leaves = round == self.last and not self._is_missed and self._is_numpy
        self.is_open = self._leaves or self._offer is not None

    def gradients(self, oracle: Oracle, point: Array) -> Array:
        """Gradients of all local nodes and samples in a round, (rows, d): those offered at this very point, which are given
        away, or new ones."""
        if point.ndim != 1 or self._rows * point.shape[0] > MOST_ENTRIES:
            return oracle.gradients(point)
        offer, here = self._offer, point.tobytes()
        if offer is not None and here == offer.point:
            self._offer = None
            self.owe(offer)
            return offer.gradients
        joint: Callable[[Array], tuple[Array, Array]] | None = getattr(oracle, "losses_and_gradients", None)
        if not self._leaves or joint is None:
            return oracle.gradients(point)
        losses, gradients = joint(point)
        kept: Any = self._backend.xp.asarray(gradients, copy=True)  # the program may write into its own
        self._left = here, losses, kept
        return gradients

    def offer(self, point: Array, gradients: Array, seconds: float) -> None:
        """Leave what a measured point took so many seconds for to the next round, which may begin with it: the first such
        point's."""
        if self._offered is None and self._is_numpy and gradients.size <= MOST_ENTRIES:
            self._offered = Offer(point.tobytes(), gradients, seconds)

    def owe(self, offer: Offer) -> None:
        """Note that a round took what was offered."""
        self._owed += offer.seconds

    def settle(self) -> float:
        """The seconds that measuring spent on what rounds took since the last call."""
        owed, self._owed = self._owed, 0.0
        return owed

    @property
    def offered(self) -> Offer | None:
        """The gradients that the point which was measured last leaves to the next round."""
        return self._offered

    def take(self, point: Array) -> tuple[Array, Array] | None:
        """Losses and gradients at a point (d,) that is measured, if the round before it left them."""
        left = self._left
        if left is None:
            return None
        self._left = None
        here, losses, gradients = left
        if point.tobytes() != here:
            self._is_missed = True
            return None
        return losses, gradients
