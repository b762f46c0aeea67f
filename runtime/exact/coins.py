"""Coins of a run: every sequence of falls, one after another, with its chance."""

from __future__ import annotations

from .errors import too_many_paths

MOST_PATHS = 64
"""Sequences of falls that are followed."""


class Coins:
    """The falls of one path, which a run asks for one by one; `next_path` goes on to the next sequence."""

    def __init__(self) -> None:
        self._falls: list[tuple[bool, float]] = []
        self._asked, self.paths = 0, 1
        self.weight = 1.0  # the chance of the falls that were asked for

    def flip(self, chance: float) -> bool:
        """The next coin's fall on this path; one that is certain is no choice."""
        if chance >= 1 or chance <= 0:
            return chance >= 1
        if self._asked == len(self._falls):
            self._falls.append((True, chance))
        fall, _ = self._falls[self._asked]
        self._asked += 1
        self.weight *= chance if fall else 1 - chance
        return fall

    @property
    def past(self) -> tuple[bool, ...]:
        """The falls so far: what is chosen without a look ahead depends on them alone."""
        return tuple(fall for fall, _ in self._falls[: self._asked])

    def next_path(self) -> bool:
        """Go on to the sequence that follows; False behind the last. Raises NotTranslated where there are too many."""
        while self._falls and not self._falls[-1][0]:
            self._falls.pop()
        if not self._falls:
            return False
        self._falls[-1] = (False, self._falls[-1][1])
        self._asked, self.weight = 0, 1.0
        self.paths += 1
        if self.paths > MOST_PATHS:
            raise too_many_paths(MOST_PATHS)
        return True
