"""The oracle of an objective of one's own: its functions called for one node after another, and what they give checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from ..errors import SetupError
from ..python_files import ask
from . import objective_errors as errors

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .objective import Shard

_DIRECTIONS, _STEP, _TOLERANCE = 3, 1e-6, 1e-4
"""Finite differences: random directions of each node, the step along them, the relative error that passes."""


class Functions:
    """The user's loss and gradient with their places in the file; what they give is looked at."""

    def __init__(
        self,
        loss: Callable[..., Any] | None,
        grad: Callable[..., Any],
        loss_place: str,
        grad_place: str,
        d: int,
    ) -> None:
        self._loss, self._grad, self._d = loss, grad, d
        self._loss_place, self._grad_place = loss_place, grad_place

    def loss(self, point: HostArray, node: int, shard: Shard) -> float:
        """f_i at a point (d,)."""
        if self._loss is None:
            raise NotImplementedError("a variational inequality has no loss")
        found = _called(self._loss_place, self._loss, point, node, shard)
        if found is None:
            raise errors.wrong_result(self._loss_place, node, "None", "a number")
        try:
            value = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError):
            raise errors.wrong_result(self._loss_place, node, type(found).__name__, "a number") from None
        if value.size != 1:
            raise errors.wrong_result(self._loss_place, node, f"an array of shape {value.shape}", "a number")
        return float(value.reshape(()))

    def gradient(self, point: HostArray, node: int, shard: Shard) -> HostArray:
        """grad f_i, or F_i, at a point (d,): (d,), of the point's type."""
        found = _called(self._grad_place, self._grad, point, node, shard)
        shape = getattr(found, "shape", None)
        if shape is None or getattr(found, "dtype", np.dtype("O")).kind not in "fiub":
            what = f"numbers of type {found.dtype}" if hasattr(found, "dtype") else type(found).__name__
            raise errors.wrong_result(self._grad_place, node, what, "an array of real numbers")
        if tuple(shape) != (self._d,):
            raise errors.wrong_result(
                self._grad_place, node, f"an array of shape {tuple(shape)}", f"one of shape ({self._d},)"
            )
        return np.asarray(found, dtype=point.dtype)

    def try_at(self, start: HostArray, first: int, shards: Sequence[Shard]) -> None:
        """Evaluate both at x0 for each node; SetupError for what is no number, has another shape or is not finite, and for
        a gradient that is another when it is asked for once more."""
        for node, shard in enumerate(shards, first):
            found = self.gradient(start, node, shard)
            if not np.isfinite(found).all():
                raise errors.not_finite(self._grad_place, node, "the start")
            if node == first and not np.array_equal(found, self.gradient(start, node, shard)):
                raise errors.other_each_time(self._grad_place)
            if self._loss is not None and not np.isfinite(self.loss(start, node, shard)):
                raise errors.not_finite(self._loss_place, node, "the start")

    def check_gradients(self, start: HostArray, first: int, shards: Sequence[Shard]) -> None:
        """Compare gradients with central differences of the loss, near x0, along random directions of length 1."""
        for node, shard in enumerate(shards, first):
            draws = np.random.default_rng(node)
            point = start + 0.1 * draws.standard_normal(self._d) / np.sqrt(self._d)
            gradient = self.gradient(point, node, shard)
            scale = float(np.linalg.norm(gradient)) + abs(self.loss(point, node, shard))
            for _ in range(_DIRECTIONS):
                along = draws.standard_normal(self._d)
                along /= np.linalg.norm(along)
                ahead, behind = (self.loss(point + step * along, node, shard) for step in (_STEP, -_STEP))
                slope, difference = float(gradient @ along), (ahead - behind) / (2 * _STEP)
                if not abs(slope - difference) <= _TOLERANCE * max(scale, 1e-3):
                    raise errors.wrong_gradient(self._grad_place, self._loss_place, node, slope, difference)


def _called(what: str, function: Callable[..., Any], point: HostArray, node: int, shard: Shard) -> Any:
    """The result at a copy of the point; SetupError that tells the shapes that a function failed with."""
    try:
        return ask(what, function, point.copy(), *(shard or (node,)))
    except SetupError as failure:
        raise errors.called_with(failure, point.shape, [each.shape for each in shard]) from failure.__cause__


class ObjectiveOracle:
    """Implements `Oracle` by calls on the host, one for each row."""

    def __init__(
        self, backend: Backend, functions: Functions, shards: Sequence[Shard], first: int, d: int
    ) -> None:
        """`shards` are those of nodes first, first + 1, …"""
        self._backend, self._functions, self._shards = backend, functions, shards
        self._first, self._d = first, d

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        return self._stacked(
            self._functions.gradient(here, self._first + node, self._shards[node])
            for here, node in self._rows(point, members)
        )

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it: the gradient of the samples drawn."""
        sizes = batch.sizes.tolist()
        return self._stacked(
            self._functions.gradient(
                here, self._first + node, _picked(self._shards[node], batch.indices[row, : sizes[row]])
            )
            for row, (here, node) in enumerate(self._rows(point, members))
        )

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it."""
        found = [
            self._functions.loss(here, self._first + node, self._shards[node])
            for here, node in self._rows(point, members)
        ]
        return self._backend.to_device(np.array(found, dtype=np.float64))

    def _rows(self, point: Array, members: HostArray | None) -> Iterator[tuple[HostArray, int]]:
        """The point (d,) and the local node of each row."""
        here = np.asarray(self._backend.to_host(point))
        nodes = range(len(self._shards)) if members is None else members.tolist()
        for row, node in enumerate(nodes):
            yield here if here.ndim == 1 else here[row], node

    def _stacked(self, rows: Iterator[HostArray]) -> Array:
        found = list(rows)
        return self._backend.to_device(np.stack(found) if found else np.zeros((0, self._d)))


def _picked(shard: Shard, indices: HostArray) -> Shard:
    """Some samples of a node, in the order of the indices; a node without samples is given as it is."""
    return tuple(array[indices] for array in shard)
