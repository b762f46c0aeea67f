"""Numbers of points between the machine and fused rounds, where they are ints: constants' names become numbers below -1."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from ..chance.nodes import Nodes
from .machine import Machine
from .oracles import Asked, Over

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
        self._some, self._over = np.zeros(0, np.uint8), np.zeros((0, machine.n), np.uint8)
        self._held = np.zeros(0, np.int64)  # numbers of points at which rows are kept
        self._given = NONE  # the round that was given back last

    def part(self, part: str, calls: int) -> HostArray:
        """An argument about the gradients of the round before, `calls` at most."""
        if part == "next":
            return self.next
        if part == "rows":
            first, last = self._machine.run.nodes
            return np.empty((2 * calls, last - first, self._machine.run.d))
        if part == "held":
            self._held = np.full(2 * calls, NONE, np.int64)
            return self._held
        if self._asked.size != calls:
            self._asked = np.full(calls, NONE, np.int64)
            self._some, self._over = (
                np.zeros(shape, np.uint8) for shape in (calls, (calls, self._machine.n))
            )
        parts: dict[str, HostArray] = {"asked": self._asked, "some": self._some, "over": self._over}
        return parts[part]

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
        """Take over from the machine; False where more gradients are remembered than a round asks for, or of copies."""
        # a minibatch is drawn anew in each round, and its gradients are not asked for again
        recent = [each for each in self._machine.counted_oracle.recent() if each.draw is None]
        over = [each.over for each in recent]
        if len(recent) > self._asked.size or any(each is not None and each.members.is_bag for each in over):
            return False
        if self._machine.counted_oracle.round != self._given:  # rounds of the program came between
            self._held[:] = NONE
        self.next[0] = self._machine.numbers.next
        self._asked[:] = NONE
        self._asked[: len(recent)] = [self.encoded(each.at) for each in recent]
        self._some[: len(recent)] = [each is not None for each in over]
        self._over[:] = 0
        for call, each in enumerate(over):
            if each is not None:
                self._over[call, each.members.nodes] = 1
        return True

    def give(self, round: int) -> None:
        """Give back to the machine after a round."""
        self._given = round
        self._machine.numbers.start(int(self.next[0]))
        found: dict[tuple[int, bytes], Asked] = {}
        for call, number in enumerate(self._asked.tolist()):
            if number == NONE:
                continue
            some = bool(self._some[call])
            key = number, self._over[call].tobytes() if some else b""
            members = Nodes.distinct(np.flatnonzero(self._over[call]), self._machine.n)
            over = Over(members, point_of_all=False, batch_of_all=False) if some else None
            found[key] = Asked(self.decoded(number), None, over)
        self._machine.counted_oracle.remember(round, list(found.values()))
