"""Params that change from round to round, each computed once a round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

InRound: TypeAlias = Callable[[int], Any]


class Schedules:
    """Functions of the round that may ask each other, for this round and for the one before.

    When a round is first asked for, all are computed in the order in which they were added, so that long chains of them
    neither cost more than their length nor recurse.
    """

    def __init__(self) -> None:
        self._rules: list[InRound] = []
        self._rows: dict[int, dict[int, Any]] = {}  # by round and rule
        self._filling = False

    def add(self, rule: InRound) -> InRound:
        """The function, with its values of the last two rounds remembered."""
        number = len(self._rules)
        self._rules.append(rule)

        def at(k: int) -> Any:
            if k not in self._rows:
                self._begin(k)
            row = self._rows[k]
            if number not in row:
                row[number] = rule(k)
            return row[number]

        return at

    def _begin(self, k: int) -> None:
        """Compute all values of a round; if those of another round are being computed, leave each until it is asked for."""
        if self._filling:
            self._rows[k] = {}
            return
        self._rows = {j: row for j, row in self._rows.items() if j == k - 1} | {k: {}}
        self._filling = True
        try:
            row = self._rows[k]
            for number, rule in enumerate(self._rules):
                if number not in row:
                    row[number] = rule(k)
        finally:
            self._filling = False
