"""Games whose samples have affine operators: made ones, matrix games, policy evaluation; a mean of samples at each node."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.generic import ordered_sum
from ..arrays.ufunc_loops import double_loop
from .base import SMOOTHNESS, Compiled, Oracle, Problem, Setting, Solution
from .batched_oracle import BatchedOracle
from .gaps import SaddleFunction
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_EPS = float(np.finfo(float).eps)


class AffineGame(Problem):
    """A saddle point problem min_x max_y (1/n) sum_i (1/m) sum_j f_ij(x, y), quadratic in each player.

    F_ij(z) = M_ij z + q_ij. Subclasses make the samples of a node. Constants are those of the matrices, by dense algebra.
    """

    kind = "vi"
    constants = SMOOTHNESS | {"mu"}

    def __init__(
        self, setting: Setting, blocks: tuple[tuple[str, int], tuple[str, int]], samples: int
    ) -> None:
        """Both players' names and lengths, and how many samples each node has."""
        super().__init__(setting)
        self.blocks = tuple((name, (length,)) for name, length in blocks)
        self._first, self.d = blocks[0][1], blocks[0][1] + blocks[1][1]
        self.samples = (samples,) * self.n

    @abstractmethod
    def sampled(self, node: int) -> tuple[HostArray, HostArray]:
        """M_ij (m, d, d) and q_ij (m, d) of a node, from no other node's draws."""

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it: a matrix a sample."""
        return 8 * self.n * self.samples[0] * self.d * (self.d + 1)

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: 0."""
        return np.zeros(self.d)

    @cached_property
    def _measures(self) -> tuple[HostArray, HostArray, HostArray, HostArray]:
        """The mean matrix and shift, and of each node the Lipschitz constant of F_i and its mean-square one over samples."""
        matrix, shift = np.zeros((1, self.d, self.d)), np.zeros((1, self.d))
        local, sampled = np.empty((2, self.n))
        with one_thread():
            for i in range(self.n):
                matrices, shifts = self.sampled(i)
                mean, m = mean_of(matrices), len(matrices)
                matrix = ordered_sum(np, np.concatenate([matrix, mean[None]]))[None]
                shift = ordered_sum(np, np.concatenate([shift, mean_of(shifts)[None]]))[None]
                local[i] = np.linalg.norm(mean, 2)
                rows = matrices.reshape(m * self.d, self.d)
                sampled[i] = np.sqrt(max(0.0, np.linalg.eigvalsh(rows.T @ rows / m)[-1]))
        return matrix[0] / self.n, shift[0] / self.n, local, sampled

    @cached_property
    def _disagreement(self) -> float:
        """The root of the largest eigenvalue of mean_i M_i'M_i - M'M, M_i and M the nodes' and all nodes' matrices."""
        matrix, squares = self._measures[0], np.zeros((self.d, self.d))
        for i in range(self.n):
            own = mean_of(self.sampled(i)[0])
            squares += own.T @ own / self.n
        return float(np.sqrt(max(0.0, np.linalg.eigvalsh(squares - matrix.T @ matrix)[-1])))

    @cached_property
    def _largest_sample(self) -> float:
        """The largest norm of a sample's matrix."""
        return max(float(np.linalg.norm(self.sampled(i)[0], 2, axis=(1, 2)).max()) for i in range(self.n))

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it, exact. `calL` is the root of the nodes' mean top eigenvalue of mean_j M_ij'M_ij; `mu`
        is None where F is not monotone."""
        matrix, _, local, sampled = self._measures
        with one_thread():
            match name:
                case "L":
                    return float(np.linalg.norm(matrix, 2))
                case "L_i":
                    return local
                case "L_max":
                    return float(local.max())
                case "L_mean2":
                    return float(np.sqrt(np.mean(local**2)))
                case "calL":
                    return float(np.sqrt(np.mean(sampled**2)))
                case "L_pm":
                    return self._disagreement
                case "L_sample":
                    return self._largest_sample
                case "mu":
                    return self._monotonicity(matrix)
                case _:
                    return None

    def _monotonicity(self, matrix: HostArray) -> float | None:
        """The least eigenvalue of (M + M')/2; what rounding leaves of 0 is 0."""
        least = float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[0])
        rounding = self.d * _EPS * float(np.linalg.norm(matrix, 2))
        return (least if least > rounding else 0.0) if least >= -rounding else None

    def solution(self) -> Solution | None:
        """As `Problem` has it: the zero of F; None if M is singular to rounding."""
        return self._zero

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        return "its mean matrix is singular to rounding"

    @cached_property
    def _zero(self) -> Solution | None:
        matrix, shift, _, _ = self._measures
        with one_thread():
            left, values, right = np.linalg.svd(matrix)
            if values[-1] <= self.d * _EPS * values[0]:
                return None
            point = -(right.T @ ((left.T @ shift) / values))
            point = point - right.T @ ((left.T @ (matrix @ point + shift)) / values)
            return Solution(point, float("nan"))

    def gap(self, point: HostArray) -> float | None:
        """As `Problem` has it; of a game that is not monotone None."""
        return None if self.constant("mu") is None else self._saddle.gap(point)

    def restricted_gap(self, point: HostArray) -> float | None:
        """As `Problem` has it."""
        solution = self.solution()
        if solution is None or self.constant("mu") is None:
            return None
        return self._saddle.restricted(
            point, self.start, 2 * float(np.linalg.norm(self.start - solution.point))
        )

    @cached_property
    def _saddle(self) -> SaddleFunction:
        matrix, shift, _, _ = self._measures
        first, coupling = self._first, matrix[: self._first, self._first :]
        curvature = matrix.copy()
        curvature[:first, first:] = curvature[first:, :first] = 0
        even = curvature[0, 0] * np.eye(self.d)
        alike = bool(np.abs(curvature - even).max() <= 10 * _EPS * np.abs(matrix).max())
        return SaddleFunction(
            coupling, float(curvature[0, 0]) if alike else curvature, shift, self.regulariser
        )

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; m (d + 1) d numbers a node."""
        m, d = self.samples[0], self.d
        matrices, shifts = np.empty((last - first, m, d, d)), np.empty((last - first, m, d))
        for row, i in enumerate(range(first, last)):
            matrices[row], shifts[row] = self.sampled(i)
        return AffineOracle(backend, matrices, shifts)


class AffineOracle(BatchedOracle):
    """The operators (1/m) sum_j M_ij z + q_ij of some nodes, and of their minibatches."""

    def __init__(self, backend: Backend, matrices: HostArray, shifts: HostArray) -> None:
        """matrices (rows, m, d, d), shifts (rows, m, d), on the host."""
        super().__init__(backend, np.full(len(matrices), matrices.shape[1]))
        means = np.empty((len(matrices), *matrices.shape[2:])), np.empty((len(shifts), shifts.shape[2]))
        for row, (each, shift) in enumerate(zip(matrices, shifts, strict=True)):
            means[0][row], means[1][row] = mean_of(each), mean_of(shift)
        self._means = tuple(map(backend.to_device, means))
        self._matrices, self._shifts = backend.to_device(matrices), backend.to_device(shifts)

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        matrices, shifts = self._means
        if members is not None:
            xp, chosen = self._backend.xp, self._backend.to_device(members)
            matrices, shifts = xp.take(matrices, chosen, axis=0), xp.take(shifts, chosen, axis=0)
        return _products(matrices, point) + shifts

    def compiled(self) -> Compiled | None:
        """As `CompiledOracle` has it."""
        loop = double_loop(np.matmul)
        return None if loop is None else Compiled("affine", (loop, *self._means), by_entry=False)

    def minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """As `BatchedOracle` has it."""
        backend, xp = self._backend, self._backend.xp
        (rows, b), (_, m, d) = indices.shape, self._shifts.shape
        used = indices >= 0
        flat = backend.to_device((nodes[:, None] * m + np.where(used, indices, 0)).ravel())
        weights = backend.to_device(np.where(used, 1.0 / sizes[:, None], 0.0))
        matrices = xp.take(xp.reshape(self._matrices, (-1, d, d)), flat, axis=0)
        shifts = xp.take(xp.reshape(self._shifts, (-1, d)), flat, axis=0)
        if point.ndim == 2:
            point = xp.take(point, backend.to_device(np.repeat(np.arange(rows), b)), axis=0)
        each = xp.reshape(_products(matrices, point) + shifts, (rows, b, d))
        return xp.sum(each * weights[:, :, None], axis=1)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """A vi has none."""
        raise NotImplementedError("a variational inequality has no loss")


def mean_of(rows: HostArray) -> HostArray:
    """The mean over the first axis, added up in order."""
    return np.asarray(ordered_sum(np, rows.reshape(len(rows), -1)).reshape(rows.shape[1:]) / len(rows))


def _products(matrices: Array, point: Array) -> Array:
    """(rows, d): each row's matrix times the point (d,), or times its own (rows, d)."""
    return matrices @ point if point.ndim == 1 else (matrices @ point[:, :, None])[:, :, 0]
