"""The completion of a matrix of low rank from some of its entries, as a product of two factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Array, Backend
from . import errors
from .base import Oracle, Problem, Setting, Solution
from .blocks import Blocks
from .chance import SEED, generator
from .models import joined, matrices
from .nodewise import NodewiseOracle
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


@register
class MatrixFactorisation(Problem):
    """f_i(U, V) = 1/(2 m_i) sum over node i's entries (r, c) of (u_r.v_c - M_rc)^2 + l2/2 (||U||^2 + ||V||^2).

    M is the product of two normal factors of the rank asked for, with entries of variance 1, plus noise; each node observes
    `entries` of them, drawn without replacement. Not convex; U = 0, V = 0 is stationary, so that the start is normal.
    """

    name = "matrix_factorisation"
    kind = "minimize"
    doc = "f_i = 1/(2 m_i) sum_(r, c) (u_r.v_c - M_rc)^2 + l2/2 (norm2(U) + norm2(V)), over node i's entries (r, c)"
    arguments = (
        Argument("rows", ArgumentKind.INT, doc="rows of M and of U", least=1, example="20"),
        Argument("columns", ArgumentKind.INT, doc="columns of M, rows of V", least=1, example="15"),
        Argument(
            "rank", ArgumentKind.INT, doc="columns of U and V, and the rank of M without noise", least=1
        ),
        Argument(
            "entries", ArgumentKind.INT, 0, doc="entries of M that each node has; 0: half of them", least=0
        ),
        Argument("noise", ArgumentKind.REAL, 0.0, doc="standard deviation of noise on M", least=0),
        Argument(
            "l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 times the squares of all parameters", least=0
        ),
        SEED,
    )

    def __init__(
        self,
        setting: Setting,
        *,
        rows: int,
        columns: int,
        rank: int,
        entries: int = 0,
        noise: float = 0.0,
        l2: float = 0.0,
        seed: int = 0,
    ) -> None:
        if setting.split != "contiguous":
            raise errors.nothing_to_split(self.name, setting.split)
        if entries > rows * columns:
            raise errors.more_entries_than_there_are(entries, rows, columns)
        super().__init__(setting)
        self.d = (rows + columns) * rank
        self.blocks = (("U", (rows, rank)), ("V", (columns, rank)))
        self.samples = (entries or (rows * columns + 1) // 2,) * self.n
        self._noise, self._l2, self._seed, self._run_seed = noise, l2, seed, setting.seed

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it: a weight for each entry of M at each node."""
        return 8 * self.n * self._shape[0] * self._shape[1]

    @property
    def _shape(self) -> tuple[int, int]:
        (_, (rows, _)), (_, (columns, _)) = self.blocks
        return rows, columns

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: normal, with the variance of M's factors."""
        return self._factors(self._run_seed, "start")

    def constant(self, name: str) -> None:
        """As `Problem` has it: none, f is a quartic."""
        return

    def solution(self) -> Solution | None:
        """As `Problem` has it: the factors that M is made of, one solution of many, where nothing is added to it or to f."""
        if self._noise or self._l2:
            return None
        return Solution(self._factors(self._seed, "factors"), 0.0, unique=False)

    def matrix(self) -> HostArray:
        """M, (rows, columns)."""
        left, right = matrices(self._factors(self._seed, "factors"), self.blocks, np)
        noise = generator(self._seed, "noise").standard_normal(self._shape)
        return np.asarray(left @ right.T + self._noise * noise)

    def places(self, node: int) -> HostArray:
        """The entries that a node has, (m,), as numbers r * columns + c, ascending."""
        rows, columns = self._shape
        drawn = generator(self._seed, "entries", node).permutation(rows * columns)
        return np.sort(drawn[: self.samples[node]])

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; rows x columns numbers a node."""
        places = [self.places(node) for node in range(first, last)]
        return FactorisationOracle(backend, self.matrix(), places, self.blocks, self._l2)

    def _factors(self, seed: int, purpose: str) -> HostArray:
        """Both factors, (d,): a product of them has entries of variance 1."""
        rank = self.blocks[0][1][1]
        return np.asarray(generator(seed, purpose).standard_normal(self.d) / rank**0.25)


class FactorisationOracle(NodewiseOracle):
    """A node's loss weighs the squares of all entries of UV' - M, with 0 for those that it lacks."""

    def __init__(
        self, backend: Backend, matrix: HostArray, places: list[HostArray], blocks: Blocks, l2: float
    ) -> None:
        super().__init__(backend, [len(each) for each in places])
        self._blocks, self._l2 = blocks, l2
        self._shape, self._places = matrix.shape, places
        self._matrix = backend.to_device(matrix)
        self._weights = [self._weights_of(each, np.arange(len(each))) for each in places]

    def gradient_at(self, node: int, point: Array, drawn: HostArray | None) -> Array:
        """As `NodewiseOracle` has it."""
        weights = self._weights[node] if drawn is None else self._weights_of(self._places[node], drawn)
        left, right = matrices(point, self._blocks, self.xp)
        apart = (left @ right.T - self._matrix) * weights
        found = joined((apart @ right, apart.T @ left), self.xp)
        return found + self._l2 * point if self._l2 else found

    def loss_at(self, node: int, point: Array) -> Array:
        """As `NodewiseOracle` has it."""
        xp = self.xp
        left, right = matrices(point, self._blocks, xp)
        apart = left @ right.T - self._matrix
        value = 0.5 * xp.sum(self._weights[node] * apart * apart)
        return value + 0.5 * self._l2 * xp.sum(point * point) if self._l2 else value

    def _weights_of(self, places: HostArray, drawn: HostArray) -> Array:
        """(rows, columns): the share of each entry among the drawn ones, which may repeat."""
        counts = np.bincount(places[drawn], minlength=self._shape[0] * self._shape[1])
        return self.backend.to_device(counts.reshape(self._shape) / len(drawn))
