"""A bilinear saddle point problem with quadratic terms (MASHA's test, arXiv:2110.03313, eq. 13), as a vi."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Array, Backend
from ..arrays.generic import ordered_sum
from ..arrays.ufunc_loops import double_loop
from ..chance.batch import Batch
from . import errors
from .base import SMOOTHNESS, Compiled, Oracle, Problem, Setting, Solution
from .chance import SEED, generator
from .gaps import SaddleFunction
from .registry import register
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_BLOCK = 1 << 18  # numbers of the nodes that are made at a time where only their sum is wanted


@register
class BilinearSaddle(Problem):
    """min_x max_y 1/n sum_i x'A_i y + a_i.x + b_i.y + lam/2 ||x||^2 - lam/2 ||y||^2; z = (x, y).

    F_i(z) = (lam x + A_i y + a_i, lam y - A_i'x - b_i). A_i = BB'/d, scaled to operator norm `norm`; a_i and
    b_i are standard normal.
    """

    name = "bilinear_saddle"
    seedless = True
    kind = "vi"
    doc = "x'A_i y + a_i.x + b_i.y + lam/2 norm2(x) - lam/2 norm2(y), minimised in x, maximised in y"
    arguments = (
        Argument("d", ArgumentKind.INT, doc="length of x and of y; the language's d is twice that", least=1),
        Argument("lam", ArgumentKind.REAL, doc="strength of lam/2 norm2(x) - lam/2 norm2(y)", least=0),
        SEED,
        Argument("norm", ArgumentKind.REAL, 1.0, doc="operator norm of every A_i", above=0),
    )
    constants = SMOOTHNESS | {"mu"}

    def __init__(self, setting: Setting, *, d: int, lam: float, seed: int, norm: float) -> None:
        if setting.split != "contiguous":
            raise errors.nothing_to_split(self.name, setting.split)
        super().__init__(setting)
        self.d = 2 * d
        self.samples = (1,) * self.n
        self.blocks = (("x", (d,)), ("y", (d,)))
        self._half, self._lam, self._seed, self._norm = d, lam, seed, norm

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: 0."""
        return np.zeros(self.d)

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it: exact operator norms, sqrt(lam^2 + ||A||^2), and mu = lam; `L_pm`
        is bounded by them."""
        local = float(np.hypot(self._lam, self._norm))
        match name:
            case "L":
                return float(np.hypot(self._lam, self._mean_norm))
            case "mu":
                return self._lam
            case "L_i":
                return np.full(self.n, local)
            case "L_max" | "L_mean2" | "L_pm" | "calL" | "L_sample":
                return local
            case _:
                return None

    def solution(self) -> Solution | None:
        """As `Problem` has it: the zero of the mean operator."""
        return self._solution

    def gap(self, point: HostArray) -> float | None:
        """As `Problem` has it."""
        return self._saddle.gap(point)

    def restricted_gap(self, point: HostArray) -> float | None:
        """As `Problem` has it."""
        solution = self.solution()
        if solution is None:
            return None
        return self._saddle.restricted(
            point, self.start, 2 * float(np.linalg.norm(self.start - solution.point))
        )

    @property
    def _saddle(self) -> SaddleFunction:
        matrix, shift = self._mean
        return SaddleFunction(matrix, self._lam, shift, self.regulariser)

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; half^2 numbers a node."""
        matrices, shifts = self.nodes(first, last)
        return BilinearOracle(backend, backend.to_device(matrices), backend.to_device(shifts), self._lam)

    def nodes(self, first: int, last: int) -> tuple[HostArray, HostArray]:
        """Nodes first .. last - 1: A_i, symmetric, (nodes, half, half), and (a_i, -b_i), (nodes, 2 half)."""
        half = self._half
        matrices, shifts = np.empty((last - first, half, half)), np.empty((last - first, self.d))
        for row, i in enumerate(range(first, last)):
            draws = generator(self._seed, "bilinear", i)
            draws.standard_normal(out=matrices[row])
            draws.standard_normal(out=shifts[row])
        with one_thread():
            products = matrices @ np.swapaxes(matrices, 1, 2) / half
            products *= (self._norm / _tops(products))[:, None, None]
        return (products + np.swapaxes(products, 1, 2)) / 2, shifts

    @cached_property
    def _mean(self) -> tuple[HostArray, HostArray]:
        matrix, shift = np.zeros((self._half, self._half)), np.zeros(self.d)
        step = max(1, _BLOCK // self._half**2)
        for first in range(0, self.n, step):
            matrices, shifts = self.nodes(first, min(first + step, self.n))
            matrix = ordered_sum(np, np.concatenate([matrix[None], matrices]))
            shift = ordered_sum(np, np.concatenate([shift[None], shifts]))
        return matrix / self.n, shift / self.n

    @cached_property
    def _mean_norm(self) -> float:
        with one_thread():
            return float(_tops(self._mean[0]))

    @cached_property
    def _solution(self) -> Solution | None:
        """From A = V S V', which parts F into 2 x 2 systems; None if it is singular to rounding."""
        (matrix, shift), half = self._mean, self._half
        with one_thread():
            values, vectors = np.linalg.eigh(matrix)
            a, b = vectors.T @ shift[:half], vectors.T @ shift[half:]
            squares = self._lam**2 + values**2
            if squares.min() <= (half * np.finfo(float).eps) ** 2 * squares.max():
                return None
            x, y = -(self._lam * a - values * b) / squares, -(values * a + self._lam * b) / squares
            return Solution(np.concatenate([vectors @ x, vectors @ y]), float("nan"))


class BilinearOracle:
    """Implements `Oracle`: (y, -x) times each symmetric A_i in one stacked matmul."""

    def __init__(self, backend: Backend, matrices: Array, shifts: Array, lam: float) -> None:
        """matrices (rows, half, half), symmetric; shifts (rows, 2 half)."""
        self._backend = backend
        self._matrices = matrices
        self._shifts = shifts
        self._lam = lam

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        matrices, shifts = self._matrices, self._shifts
        if members is not None:
            xp, indices = self._backend.xp, self._backend.to_device(members)
            matrices, shifts = xp.take(matrices, indices, axis=0), xp.take(shifts, indices, axis=0)
        return self._operators(point, matrices, shifts)

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it: a node has one sample."""
        return self.gradients(point, members)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """A vi has none."""
        raise NotImplementedError("a variational inequality has no loss")

    def compiled(self) -> Compiled | None:
        """As `CompiledOracle` has it."""
        loop = double_loop(np.matmul)
        if loop is None:
            return None
        arguments = (loop, self._matrices, self._shifts, np.array([self._lam]))
        return Compiled("coupled", arguments, by_entry=False)

    def _operators(self, point: Array, matrices: Array, shifts: Array) -> Array:
        xp, half = self._backend.xp, matrices.shape[-1]
        x, y = point[..., None, :half], point[..., None, half:]
        turned = xp.concat([y, -x], axis=-2) @ matrices
        result = xp.reshape(turned, (shifts.shape[0], 2 * half))
        result += self._lam * point
        result += shifts
        return result


def _tops(symmetric: HostArray) -> HostArray:
    """The largest eigenvalues of symmetric matrices (…, half, half)."""
    return np.asarray(np.linalg.eigvalsh(symmetric)[..., -1])
