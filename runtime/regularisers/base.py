"""The class of regularisers: psi with its proximal operator, batched over rows, on any array library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from cablese.dsl.check.contracts import ArgumentKind

from ..plugin_contracts import Plugin

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray

ON = "on"
"""The argument that every regulariser takes beside its own: the block of the model that it acts on."""


class Regulariser(Plugin, ABC):
    """A closed convex function psi of the model, or of one of its blocks; of a set, the indicator.

    Subclasses are registered by name. The constructor takes `lengths`, those of the blocks that the regulariser acts on,
    in order, and by their names all arguments, of their kinds and within their bounds; it raises `SetupError` where two
    of them do not fit each other.
    """

    is_set: ClassVar[bool] = False  # psi is 0 in a set and infinite outside, and `prox` the projection

    def __init__(self, lengths: tuple[int, ...], **arguments: Any) -> None:
        self.lengths = lengths

    @classmethod
    def flaw(cls) -> str:
        """As of every plug-in; `on` is everyone's argument, and none is a compressor."""
        if flaw := super().flaw():
            return flaw
        if any(argument.name == ON for argument in cls.arguments):
            return "its argument `on` is that of every regulariser: the block that it acts on"
        taken = [a.name for a in cls.arguments if a.kind is ArgumentKind.COMPRESSOR]
        return f"its argument `{taken[0]}` is a compressor, and no regulariser takes one" if taken else ""

    @abstractmethod
    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """argmin_u step psi(u) + 1/2 ||u - v||^2 for each row v of vectors (rows, d): (rows, d), new.

        `steps` (rows, 1) or (1, 1), not negative; of a set the projection, whatever the step. A row's bits depend on that
        row alone.
        """

    @abstractmethod
    def values(self, xp: Any, vectors: Array) -> Array:
        """psi of each row of vectors (rows, d), (rows,); of a set 0 everywhere."""

    @property
    def constrains(self) -> bool:
        """True if some vectors are outside of the set where psi is finite."""
        return self.is_set

    def projections(self, xp: Any, vectors: Array) -> Array:
        """The nearest of each row where psi is finite, (rows, d)."""
        return self.prox(xp, vectors, xp.ones_like(vectors[:1, :1])) if self.is_set else vectors

    def farthest(self, direction: HostArray) -> HostArray | None:
        """A maximiser of direction.u - psi(u), (d,), on the host; None where there is none or no closed form."""
        return None
