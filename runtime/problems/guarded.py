"""Problems of plug-ins behind a door: what they return is looked at, and what goes wrong in them names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, wraps
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..chance.batch import Batch
from ..families import behind
from ..plugin_calls import call_plugin, check_array, check_count, wrong_answer
from ..regularisers.base import Regulariser
from ..regularisers.guarded import CheckedRegulariser
from .base import Oracle, Problem, Setting, Solution

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_ORACLES = {"minimize": ("gradients", "losses"), "vi": ("gradients",)}
"""The parts that every oracle has, by kind of problem."""

NOT_NEGATIVE = frozenset({"L", "L_max", "L_mean2", "L_i", "mu", "L_pm", "calL", "L_sample"})


class Guarded(Problem):
    """The guard that `guarded` puts in front of a plug-in's class; SetupError for what is not as `Problem` has it."""

    def __init__(self, setting: Setting, **arguments: Any) -> None:
        """As the plug-in deals it, if its sizes fit."""
        self._ask("__init__", self._theirs("__init__"), setting, **arguments)
        self.written = setting.written
        self._verify(setting)

    def _theirs(self, part: str) -> Any:
        return getattr(super(), part)

    def _ask(self, part: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return call_plugin(_plugin(self), part, function, *arguments, **named)

    def _must(self, holds: bool, part: str, found: object, wanted: str) -> None:
        if not holds:
            raise wrong_answer(_plugin(self), part, found, wanted)

    def _verify(self, setting: Setting) -> None:
        n, d = (self._ask(size, getattr, self, size) for size in ("n", "d"))
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
        found = self._ask("data_bytes", self._theirs, "data_bytes")
        return check_count(_plugin(self), "data_bytes", found, 1 << 62)

    @property
    def start(self) -> HostArray:
        """x0 (d,), float64."""
        found: HostArray = self._ask("start", lambda: np.asarray(self._theirs("start"), dtype=np.float64))
        return found

    @property
    def regulariser(self) -> Regulariser | None:
        """As the plug-in has it, guarded."""
        found = self._ask("regulariser", self._theirs, "regulariser")
        if found is None:
            return None
        is_one = isinstance(found, Regulariser)
        self._must(is_one, "regulariser", type(found).__name__, "a `Regulariser`, or None")
        return CheckedRegulariser(_plugin(self), found)

    @property
    def not_monotone(self) -> str:
        """As the plug-in says."""
        return str(self._ask("not_monotone", self._theirs, "not_monotone"))

    def gap(self, point: HostArray) -> float | None:
        """As the plug-in says, if it is a number."""
        return self._number("gap", point)

    def restricted_gap(self, point: HostArray) -> float | None:
        """As the plug-in says, if it is a number."""
        return self._number("restricted_gap", point)

    def _number(self, part: str, point: HostArray) -> float | None:
        found = self._ask(part, self._theirs(part), point.copy())
        if found is None:
            return None
        number: float = self._ask(part, lambda: float(found))
        self._must(not np.isnan(number), part, "nan", "a number, or None where there is none")
        return number

    def constant(self, name: str) -> float | HostArray | None:
        """As the plug-in says, if it is a number as this constant's are."""
        value = self._ask(f"constant({name!r})", self._theirs("constant"), name)
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
        found = self._ask("solution", self._theirs("solution"))
        if found is None:
            return None
        point = self._ask("solution.point", lambda: np.asarray(found.point, dtype=np.float64))
        self._must(point.shape == (self.d,), "solution", f"a point of shape {point.shape}", f"({self.d},)")
        self._must(
            bool(np.isfinite(point).all()), "solution", "a point that is not finite", "a point that is"
        )
        value = self._ask("solution.value", lambda: float(found.value))
        return Solution(point, value, bool(getattr(found, "unique", True)))

    @property
    def unsolved(self) -> str:
        """As the plug-in says."""
        return str(self._ask("unsolved", self._theirs, "unsolved"))

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """The plug-in's oracle, guarded."""
        inner = self._ask("oracle", self._theirs("oracle"), backend, first, last)
        lacking = next((part for part in _ORACLES[self.kind] if not callable(getattr(inner, part, None))), "")
        found = f"{type(inner).__name__}, which has no `{lacking}`"
        self._must(not lacking, "oracle", found, f"an object with {_listed(_ORACLES[self.kind])}")
        return GuardedOracle(_plugin(self), inner, backend, last - first, self.d)


class GuardedOracle:
    """A plug-in's oracle: each result has the shape and type that it must have, and is an array of its own."""

    def __init__(self, plugin: str, inner: Any, backend: Backend, rows: int, d: int) -> None:
        self._plugin, self._inner, self._backend, self._rows, self._d = plugin, inner, backend, rows, d

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
        found = call_plugin(self._plugin, "losses", self._inner.losses, self._own(point), members)
        return self._shaped("losses", found, (self._count(members),))

    def _own(self, point: Array) -> Array:
        """A copy, which the plug-in may write into."""
        return self._backend.xp.asarray(point, copy=True)

    def __getattr__(self, part: str) -> Any:
        """A part that an oracle may have beside: there if the plug-in's has it."""
        function = getattr(self._inner, part)
        if not callable(function):
            return function
        if part == "losses_and_gradients":
            return self._joint
        if part == "entries":
            return self._entries

        @wraps(function)
        def guarded(*arguments: Any) -> Any:
            return call_plugin(self._plugin, part, function, *arguments)

        return guarded

    def _joint(self, point: Array) -> tuple[Array, Array]:
        """Losses (rows,) and gradients (rows, d) of every local node."""
        part = "losses_and_gradients"
        found = call_plugin(self._plugin, part, self._inner.losses_and_gradients, self._own(point))
        if not (isinstance(found, tuple) and len(found) == 2):
            raise wrong_answer(self._plugin, part, type(found).__name__, "a tuple of losses and gradients")
        losses, gradients = found
        return self._shaped(part, losses, (self._rows,)), self._shaped(part, gradients, (self._rows, self._d))

    def _entries(self, point: Array, indices: Array, flat: Array) -> Array:
        """(rows, k)."""
        found = call_plugin(self._plugin, "entries", self._inner.entries, self._own(point), indices, flat)
        return self._shaped("entries", found, tuple(indices.shape))

    def _count(self, members: HostArray | None) -> int:
        return self._rows if members is None else int(members.shape[0])

    def _vectors(self, part: str, members: HostArray | None, point: Array, *arguments: Any) -> Array:
        found = call_plugin(self._plugin, part, getattr(self._inner, part), *arguments)
        array = self._shaped(part, found, (self._count(members), self._d))
        aliased = (
            isinstance(array, np.ndarray)
            and isinstance(point, np.ndarray)
            and np.may_share_memory(array, point)
        )
        return array.copy() if aliased else array

    def _shaped(self, part: str, found: Any, shape: tuple[int, ...]) -> Array:
        return check_array(self._plugin, part, found, shape, self._backend.real)


@cache
def guarded(family: type[Problem]) -> type[Problem]:
    """A plug-in's class with the guard in front."""
    return behind(Guarded, family)


def _plugin(problem: Problem) -> str:
    return f"problem `{problem.name}`"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(f"`{part}`" for part in parts)
