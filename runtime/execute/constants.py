"""Constants that specs read: of the problem, of the run and of its graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..graphs.mixing import Mixing
from ..problems.base import Problem
from ..problems.blocks import entries_of
from ..setup_steps import step
from . import setup_errors as errors


class Constants:
    """Constants by name. `asked` remembers the reals that were read, which the header shows."""

    def __init__(self, problem: Problem, rounds: int, backend: Backend, mixing: Mixing | None = None) -> None:
        self.mixing = mixing
        self.problem, self.rounds, self.backend = problem, rounds, backend
        self.asked: dict[str, float] = {}

    def number(self, name: str) -> Any:
        """A number, or for `L_i`, `samples_i` and `node_index` a host array (n,); None if the problem cannot supply it."""
        match name:
            case "n":
                return self.problem.n
            case "d":
                return self.problem.d
            case "rounds":
                return self.rounds
            case "samples_i":
                return np.asarray(self.problem.samples, dtype=np.int64)
            case "node_index":
                return np.arange(self.problem.n, dtype=np.int64)
            case "samples":
                return self._samples()
        with step(f"constant {name} of {self.problem.name}"):
            value = (
                self.problem.constant(name) if self.mixing is None else self._of_network(name, self.mixing)
            )
        if isinstance(value, float):
            self.asked[name] = value
        return value

    def _of_network(self, name: str, mixing: Mixing) -> Any:
        match name:
            case "rho":
                return mixing.rho
            case "norm_I_minus_W":
                return mixing.norm_I_minus_W
            case _:
                return self.problem.constant(name)

    def _samples(self) -> int:
        least, most = min(self.problem.samples), max(self.problem.samples)
        if least != most:
            raise errors.uneven_samples("this spec", least, most)
        return least

    def value(self, name: str) -> Any:
        """A constant as generated programs hold it: vectors on the device."""
        match name:
            case "x0":
                return self.backend.to_device(self.problem.start)
            case "zeros" | "ones":
                made = self.backend.xp.zeros if name == "zeros" else self.backend.xp.ones
                return made((self.problem.d,), dtype=self.backend.real, device=self.backend.device)
            case _:
                return self.number(name)

    def block(self, name: str) -> Array:
        """The mask (d,), on the device, of a block of the model or of all below it, which must exist."""
        return self.backend.to_device(entries_of(self.problem.blocks, name))

    def per_node(self, name: str) -> Array:
        """`L_i`, `samples_i` or `node_index`, (n,) on the device, as reals."""
        return self.backend.to_device(np.asarray(self.number(name), dtype=np.float64))
