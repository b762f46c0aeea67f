"""Params that change, as fused rounds take them: their values in the rounds of a call, worked out before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.emit.python import emit_schedules

from ..arrays.finite import NonFinite
from ..errors import RunFailed, SetupError
from .machine import Machine

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

BROKEN = (NonFinite, SetupError, RunFailed, OverflowError)
"""Errors of a param in a round: that round is the program's, which tells of them."""


class ScheduledParams:
    """The params of a run that change from round to round."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rooms: list[tuple[str, int, HostArray]] = []

    def room(self, name: str, ago: int, rounds: int) -> HostArray:
        """Room for the values of a param in so many rounds, or in those `ago` before."""
        room = np.zeros(rounds)
        self._rooms.append((name, ago, room))
        return room

    @cached_property
    def _functions(self) -> dict[str, Callable[[int], Any]]:
        namespace: dict[str, Any] = {}
        run = self._machine.run
        exec(compile(emit_schedules(run.plan, run.layout), "<params of fused rounds>", "exec"), namespace)
        functions: dict[str, Callable[[int], Any]] = namespace["program"](self._machine)
        return functions

    def fill(self, first: int, stop: int) -> int:
        """Work out the values in rounds `first` to `stop` - 1; the first round in which that fails, or `stop`."""
        if not self._rooms:
            return stop
        for k in range(first, stop):
            try:
                for name, ago, room in self._rooms:
                    room[k - first] = self._functions[name](k - ago) if k >= ago else 0.0
            except BROKEN:
                return k
        return stop
