"""Policy evaluation: the saddle form of the projected Bellman error, on transitions of a random Markov chain."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from . import errors
from .affine import AffineGame
from .base import Setting
from .chance import SEED, generator
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_BRANCHES = 3  # states that a state may go to


@register
class PolicyEvaluation(AffineGame):
    """min over theta, max over w of w'(b - A theta) - 1/2 w'C w + l2/2 ||theta||^2 (Du, Chen, Li, Xiao, Zhou 2017).

    A sample is a transition s, s' with features phi, phi' and reward r: A_ij = phi (phi - discount phi')', b_ij = r phi,
    C_ij = phi phi'. The chain goes from each state to three, by uniform shares; features are standard normal over
    sqrt(features), rewards uniform on [0, 1], states of the samples uniform. All nodes walk on one chain.
    """

    name = "policy_evaluation"
    doc = "f_ij = w'(b_ij - A_ij theta) - 1/2 w'C_ij w + l2/2 norm2(theta): projected Bellman error, a transition a sample"
    arguments = (
        Argument("states", ArgumentKind.INT, 50, doc="states of the chain", least=2),
        Argument(
            "features",
            ArgumentKind.INT,
            8,
            doc="length of theta and of w; the language's d is twice that",
            least=1,
        ),
        Argument("samples", ArgumentKind.INT, 100, doc="transitions that each node has", least=1),
        Argument("discount", ArgumentKind.REAL, 0.95, doc="of future rewards", least=0, below=1),
        Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(theta)", least=0),
        SEED,
    )

    def __init__(
        self,
        setting: Setting,
        *,
        states: int,
        features: int,
        samples: int,
        discount: float,
        l2: float,
        seed: int,
    ) -> None:
        if setting.split != "contiguous":
            raise errors.nothing_to_split(self.name, setting.split)
        super().__init__(setting, (("theta", features), ("w", features)), samples)
        self._states, self._discount, self._l2, self._seed = states, discount, l2, seed

    @cached_property
    def _chain(self) -> tuple[HostArray, HostArray, HostArray, HostArray]:
        """The states that each state may go to and their cumulative shares, (states, 3); features and rewards of states."""
        draws, states = generator(self._seed, "chain"), self._states
        following = draws.integers(0, states, (states, _BRANCHES))
        shares = draws.random((states, _BRANCHES))
        features = draws.standard_normal((states, self._first)) / self._first**0.5
        return (
            following,
            (shares / shares.sum(axis=1, keepdims=True)).cumsum(axis=1),
            features,
            draws.random(states),
        )

    def transitions(self, node: int) -> tuple[HostArray, HostArray, HostArray]:
        """phi (m, features), phi' (m, features) and rewards (m,) of a node's samples."""
        following, shares, features, rewards = self._chain
        draws, m = generator(self._seed, "transitions", node), self.samples[0]
        here = draws.integers(0, self._states, m)
        branch = (draws.random(m)[:, None] > shares[here, :-1]).sum(axis=1)
        return features[here], features[following[here, branch]], rewards[here]

    def sampled(self, node: int) -> tuple[HostArray, HostArray]:
        """As `AffineGame` has it."""
        here, there, rewards = self.transitions(node)
        k, m = self._first, self.samples[0]
        slopes = here[:, :, None] * (here - self._discount * there)[:, None, :]
        matrices, shifts = np.zeros((m, 2 * k, 2 * k)), np.zeros((m, 2 * k))
        matrices[:, :k, :k] = self._l2 * np.eye(k)
        matrices[:, :k, k:], matrices[:, k:, :k] = -np.swapaxes(slopes, 1, 2), slopes
        matrices[:, k:, k:] = here[:, :, None] * here[:, None, :]
        shifts[:, k:] = -rewards[:, None] * here
        return matrices, shifts
