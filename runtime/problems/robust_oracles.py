"""Oracles of linear models against noise, from the samples of each node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..arrays.backend import Array, Backend
from .batched_oracle import BatchedOracle
from .linear_oracle import LinearOracle, NodeTargets
from .rows import Rows

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class RobustOracle(BatchedOracle):
    """Operators of a model and noise z = (x, noise), over the rows, weights and targets of a linear model's oracle."""

    def __init__(self, backend: Backend, inner: LinearOracle, sides: HostArray, features: int) -> None:
        """`sides` (nodes, m), on the host: a number of each sample, beside its targets; anything for padding."""
        super().__init__(backend, inner.counts)
        self._inner, self._sides, self._features = inner, sides, features

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        rows, targets, sides = self._inner.rows, self._inner.targets, self._sides
        if members is None:
            return self._operators(rows, targets, sides, point)
        return self._operators(rows.select(members), self._inner.selected(members), sides[members], point)

    def minibatch_gradients(
        self, point: Array, indices: HostArray, sizes: HostArray, nodes: HostArray
    ) -> Array:
        """As `BatchedOracle` has it."""
        rows, targets, places = self._inner.gathered(indices, sizes, nodes)
        return self._operators(rows, targets, self._sides[nodes[:, None], places], point)

    def _operators(self, rows: Rows, targets: NodeTargets, sides: HostArray, point: Array) -> Array:
        """F (rows, d) of samples with weights, targets and sides (rows, m)."""
        raise NotImplementedError

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """A vi has none."""
        raise NotImplementedError("a variational inequality has no loss")


class NoisyTargets(RobustOracle):
    """The operator of 1/m sum_j [1/2 (a_j.x - y_j - u_j)^2 - lam/2 u_j^2] + l2/2 ||x||^2.

    A sample's side is its place in the noise u.
    """

    def __init__(
        self,
        backend: Backend,
        inner: LinearOracle,
        places: Sequence[HostArray],
        lengths: tuple[int, int],
        strengths: tuple[float, float],
    ) -> None:
        """`places` of each node's samples, `lengths` of x and of the noise, `strengths` lam and l2."""
        features, self._noise = lengths
        self._lam, self._l2 = strengths
        m = inner.targets.weights.shape[1]
        sides = np.full((len(places), m), self._noise)  # padding goes to an entry beyond the noise
        for row, place in zip(sides, places, strict=True):
            row[: len(place)] = place
        super().__init__(backend, inner, sides, features)

    def _operators(self, rows: Rows, targets: NodeTargets, sides: HostArray, point: Array) -> Array:
        """As `RobustOracle` has it."""
        backend, xp, width = self._backend, self._backend.xp, self._noise + 1
        count = sides.shape[0]
        x = xp.asarray(point[..., : self._features], copy=True)
        noise = point[..., self._features :]
        last = xp.zeros_like(noise[..., :1])
        padded = xp.concat([noise, last], axis=-1)
        flat = sides + width * np.arange(count)[:, None]
        own = backend.take(padded, backend.to_device(sides if point.ndim == 1 else flat))
        t = rows.products(x) - targets.values - own
        sums = rows.sums(t * targets.weights)
        if self._l2:
            sums += self._l2 * x
        slopes = (t + self._lam * own) * targets.weights
        spread = backend.sum_at(backend.to_device(flat.ravel()), xp.reshape(slopes, (-1,)), count * width)
        return xp.concat([sums, xp.reshape(spread, (count, width))[:, : self._noise]], axis=1)


class NoisyLabels(RobustOracle):
    """The operator of 1/m sum_j l(y_j x.(a_j + v)) + l2/2 ||x||^2 - beta/2 ||v||^2.

    Rows are y_j a_j, and a sample's side is its label.
    """

    def __init__(
        self,
        backend: Backend,
        inner: LinearOracle,
        labels: Sequence[HostArray],
        m: int,
        strengths: tuple[float, float],
    ) -> None:
        """`labels` of each node's samples, of which no node has more than m, `strengths` beta and l2."""
        self._beta, self._l2 = strengths
        sides = np.zeros((len(labels), m))
        for row, label in zip(sides, labels, strict=True):
            row[: len(label)] = label
        super().__init__(backend, inner, sides, 0)

    def _operators(self, rows: Rows, targets: NodeTargets, sides: HostArray, point: Array) -> Array:
        """As `RobustOracle` has it."""
        backend, xp, k = self._backend, self._backend.xp, point.shape[-1] // 2
        labels = backend.to_device(sides)
        x, v = (xp.asarray(part, copy=True) for part in (point[..., :k], point[..., k:]))
        t = rows.products(x) + labels * xp.sum(x * v, axis=-1, keepdims=True)
        slopes = self._inner.loss.slopes(xp, t, targets.weights)
        pull = xp.sum(slopes * labels, axis=1, keepdims=True)
        return xp.concat([rows.sums(slopes) + pull * v + self._l2 * x, self._beta * v - pull * x], axis=1)


class NoisySamples(RobustOracle):
    """The operator of 1/m sum_j [l(y_j x.(a_j + v_j)) - beta/2 ||v_j||^2] + l2/2 ||x||^2, z = (x, v_1, v_2, ...).

    Rows are y_j a_j, and a sample's side is its place among the shifts.
    """

    def __init__(
        self,
        backend: Backend,
        inner: LinearOracle,
        places: Sequence[HostArray],
        labels: HostArray,
        strengths: tuple[float, float],
    ) -> None:
        """`places` of each local node's samples, `labels` of all samples by place, `strengths` beta and l2."""
        self._beta, self._l2 = strengths
        self._shifts = len(labels)
        self._labels = np.concatenate([labels, [0.0]])
        sides = np.full(
            (len(places), inner.targets.weights.shape[1]), self._shifts
        )  # padding: a shift beyond
        for row, place in zip(sides, places, strict=True):
            row[: len(place)] = place
        super().__init__(backend, inner, sides, 0)

    def _operators(self, rows: Rows, targets: NodeTargets, sides: HostArray, point: Array) -> Array:
        """As `RobustOracle` has it."""
        backend, xp, (count, m), width = self._backend, self._backend.xp, sides.shape, self._shifts + 1
        k = point.shape[-1] // width
        x = xp.asarray(point[..., :k], copy=True)
        flat = sides + width * np.arange(count)[:, None]
        shifts = xp.reshape(point[..., k:], (-1, self._shifts, k))
        padded = xp.concat([shifts, xp.zeros_like(shifts[:, :1, :])], axis=1)
        chosen = backend.to_device((sides if point.ndim == 1 else flat).ravel())
        own = xp.reshape(xp.take(xp.reshape(padded, (-1, k)), chosen, axis=0), (count, m, k))
        labels = backend.to_device(self._labels[sides])
        across = own @ (x if point.ndim == 1 else x[:, :, None])
        t = rows.products(x) + labels * xp.reshape(across, (count, m))
        slopes = self._inner.loss.slopes(xp, t, targets.weights)
        pull = slopes * labels
        sums = rows.sums(slopes) + (pull[:, None, :] @ own)[:, 0, :] + self._l2 * x
        beside = x[None, None, :] if point.ndim == 1 else x[:, None, :]
        moved = self._beta * targets.weights[:, :, None] * own - pull[:, :, None] * beside
        entries = (flat.ravel()[:, None] * k + np.arange(k)).ravel()
        spread = backend.sum_at(backend.to_device(entries), xp.reshape(moved, (-1,)), count * width * k)
        return xp.concat([sums, xp.reshape(spread, (count, width * k))[:, : self._shifts * k]], axis=1)
