"""The oracle of a network: gradients node by node or together, to the same bits whatever nodes share the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from .flat import FlatModule, own_draws
from .sharing import aligned, sharing
from .together import Together

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_KEY = (1 << 63) - 1  # torch's generators take seeds below 2^63


class NetworkOracle:
    """Implements `KeyedOracle` for nodes with samples of their own; computes on the run's device where PyTorch does, else on
    the host, in float32 or as the run does."""

    def __init__(
        self,
        backend: Backend,
        flat: FlatModule,
        shards: Sequence[tuple[Any, Any]],
        sample: Sequence[HostArray],
        guarded: Callable[..., Any],
        together: Together | None = None,
        first: int = 0,
    ) -> None:
        """`shards` are each node's inputs and labels, `sample` the numbers of those that metrics are measured on; calls of
        the module go through `guarded`, which blames the user's lines; `together` has gradients of several nodes at once;
        `first` is the number of the first node."""
        self._first = first
        self._backend, self._flat, self._ask, self._together = backend, flat, guarded, together
        self._sharing = sharing(backend)
        self._dtype = torch.float64 if "64" in str(backend.real) else torch.float32
        self._shards = [(self._inputs(inputs), self._placed(labels)) for inputs, labels in shards]
        self._sample = sample

    def for_metrics(self) -> NetworkOracle:
        """As `SampledOracle` has it."""
        rows = map(self._placed, self._sample)
        picked = [
            (inputs[row], labels[row]) for (inputs, labels), row in zip(self._shards, rows, strict=True)
        ]
        return NetworkOracle(
            self._backend, self._flat, picked, self._sample, self._ask, self._together, self._first
        )

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it, without draws."""
        return self.keyed_gradients(point, None, None, members)

    def serial_gradients(self, point: Array) -> Iterator[Array]:
        """As `SerialOracle` has it."""
        for node in range(len(self._shards)):
            yield self.gradients(point, np.array([node]))[0, ...]

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """As `Oracle` has it, without draws."""
        return self.keyed_gradients(point, batch, None, members)

    def keyed_gradients(
        self, point: Array, batch: Batch | None, keys: HostArray | None, members: HostArray | None = None
    ) -> Array:
        """As `KeyedOracle` has it."""
        with self._sharing.on_stream(), own_draws(self._sharing.device):
            rows = list(self._rows(point, members))
            found, out = self._sharing.rows(len(rows), self._flat.d)
            samples = (self._samples(row, node, batch) for row, (_, node) in enumerate(rows))
            if self._together is not None:
                nodes = [self._first + node for _, node in rows]
                self._ask(self._together.write, out, [here for here, _ in rows], list(samples), nodes)
                return self._sharing.given(found)
            for row, ((here, _), (inputs, labels)) in enumerate(zip(rows, samples, strict=True)):
                key = None if keys is None else int(keys[row]) & _KEY
                self._ask(self._flat.write_gradient, out[row], here, inputs, labels, key)
        return self._sharing.given(found)

    def _samples(self, row: int, node: int, batch: Batch | None) -> tuple[Tensor, Tensor]:
        """The inputs and labels of a row: the local node's, or its minibatch of them."""
        inputs, labels = self._shards[node]
        if batch is None:
            return inputs, labels
        chosen = self._placed(batch.indices[row, : int(batch.sizes[row])])
        return inputs[chosen], labels[chosen]

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """As `Oracle` has it, without draws."""
        with self._sharing.on_stream(), own_draws(self._sharing.device):
            found = [
                self._ask(self._flat.loss, here, *self._shards[node])
                for here, node in self._rows(point, members)
            ]
        return self._backend.to_device(np.array(found, dtype=np.float64))

    def _rows(self, point: Array, members: HostArray | None) -> Iterator[tuple[Tensor, int]]:
        """The point (d,) and the local node of each row."""
        here = self._sharing.tensor(point)
        nodes = range(len(self._shards)) if members is None else members.tolist()
        for row, node in enumerate(nodes):
            yield aligned(here if here.ndim == 1 else here[row]), node

    def _inputs(self, inputs: Any) -> Tensor:
        found = self._placed(inputs)
        return found.to(self._dtype) if found.is_floating_point() else found

    def _placed(self, values: Any) -> Tensor:
        """Samples, labels or numbers of samples on the device."""
        return torch.as_tensor(values).to(self._sharing.device)


class TestPart:
    """The loss and the accuracy at a point on samples that no node holds, of a game f and g; both are computed at once."""

    __test__ = False  # no test of pytest's

    def __init__(self, flat: FlatModule, inputs: Any, labels: Any) -> None:
        self._flat, self._inputs, self._labels = flat, torch.from_numpy(inputs), torch.from_numpy(labels)
        self._at: HostArray | None = None
        self._found = (0.0, 0.0)

    def first(self, point: HostArray) -> float:
        """The mean loss, without l2; of a game f."""
        return self._measured(point)[0]

    def second(self, point: HostArray) -> float:
        """The share of samples whose largest score is their label's; of a game g."""
        return self._measured(point)[1]

    def _measured(self, point: HostArray) -> tuple[float, float]:
        if self._at is None or not np.array_equal(self._at, point):
            device = self._flat.device
            self._inputs, self._labels = self._inputs.to(device), self._labels.to(device)
            with own_draws(device):
                flat = torch.from_numpy(point.astype(np.float32)).to(device)
                self._found = self._flat.tested(flat, self._inputs, self._labels)
            self._at = point.copy()
        return self._found
