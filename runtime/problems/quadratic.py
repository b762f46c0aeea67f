"""A separable quadratic with chosen curvatures and chosen disagreement between nodes; nothing of size d^2."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..arrays.generic import ordered_sum
from ..arrays.pairwise import in_pieces
from ..arrays.threads import SPAN, each, inner, piece_size, spans
from ..chance.batch import Batch
from . import errors
from .base import SMOOTHNESS, Compiled, Oracle, Problem, Setting, Solution
from .chance import SEED, generator
from .registry import register

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from ..arrays.backend import HostArray

_BLOCK = 1 << 15  # numbers that a cache holds, in a few copies


@register
class Quadratic(Problem):
    """f_i = 1/2 sum_c a_ic x_c^2 - b_ic x_c; s stands for the spread.

    a_ic = abar_c (1 + s/(1 + s) u_ic) and b_ic = abar_c (w_c + s sqrt(2) v_ic), where abar is log-spaced over
    [mu, L]; w, the solution, is standard normal; u_ic and v_ic are cos(2 pi (k i/n + phase)) with k and phase
    drawn for each coordinate: within [-1, 1], and summing to 0 over the nodes.
    """

    name = "quadratic"
    seedless = True
    kind = "minimize"
    doc = "f_i = 1/2 sum_c a_ic x_c^2 - b_ic x_c, mean_i a_ic log-spaced over [mu, L]"
    arguments = (
        Argument("d", ArgumentKind.INT, doc="dimension", least=1),
        Argument("mu", ArgumentKind.REAL, doc="least curvature of f", above=0),
        Argument("L", ArgumentKind.REAL, doc="largest curvature of f", above=0),
        Argument("spread", ArgumentKind.REAL, 1.0, doc="how far nodes differ; 0: all alike", least=0),
        SEED,
    )
    constants = SMOOTHNESS | {"mu"}

    def __init__(self, setting: Setting, *, d: int, mu: float, L: float, spread: float, seed: int) -> None:
        if setting.split != "contiguous":
            raise errors.nothing_to_split(self.name, setting.split)
        if mu > L:
            raise errors.disordered_curvatures(self.name, mu, L)
        if d == 1 and mu != L:
            raise errors.one_curvature(mu, L)
        super().__init__(setting)
        self.d = d
        self.samples = (1,) * self.n
        self.blocks = (("x", (d,)),)
        self._mu, self._largest, self._spread, self._seed = mu, L, spread, seed

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
            case "L_max" | "L_sample":
                return float(self._local_smoothness.max())
            case "L_mean2" | "calL":
                return float(np.sqrt(np.mean(self._local_smoothness**2)))
            case "L_pm":
                return self._disagreement
            case _:
                return None

    def solution(self) -> Solution | None:
        """As `Problem` has it: sum_i b_ic / sum_i a_ic."""
        return self._solution

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; 2 d numbers a node."""
        on_host = backend.name == "numpy"
        curvatures, shifts = self.nodes(first, last, backend.real if on_host else np.float64)
        return QuadraticOracle(backend, backend.to_device(curvatures), backend.to_device(shifts))

    def nodes(self, first: int, last: int, kind: DTypeLike = np.float64) -> tuple[HostArray, HostArray]:
        """a_i and b_i of nodes first .. last - 1, (nodes, d) each, computed in double precision and rounded to `kind`; a
        node's bits do not depend on the others'."""
        steep, shift = np.empty((2, last - first, self.d), kind)
        for part in self._parts():
            for start, end in self._blocks(first, last):
                place = slice(start - first, end - first), part.span
                steep[place], shift[place] = self._block(part, start, end)
        return steep, shift

    def _block(self, part: Part, first: int, last: int) -> tuple[HostArray, HostArray]:
        steep = part.curvatures.rows(first, last)
        steep *= self._depth
        steep += 1.0
        steep *= part.mean
        shift = part.shifts.rows(first, last)
        shift *= self._unlike * math.sqrt(2)
        shift += part.point
        shift *= part.mean
        return steep, shift

    def _blocks(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Nodes first .. last - 1 in pieces that a processor's cache holds."""
        step = max(1, _BLOCK // self.d)
        return ((start, min(start + step, last)) for start in range(first, last, step))

    @property
    def _unlike(self) -> float:
        """The spread that shows: one node differs from nobody."""
        return self._spread if self.n > 1 else 0.0

    @property
    def _depth(self) -> float:
        """The farthest that a node's curvature may be from the mean, as a share of it."""
        return self._unlike / (1 + self._unlike)

    def _parts(self) -> Sequence[Part] | Iterator[Part]:
        """The coordinates in pieces that a processor's cache holds; several of them are drawn anew each time."""
        return self._whole if self.d <= _BLOCK else self._drawn()

    @cached_property
    def _whole(self) -> Sequence[Part]:
        return tuple(self._drawn())

    def _drawn(self) -> Iterator[Part]:
        """Curvatures from geometric steps, both ends exact; solution and waves as single draws of all coordinates give
        them."""
        mean = np.geomspace(self._mu, self._largest, self.d)
        mean[0], mean[-1] = self._mu, self._largest
        solution = generator(self._seed, "quadratic point")
        curvatures, shifts = self._waves("quadratic a"), self._waves("quadratic b")
        for first in range(0, self.d, _BLOCK):
            span = slice(first, min(first + _BLOCK, self.d))
            point = solution.standard_normal(span.stop - first)
            yield Part(span, mean[span], point, next(curvatures), next(shifts))

    def _waves(self, purpose: str) -> Iterator[Waves]:
        """The waves of all coordinates: first come the draws of all turns, then those of all phases."""
        draws, most = generator(self._seed, purpose), max(2, self.n)
        turns = np.empty(self.d, np.min_scalar_type(most))
        spans = [slice(first, min(first + _BLOCK, self.d)) for first in range(0, self.d, _BLOCK)]
        for span in spans:
            turns[span] = draws.integers(1, most, size=span.stop - span.start)
        for span in spans:
            phases = draws.random(span.stop - span.start)
            yield Waves(self.n, turns[span].astype(np.int64), phases)

    @cached_property
    def _disagreement(self) -> float:
        """The largest standard deviation over nodes of a coordinate's curvature."""
        most = []
        for part in self._parts():
            squares = np.zeros(part.mean.size)
            for first, last in self._blocks(0, self.n):
                squares += np.square(part.curvatures.rows(first, last)).sum(axis=0)
            most.append(float((part.mean * self._depth * np.sqrt(squares / self.n)).max()))
        return max(most)

    @cached_property
    def _local_smoothness(self) -> HostArray:
        """The largest curvature of each node, sought among the coordinates that can have it."""
        depth, tops = self._depth, np.zeros(self.n)
        for part in self._parts():
            able = part.mean * (1 + depth) >= self._largest * (1 - depth) * (1 - 1e-12)
            if not able.any():
                continue
            mean, waves = part.mean[able], part.curvatures.of(able)
            for first, last in self._blocks(0, self.n):
                here = (mean * (1.0 + depth * waves.rows(first, last))).max(axis=1)
                tops[first:last] = np.maximum(tops[first:last], here)
        return tops

    @cached_property
    def _solution(self) -> Solution:
        steep, shift = np.zeros((2, self.d))
        for part in self._parts():
            total = np.zeros((2, 1, part.mean.size))
            for first, last in self._blocks(0, self.n):
                each = zip(total, self._block(part, first, last), strict=True)
                total = np.stack([ordered_sum(np, np.concatenate(pair))[None] for pair in each])
            steep[part.span], shift[part.span] = total[:, 0]
        point = shift / steep
        return Solution(point, float(-0.5 * (point @ shift) / self.n))


@record
class Part:
    """Some coordinates: the nodes' mean curvatures, the drawn solution, and how the nodes deviate from both."""

    span: slice
    mean: HostArray
    point: HostArray
    curvatures: Waves
    shifts: Waves


@record
class Waves:
    """Deviations u_ic = cos(2 pi (k_c i/n + phase_c)) of n nodes: their `turns` k and `phases`, (d,) each."""

    n: int
    turns: HostArray
    phases: HostArray

    def of(self, coordinates: HostArray) -> Waves:
        """The waves of some coordinates alone."""
        return replace(self, turns=self.turns[coordinates], phases=self.phases[coordinates])

    def rows(self, first: int, last: int) -> HostArray:
        """u of nodes first .. last - 1, (nodes, d), new."""
        turned = self.turns * np.arange(first, last)[:, None]
        turned -= turned // self.n * self.n  # the remainder, in a fifth of its time
        result = turned / self.n
        result += self.phases
        result *= 2 * np.pi
        return np.cos(result, out=result)


class QuadraticOracle:
    """Implements `Oracle`: two elementwise operations."""

    def __init__(self, backend: Backend, curvatures: Array, shifts: Array) -> None:
        """Both (rows, d)."""
        self._backend = backend
        self._curvatures = curvatures
        self._shifts = shifts

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        if members is None or len(members) == 1:
            here = slice(None) if members is None else slice(int(members[0]), int(members[0]) + 1)
            curvatures, shifts = self._curvatures[here, ...], self._shifts[here, ...]
            if self._backend.name == "numpy" and curvatures.shape[1] > SPAN:
                return _in_pieces(curvatures, point, shifts)
            result = curvatures * point
            result -= shifts
            return result
        xp, indices = self._backend.xp, self._backend.to_device(members)
        result = xp.take(self._curvatures, indices, axis=0)
        result *= point
        result -= xp.take(self._shifts, indices, axis=0)
        return result

    def serial_gradients(self, point: Array) -> Iterator[Array]:
        """As `SerialOracle` has it."""
        return (piece[row, ...] for piece in self.pieces(point) for row in range(piece.shape[0]))

    def pieces(self, point: Array) -> Iterator[Array]:
        """As `PiecewiseOracle` has it."""
        for some in self._pieces():
            result = self._curvatures[some, ...] * point
            result -= self._shifts[some, ...]
            yield result

    def _pieces(self) -> Iterator[slice]:
        """Local nodes, as many at a time as a cache holds."""
        rows, d = self._curvatures.shape
        step = max(1, _BLOCK // d)
        return (slice(first, min(first + step, rows)) for first in range(0, rows, step))

    def entries(self, point: Array, indices: Array, flat: Array) -> Array:
        """As `SeparableOracle` has it."""
        take = self._backend.take
        result = take(self._curvatures, flat) * take(point, indices if point.ndim == 1 else flat)
        result -= take(self._shifts, flat)
        return result

    def compiled(self) -> Compiled | None:
        """As `CompiledOracle` has it."""
        return Compiled("curved", (self._curvatures, self._shifts), by_entry=True)

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it: a node has one sample."""
        return self.gradients(point, members)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        xp, curvatures, shifts = self._backend.xp, self._curvatures, self._shifts
        if members is not None:
            indices = self._backend.to_device(members)
            curvatures, shifts = xp.take(curvatures, indices, axis=0), xp.take(shifts, indices, axis=0)
        elif curvatures.shape[0] > 1 and self._backend.name == "numpy":
            found = [self._values(curvatures[i, ...], shifts[i, ...], _own(point, i)) for i in self._pieces()]
            return xp.concat(found)
        return self._values(curvatures, shifts, point)

    def _values(self, curvatures: Array, shifts: Array, point: Array) -> Array:
        """The losses of nodes with these curvatures and shifts."""
        xp = self._backend.xp

        def sum_of(span: slice) -> Array:
            here = point[..., span]
            terms = 0.5 * curvatures[:, span]
            terms *= here
            terms -= shifts[:, span]
            terms *= here
            return xp.sum(terms, axis=1)

        d = point.shape[-1]
        return in_pieces(d, sum_of) if self._backend.name == "numpy" else sum_of(slice(0, d))

    def of_columns(self, columns: slice) -> QuadraticOracle:
        """As `ColumnOracle` has it."""
        return QuadraticOracle(self._backend, self._curvatures[:, columns], self._shifts[:, columns])


def _in_pieces(curvatures: HostArray, point: HostArray, shifts: HostArray) -> HostArray:
    """curvatures * point - shifts, of long rows, by threads where there are some."""
    result = np.empty(curvatures.shape, np.result_type(curvatures, point))
    rows, d = result.shape
    points = np.broadcast_to(point, result.shape)

    def work(piece: tuple[int, slice]) -> None:
        for columns in inner(piece[1], piece_size(d)):
            place = piece[0], columns
            np.multiply(curvatures[place], points[place], out=result[place])
            result[place] -= shifts[place]

    each(work, spans(rows, d))
    return result


def _own(point: Array, some: slice) -> Array:
    """The points of some rows: a point (d,) is that of every row."""
    return point if point.ndim == 1 else point[some, ...]
