"""Problems of plug-ins behind a door: what they return is looked at, and what goes wrong in them names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from ..plugin_calls import a_count, asked, returned, shaped
from .base import Oracle, Problem, Solution

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .plugins import Setting

_ORACLES = {"minimize": ("gradients", "losses"), "vi": ("gradients",)}
"""The parts that every oracle has, by kind of problem."""

NOT_NEGATIVE = frozenset({"L", "L_max", "L_mean2", "L_i", "mu", "calL"})


class GuardedProblem(Problem):
    """A plug-in's problem; SetupError for what is not as `Problem` has it."""

    def __init__(self, family: str, problem: Any, setting: Setting) -> None:
        self._family, self._inner = f"problem `{family}`", problem
        for attribute in ("kind", "name", "n", "d", "samples", "blocks"):
            setattr(self, attribute, self._ask(attribute, lambda each=attribute: getattr(problem, each)))
        self._verify(setting)

    def _ask(self, part: str, function: Callable[..., Any], *arguments: Any) -> Any:
        return asked(self._family, part, function, *arguments)

    def _must(self, holds: bool, part: str, found: object, wanted: str) -> None:
        if not holds:
            raise returned(self._family, part, found, wanted)

    def _verify(self, setting: Setting) -> None:
        n, d = self.n, self.d
        self._must(self.kind in ("minimize", "vi"), "kind", repr(self.kind), '"minimize" or "vi"')
        self._must(n == setting.n, "n", n, f"the run's number of nodes, {setting.n}")
        self._must(isinstance(d, int) and d >= 1, "d", d, "a whole number, at least 1")
        samples = self._ask("samples", lambda: tuple(map(index, self.samples)))
        self._must(len(samples) == n, "samples", f"{len(samples)} numbers", f"one for each of {n} nodes")
        entries = self._ask("blocks", lambda: sum(prod(shape) for _, shape in self.blocks))
        self._must(entries == d, "blocks", f"{entries} entries", f"the model's d = {d}")
        start = self.start
        self._must(start.shape == (d,), "start", f"an array of shape {start.shape}", f"one of shape ({d},)")
        self._must(bool(np.isfinite(start).all()), "start", "numbers that are not finite", "finite ones")

    @property
    def data_bytes(self) -> int:
        """As the plug-in says."""
        return a_count(
            self._family, "data_bytes", self._ask("data_bytes", lambda: self._inner.data_bytes), 1 << 62
        )

    @property
    def start(self) -> HostArray:
        """x0 (d,), float64."""
        found: HostArray = self._ask("start", lambda: np.asarray(self._inner.start, dtype=np.float64))
        return found

    def constant(self, name: str) -> float | HostArray | None:
        """As the plug-in says, if it is a number as this constant's are."""
        value = self._ask(f"constant({name!r})", self._inner.constant, name)
        if value is None:
            return None
        shape, part = ((self.n,) if name.endswith("_i") else ()), f"constant({name!r})"
        found = self._ask(part, lambda: np.asarray(value, dtype=np.float64))
        self._must(found.shape == shape, part, f"an array of shape {found.shape}", f"one of shape {shape}")
        self._must(not np.isnan(found).any(), part, "nan", "a number, or None where there is none")
        negative = name in NOT_NEGATIVE and bool((found < 0).any())
        self._must(not negative, part, f"{found.min()}", "a number that is not negative")
        return found if shape else float(found)

    def solution(self) -> Solution | None:
        """As the plug-in says."""
        found = self._ask("solution", self._inner.solution)
        if found is None:
            return None
        point = self._ask("solution.point", lambda: np.asarray(found.point, dtype=np.float64))
        self._must(point.shape == (self.d,), "solution", f"a point of shape {point.shape}", f"({self.d},)")
        self._must(
            bool(np.isfinite(point).all()), "solution", "a point that is not finite", "a point that is"
        )
        return Solution(point, self._ask("solution.value", lambda: float(found.value)))

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """The plug-in's oracle, guarded."""
        inner = self._ask("oracle", self._inner.oracle, backend, first, last)
        lacking = next((part for part in _ORACLES[self.kind] if not callable(getattr(inner, part, None))), "")
        found = f"{type(inner).__name__}, which has no `{lacking}`"
        self._must(not lacking, "oracle", found, f"an object with {_listed(_ORACLES[self.kind])}")
        return GuardedOracle(self._family, inner, backend, last - first, self.d)


class GuardedOracle:
    """A plug-in's oracle: each result has the shape and type that it must have, and is an array of its own."""

    def __init__(self, family: str, inner: Any, backend: Backend, rows: int, d: int) -> None:
        self._family, self._inner, self._backend, self._rows, self._d = family, inner, backend, rows, d

    def gradients(self, point: Array, members: HostArray | None = None) -> Array:
        """(rows, d)."""
        own = self._own(point)
        return self._vectors("gradients", members, own, own, members)

    def batch_gradients(self, point: Array, batch: Batch, members: HostArray | None = None) -> Array:
        """(rows, d)."""
        own = self._own(point)
        return self._vectors("batch_gradients", members, own, own, batch, members)

    def losses(self, point: Array, members: HostArray | None = None) -> Array:
        """(rows,)."""
        found = asked(self._family, "losses", self._inner.losses, self._own(point), members)
        return self._shaped("losses", found, (self._count(members),))

    def _own(self, point: Array) -> Array:
        """A copy, which the plug-in may write into."""
        return self._backend.xp.asarray(point, copy=True)

    def __getattr__(self, part: str) -> Any:
        """What an oracle may have beside: there if the plug-in's has it."""
        function = getattr(self._inner, part)
        if not callable(function):
            return function
        if part == "losses_and_gradients":
            return self._joint
        if part == "entries":
            return self._entries

        @wraps(function)
        def guarded(*arguments: Any) -> Any:
            return asked(self._family, part, function, *arguments)

        return guarded

    def _joint(self, point: Array) -> tuple[Array, Array]:
        """Losses (rows,) and gradients (rows, d) of every local node."""
        part = "losses_and_gradients"
        found = asked(self._family, part, self._inner.losses_and_gradients, self._own(point))
        if not (isinstance(found, tuple) and len(found) == 2):
            raise returned(self._family, part, type(found).__name__, "a tuple of losses and gradients")
        losses, gradients = found
        return self._shaped(part, losses, (self._rows,)), self._shaped(part, gradients, (self._rows, self._d))

    def _entries(self, point: Array, indices: Array, flat: Array) -> Array:
        """(rows, k)."""
        found = asked(self._family, "entries", self._inner.entries, self._own(point), indices, flat)
        return self._shaped("entries", found, tuple(indices.shape))

    def _count(self, members: HostArray | None) -> int:
        return self._rows if members is None else int(members.shape[0])

    def _vectors(self, part: str, members: HostArray | None, point: Array, *arguments: Any) -> Array:
        found = asked(self._family, part, getattr(self._inner, part), *arguments)
        array = self._shaped(part, found, (self._count(members), self._d))
        aliased = (
            isinstance(array, np.ndarray)
            and isinstance(point, np.ndarray)
            and np.may_share_memory(array, point)
        )
        return array.copy() if aliased else array

    def _shaped(self, part: str, found: Any, shape: tuple[int, ...]) -> Array:
        return shaped(self._family, part, found, shape, self._backend.real)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(f"`{part}`" for part in parts)
