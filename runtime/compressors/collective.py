"""Compressors that average while they compress, in exchanges of their own: nodes send rows, everyone gets their mean."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from cablese.dsl.check.contracts import ArgumentValue, Class

from ..arrays.backend import Array, Backend
from . import errors
from .base import Compressor, Kernel, Meaning

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Exchanges: TypeAlias = Generator[Array | None, Array, Array]
"""Yields what this process's nodes send, (rows, width), or None where it has no node; is sent the mean, (width,)."""


class Averaging(Protocol):
    """A collective compressor at one message statement of a run; may keep state from one use to the next, alike in every
    process."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Floats that a node sends, and that come back, in each exchange."""

    def average(self, vectors: Array | None) -> Exchanges:
        """vectors (rows, d) of this process's nodes, None without -> the decoded mean (d,)."""

    def memory(self) -> list[Array]:
        """The arrays that it keeps from one use to the next, in an order of their own; empty if it keeps none."""

    def recall(self, memory: Sequence[Array]) -> None:
        """Go on from arrays that `memory` gave, perhaps in another process."""


class Collective(Compressor):
    """A compressor of class `collective`. Exchanges are linear, floats both ways: an all-reduce could run them."""

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Collective."""
        return Class.COLLECTIVE

    @abstractmethod
    def widths(self, d: int) -> tuple[int, ...]:
        """Floats that a node sends in each exchange; `SetupError` if the arguments do not fit d."""

    @abstractmethod
    def words(self, d: int) -> int:
        """64-bit random words that a statement takes, once."""

    @abstractmethod
    def averaging(self, backend: Backend, d: int, words: HostArray) -> Averaging:
        """The averaging of one message statement; words uint64 (words(d),) on the host, the same in every process."""

    def bits(self, d: int, float_bits: int) -> float:
        """Bits that one node sends in all exchanges; as many come back."""
        return float(sum(self.widths(d)) * float_bits)

    def meaning_of_bits(self, d: int) -> Meaning:
        """Fixed."""
        return Meaning.MEAN

    def paper_bits(self, d: int, float_bits: int) -> float:
        """The same bits."""
        return self.bits(d, float_bits)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """Raise: there is no kernel, since no node compresses alone."""
        raise errors.runs_exchanges(self.name)
