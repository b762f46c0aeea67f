"""Perm-K: coordinates dealt out among the nodes, each to exactly s of them, in one draw that all nodes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Class, Trait, Traits

from ..arrays.backend import Array, Backend
from ..chance.joint import JointWords
from ..codecs.packets import MaskedPacket
from ..codecs.sizes import ceil_log2, expected_index_bits
from . import errors
from .arguments import whole
from .base import Compressor, Kernel, Meaning
from .masked import MaskedKernel
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

NODES = 8
"""Number of nodes where no run says it, as in the lab."""


@register
class PermK(Compressor):
    """Q_i(x)_j = (n / s) x_j if coordinate j was dealt to node i, else 0 (Szlendak, Tyurin, Richtarik, ICLR 2022, of
    s = 1 for d >= n; masks as of CompressedScaffnew, Condat, Agarsky, Richtarik 2022).

    The nodes that have a coordinate are a uniform set of s, so that with A = B = (n - s) / (s (n - 1))
    E ||1/n sum Q_i(x_i) - xm||^2 = A 1/n sum ||x_i||^2 - B ||xm||^2, xm the mean: 0 where all x_i are equal.
    """

    name: ClassVar[str] = "perm_k"
    doc: ClassVar[str] = (
        "deals the coordinates out among the nodes, each to exactly s, in one draw for all nodes"
    )
    codec: ClassVar[str] = (
        "a float for each of floor or ceil(s d / n) entries, the set of their coordinates, and their number"
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument(
            "s",
            ArgumentKind.INT,
            default=0,
            doc="nodes that get a coordinate, at most n; 0: one, or floor(n / d) where there are more nodes",
            least=0,
        ),
        Argument(
            "among",
            ArgumentKind.INT,
            default=0,
            doc="nodes that share a deal, where it is applied over a drawn set of so many; 0: all",
            least=0,
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._s, self._among = whole(arguments, "s"), whole(arguments, "among")
        self._n = self._nodes = self._among or NODES

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """Unbiased, at each node."""
        return Class.UNBIASED

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """It is linear for a given deal."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    @classmethod
    def joint(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True: a coordinate's nodes are drawn together."""
        return True

    @classmethod
    def dealt_among(cls) -> str:
        """The argument that tells how many nodes of a set share a deal."""
        return "among"

    @classmethod
    def writes_some(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True: a node's own coordinates."""
        return True

    def among(self, n: int) -> Compressor:
        """The compressor of n nodes; `SetupError` where s, or the number of those that share a deal, is more."""
        if self._among > n:
            raise errors.more_than_nodes(self._among, n)
        found = PermK(**self.values)
        found._n, found._nodes = self._among or n, n
        if self._s > found._n:
            raise errors.dealt_to_more(self._s, found._n)
        return found

    def copies(self, d: int) -> int:
        """The number s of nodes that get a coordinate."""
        return self._s or max(1, self._n // d)

    def omega(self, d: int) -> float:
        """n / s - 1 (exact)."""
        return self._n / self.copies(d) - 1

    def ab(self, d: int, n: int) -> tuple[float, float]:
        """A = B = (n - s) / (s (n - 1)), with equality."""
        s = self.copies(d)
        both = (self._n - s) / (s * (self._n - 1)) if self._n > 1 else 0.0
        return both, both

    def density(self, d: int) -> float:
        """s d / n in the mean."""
        return self.copies(d) * d / self._n

    def bits(self, d: int, float_bits: int) -> float:
        """In the mean over the deals: the two numbers of entries differ by one."""
        few, more = divmod(self.copies(d) * d, self._n)
        sets = expected_index_bits(d, few) * (self._n - more)
        sets += expected_index_bits(d, few + 1) * more if more else 0
        return self.density(d) * float_bits + sets / self._n + ceil_log2(d + 1)

    def meaning_of_bits(self, d: int) -> Meaning:
        """A mean: the coordinates are drawn."""
        return Meaning.MEAN

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """A word for each coordinate and each node."""
        made = PermKKernel(backend, d, self._n, self.copies(d))
        made.of_set, made.of_all = self._among, self._n == self._nodes
        return made


class PermKKernel(MaskedKernel):
    """`Kernel` of perm_k. Coordinate j, the r-th of a random order, goes to the s nodes behind place r s of a cyclic random
    order of nodes. `of_set` is the number of nodes of a set that it is for, if it is for one, `of_all` if for all."""

    draws_jointly = True

    def __init__(self, backend: Backend, d: int, n: int, s: int) -> None:
        super().__init__(backend, d, d + n)
        self._n, self._s = n, s
        self.of_set, self.of_all = 0, True

    @property
    def of_all_nodes(self) -> tuple[HostArray, float] | None:
        """The numbers that fused rounds deal by: d, n and s, and the factor of entries; None for the nodes of a set."""
        import numpy as np  # specs are checked where there is none

        if self.of_set or not self.of_all:
            return None
        return np.array([self._d, self._n, self._s], np.int64), self._n / self._s

    def compress(self, vectors: Array, words: Array | JointWords | None) -> MaskedPacket:
        """Rows are nodes of one draw; of plain words (rows, count) row r is node r mod n of a draw of its own."""
        assert words is not None
        xp, rows = self._backend.xp, vectors.shape[0]
        if not isinstance(words, JointWords):
            nodes = xp.arange(rows, dtype=xp.int64, device=self._backend.device) % self._n
            words = JointWords(words, nodes)
        mask = self._mask(words)
        return self._packet(mask, vectors if self._s == self._n else vectors * (self._n / self._s))

    def _mask(self, words: JointWords) -> Array:
        """(rows, d): true at the coordinates of each row's node."""
        xp = self._backend.xp
        places = xp.astype(xp.argsort(words.words[:, : self._d], axis=1, stable=True), xp.int64)
        order = xp.astype(xp.argsort(words.words[:, self._d :], axis=1, stable=True), xp.int64)
        if order.shape[0] == 1:
            columns = xp.take(order[0, :], words.nodes)
        else:
            columns = xp.take_along_axis(order, words.nodes[:, None], axis=1)[:, 0]
        return (columns[:, None] - places * self._s) % self._n < self._s
