"""Models with matrices for parameters, in closed form: softmax regression and networks of two layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.backend import Array
from .blocks import Blocks
from .chance import generator

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Samples: TypeAlias = Any
"""Samples (m, features): an array of the device, or on NumPy a csr_array."""


class Outcome(Protocol):
    """A loss of scores (m, outputs) against targets (m, outputs)."""

    def slopes(self, xp: Any, scores: Array, targets: Array) -> Array:
        """The derivative of each sample's loss by its scores, (m, outputs)."""

    def values(self, xp: Any, scores: Array, targets: Array) -> Array:
        """Each sample's loss, (m,)."""


class CrossEntropy:
    """log sum_c exp(s_c) - s_y, with a one in the target's column."""

    def slopes(self, xp: Any, scores: Array, targets: Array) -> Array:
        """As `Outcome` has it: the probabilities less the target."""
        grown = xp.exp(scores - xp.max(scores, axis=1, keepdims=True))
        return grown / xp.sum(grown, axis=1, keepdims=True) - targets

    def values(self, xp: Any, scores: Array, targets: Array) -> Array:
        """As `Outcome` has it; no exponential overflows."""
        below = scores - xp.max(scores, axis=1, keepdims=True)
        return xp.log(xp.sum(xp.exp(below), axis=1)) - xp.sum(below * targets, axis=1)


class HalfSquare:
    """1/2 ||s - y||^2."""

    def slopes(self, xp: Any, scores: Array, targets: Array) -> Array:
        """As `Outcome` has it."""
        return scores - targets

    def values(self, xp: Any, scores: Array, targets: Array) -> Array:
        """As `Outcome` has it."""
        apart = scores - targets
        return 0.5 * xp.sum(apart * apart, axis=1)


class Model(Protocol):
    """A map of samples to scores with parameters in blocks, one after the other in a vector (d,)."""

    @property
    def blocks(self) -> Blocks:
        """Names and shapes of the parameters."""

    def start(self, seed: int) -> HostArray:
        """Parameters (d,) to start from."""

    def scores(self, xp: Any, point: Array, samples: Samples) -> Array:
        """(m, outputs)."""

    def scores_and_pull(self, xp: Any, point: Array, samples: Samples) -> tuple[Array, Any]:
        """Scores (m, outputs), and what `pull` needs of the way to them."""

    def pull(self, xp: Any, point: Array, samples: Samples, kept: Any, slopes: Array) -> Array:
        """The gradient (d,) of sum_jc slopes_jc scores_jc by the parameters."""


def matrices(point: Array, blocks: Blocks, xp: Any) -> list[Array]:
    """The blocks of a vector (d,), each in its shape, without copies."""
    found, first = [], 0
    for _, shape in blocks:
        found.append(xp.reshape(point[first : first + prod(shape)], shape))
        first += prod(shape)
    return found


def joined(parts: Sequence[Array], xp: Any) -> Array:
    """The vector whose blocks these are."""
    return xp.concat([xp.reshape(part, (-1,)) for part in parts])


def _transposed_product(slopes: Array, samples: Samples) -> Array:
    """slopes' samples, (outputs, features)."""
    return slopes.T @ samples if not hasattr(samples, "indptr") else (samples.T @ slopes).T


@record
class Linear:
    """Scores W a, with W of shape (outputs, features)."""

    outputs: int
    features: int

    @property
    def blocks(self) -> Blocks:
        """One matrix."""
        return (("W", (self.outputs, self.features)),)

    def start(self, seed: int) -> HostArray:
        """As `Model` has it: 0."""
        return np.zeros(self.outputs * self.features)

    def scores(self, xp: Any, point: Array, samples: Samples) -> Array:
        """As `Model` has it."""
        (weights,) = matrices(point, self.blocks, xp)
        return samples @ weights.T

    def scores_and_pull(self, xp: Any, point: Array, samples: Samples) -> tuple[Array, Any]:
        """As `Model` has it."""
        return self.scores(xp, point, samples), None

    def pull(self, xp: Any, point: Array, samples: Samples, kept: Any, slopes: Array) -> Array:
        """As `Model` has it."""
        return xp.reshape(_transposed_product(slopes, samples), (-1,))


@record
class TwoLayers:
    """Scores V s(W a + b) + c, with s = tanh or max(., 0) entry by entry."""

    outputs: int
    hidden: int
    features: int
    activation: str

    @property
    def blocks(self) -> Blocks:
        """Two matrices and two vectors."""
        return (
            ("first.weight", (self.hidden, self.features)),
            ("first.bias", (self.hidden,)),
            ("second.weight", (self.outputs, self.hidden)),
            ("second.bias", (self.outputs,)),
        )

    def start(self, seed: int) -> HostArray:
        """As `Model` has it: weights are normal, of variance one over the number of inputs (LeCun et al. 1998); biases 0."""
        draws = generator(seed, "start")
        first = draws.standard_normal(self.hidden * self.features) / np.sqrt(self.features)
        second = draws.standard_normal(self.outputs * self.hidden) / np.sqrt(self.hidden)
        return np.concatenate([first, np.zeros(self.hidden), second, np.zeros(self.outputs)])

    def scores(self, xp: Any, point: Array, samples: Samples) -> Array:
        """As `Model` has it."""
        return self.scores_and_pull(xp, point, samples)[0]

    def scores_and_pull(self, xp: Any, point: Array, samples: Samples) -> tuple[Array, Any]:
        """As `Model` has it; the hidden values are kept."""
        weights, bias, outer, outer_bias = matrices(point, self.blocks, xp)
        within = samples @ weights.T + bias
        hidden = xp.tanh(within) if self.activation == "tanh" else xp.maximum(within, 0.0)
        return hidden @ outer.T + outer_bias, hidden

    def pull(self, xp: Any, point: Array, samples: Samples, kept: Any, slopes: Array) -> Array:
        """As `Model` has it."""
        hidden, (_, _, outer, _) = kept, matrices(point, self.blocks, xp)
        back = slopes @ outer
        back = (
            back * (1.0 - hidden * hidden) if self.activation == "tanh" else xp.where(hidden > 0, back, 0.0)
        )
        parts = (
            _transposed_product(back, samples),
            xp.sum(back, axis=0),
            slopes.T @ hidden,
            xp.sum(slopes, axis=0),
        )
        return joined(parts, xp)
