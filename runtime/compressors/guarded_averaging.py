"""Collective compressors of plug-ins behind a door: their exchanges are looked at, one by one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from ..arrays.backend import Array, Backend
from ..plugin_calls import call_plugin, check_array, wrong_answer


class GuardedAveraging:
    """A plug-in's `Averaging` for vectors of d entries."""

    def __init__(self, plugin: str, inner: Any, backend: Backend, widths: tuple[int, ...], d: int) -> None:
        """`widths` are those that its class has for d."""
        if not callable(getattr(inner, "average", None)):
            raise wrong_answer(
                plugin, "averaging", type(inner).__name__, "an object with `widths` and `average`"
            )
        stated = call_plugin(plugin, "averaging.widths", lambda: tuple(inner.widths))
        if stated != widths:
            raise wrong_answer(plugin, "averaging.widths", stated, f"{widths}, as its class does")
        self._plugin, self._inner, self._backend, self._d = plugin, inner, backend, d
        self.widths = widths

    def average(self, vectors: Array | None) -> Generator[Array | None, Array, Array]:
        """The plug-in's exchanges, each of the width that it said, and the mean."""
        own = None if vectors is None else self._backend.xp.asarray(vectors, copy=True)
        steps = call_plugin(self._plugin, "average", self._inner.average, own)
        if not isinstance(steps, Generator):
            raise wrong_answer(
                self._plugin, "average", type(steps).__name__, "a generator, which yields rows"
            )
        rows = self._step(steps, None, 0)
        for done, width in enumerate(self.widths, 1):
            if vectors is not None:
                check_array(self._plugin, "average", rows, (int(vectors.shape[0]), width), self._backend.real)
            mean = yield rows
            if done < len(self.widths):
                rows = self._step(steps, mean, done)
        return self._end(steps, mean)

    def memory(self) -> list[Array]:
        """The plug-in's arrays. SetupError without its `memory`: nothing says that it keeps none."""
        if not callable(getattr(self._inner, "memory", None)):
            raise wrong_answer(
                self._plugin,
                "averaging",
                "an object without `memory`",
                "one with `memory` and `recall`, for a checkpoint",
            )
        return list(call_plugin(self._plugin, "averaging.memory", self._inner.memory))

    def recall(self, memory: Sequence[Array]) -> None:
        """Let the plug-in go on from arrays."""
        call_plugin(self._plugin, "averaging.recall", self._inner.recall, memory)

    def _step(self, steps: Any, mean: Array | None, done: int) -> Array | None:
        """The rows of the next exchange."""
        over, found = call_plugin(self._plugin, "average", _next, steps, mean)
        if over:
            raise wrong_answer(self._plugin, "average", f"{done} exchanges", f"{len(self.widths)}")
        return found

    def _end(self, steps: Any, mean: Array) -> Array:
        over, found = call_plugin(self._plugin, "average", _next, steps, mean)
        if not over:
            raise wrong_answer(self._plugin, "average", "more exchanges", f"{len(self.widths)}")
        return check_array(self._plugin, "average", found, (self._d,), self._backend.real)


def _next(steps: Any, mean: Array | None) -> tuple[bool, Any]:
    """True if a generator ended, and the value that it yields or returns."""
    try:
        return False, steps.send(mean)
    except StopIteration as end:
        return True, end.value
