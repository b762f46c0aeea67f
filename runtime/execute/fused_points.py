"""Numbers of points between the machine and fused rounds, where they are ints: constants' names become numbers below -1."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .machine import Machine

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

NONE = -1


class Points:
    """The numbers of points, and those at which the last round asked for gradients."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._names: list[str] = []
        self.next = np.zeros(1, np.int64)
        self._asked = np.zeros(0, np.int64)

    def room(self, calls: int) -> HostArray:
        """Room for the points of a round's gradients."""
        self._asked = np.full(calls, NONE, np.int64)
        return self._asked

    def encoded(self, number: Hashable) -> int:
        """A number as an int."""
        if isinstance(number, int):
            return number
        if number not in self._names:
            self._names.append(str(number))
        return NONE - 1 - self._names.index(str(number))

    def decoded(self, number: int) -> Hashable:
        """The inverse."""
        return number if number >= 0 else self._names[NONE - 1 - number]

    def take(self) -> bool:
        """Take over from the machine; False where more gradients are remembered than a round asks for."""
        asked = [self.encoded(each.at) for each in self._machine.counted_oracle.recent()]
        if len(asked) > self._asked.size:
            return False
        self.next[0] = self._machine.numbers.next
        self._asked[:] = NONE
        self._asked[: len(asked)] = asked
        return True

    def give(self, round: int) -> None:
        """Give back to the machine after a round."""
        self._machine.numbers.start(int(self.next[0]))
        asked: Sequence[int] = sorted({number for number in self._asked.tolist() if number != NONE})
        self._machine.counted_oracle.remember(round, [self.decoded(number) for number in asked])
