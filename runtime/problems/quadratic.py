"""A separable quadratic with chosen curvatures and chosen disagreement between nodes; nothing of size d^2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from . import errors
from .base import Oracle, Problem, Solution
from .chance import generator
from .plugins import Scalar, Setting

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


def make(name: str, arguments: Mapping[str, Scalar], setting: Setting) -> QuadraticProblem:
    """`quadratic` from complete and checked arguments."""
    if setting.split != "contiguous":
        raise errors.nothing_to_split(name, setting.split)
    mu, largest, d = float(arguments["mu"]), float(arguments["L"]), int(arguments["d"])
    if mu > largest:
        raise errors.disordered_curvatures(mu, largest)
    if d == 1 and mu != largest:
        raise errors.one_curvature(mu, largest)
    return QuadraticProblem(d, mu, largest, float(arguments["spread"]), int(arguments["seed"]), setting)


class QuadraticProblem(Problem):
    """f_i = 1/2 sum_c a_ic x_c^2 - b_ic x_c; s stands for the spread.

    a_ic = abar_c (1 + s/(1 + s) u_ic) and b_ic = abar_c (w_c + s sqrt(2) v_ic), where abar is log-spaced over
    [mu, L]; w, the solution, is standard normal; u_ic and v_ic are cos(2 pi (k i/n + phase)) with k and phase
    drawn for each coordinate: within [-1, 1], and summing to 0 over the nodes.
    """

    kind = "minimize"

    def __init__(self, d: int, mu: float, largest: float, spread: float, seed: int, setting: Setting) -> None:
        self.name = setting.written
        self.n = setting.n
        self.d = d
        self.samples = (1,) * setting.n
        self.blocks = (("x", (d,)),)
        self._mu, self._largest, self._spread, self._seed = mu, largest, spread, seed

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it: two vectors a node."""
        return 16 * self.n * self.d

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: 0, which is not optimal."""
        return np.zeros(self.d)

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it; all exact."""
        match name:
            case "L":
                return self._largest
            case "mu":
                return self._mu
            case "L_i":
                return self._local_smoothness
            case "L_max":
                return float(self._local_smoothness.max())
            case "L_mean2" | "calL":
                return float(np.sqrt(np.mean(self._local_smoothness**2)))
            case _:
                return None

    def solution(self) -> Solution | None:
        """As `Problem` has it: sum_i b_ic / sum_i a_ic."""
        return self._solution

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; 2 d numbers a node."""
        curvatures, shifts = np.empty((2, last - first, self.d))
        for row, i in enumerate(range(first, last)):
            curvatures[row], shifts[row] = self.node(i)
        return QuadraticOracle(backend, backend.to_device(curvatures), backend.to_device(shifts))

    def node(self, i: int) -> tuple[HostArray, HostArray]:
        """a_i and b_i, (d,) each; costs O(d)."""
        mean, point = self._shared
        steep = mean * (1 + self._spread / (1 + self._spread) * self._deviation("a", i))
        shift = mean * (point + self._spread * math.sqrt(2) * self._deviation("b", i))
        return steep, shift

    @cached_property
    def _shared(self) -> tuple[HostArray, HostArray]:
        """The nodes' mean curvatures, both ends exact, and the drawn solution."""
        mean = np.geomspace(self._mu, self._largest, self.d)
        mean[0], mean[-1] = self._mu, self._largest
        return mean, generator(self._seed, "quadratic point").standard_normal(self.d)

    def _deviation(self, purpose: str, i: int) -> HostArray:
        """Node i's share of unit deviations that sum to 0 over the nodes, (d,)."""
        if self.n == 1 or not self._spread:
            return np.zeros(self.d)
        draws = generator(self._seed, f"quadratic {purpose}")
        turns = draws.integers(1, self.n, size=self.d) * i % self.n / self.n
        return np.cos(2 * np.pi * (turns + draws.random(self.d)))

    @cached_property
    def _local_smoothness(self) -> HostArray:
        return np.array([self.node(i)[0].max() for i in range(self.n)])

    @cached_property
    def _solution(self) -> Solution:
        steep, shift = np.zeros(self.d), np.zeros(self.d)
        for i in range(self.n):
            node = self.node(i)
            steep += node[0]
            shift += node[1]
        point = shift / steep
        return Solution(point, float(-0.5 * (point @ shift) / self.n))


class QuadraticOracle:
    """Implements `Oracle`: two elementwise operations."""

    def __init__(self, backend: Backend, curvatures: Array, shifts: Array) -> None:
        """Both (rows, d)."""
        self._backend = backend
        self._curvatures = curvatures
        self._shifts = shifts

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        if members is None:
            result = self._curvatures * point
            result -= self._shifts
            return result
        xp, indices = self._backend.xp, self._backend.to_device(members)
        result = xp.take(self._curvatures, indices, axis=0)
        result *= point
        result -= xp.take(self._shifts, indices, axis=0)
        return result

    def entries(self, point: Array, indices: Array, flat: Array) -> Array:
        """As `SeparableOracle` has it."""
        take = self._backend.take
        result = take(self._curvatures, flat) * take(point, indices if point.ndim == 1 else flat)
        result -= take(self._shifts, flat)
        return result

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it: a node has one sample."""
        return self.gradients(point, members)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        xp, curvatures, shifts = self._backend.xp, self._curvatures, self._shifts
        if members is not None:
            indices = self._backend.to_device(members)
            curvatures, shifts = xp.take(curvatures, indices, axis=0), xp.take(shifts, indices, axis=0)
        terms = (0.5 * curvatures * point - shifts) * point
        return xp.sum(terms, axis=1)
