"""The data sets of a command: each is read once, for all problems that name it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .load import DataSet


class Library:
    """Data sets that were read, by their names and choices; they are shared and never written to."""

    def __init__(self) -> None:
        self._sets: dict[tuple[str, tuple[tuple[str, Any], ...]], DataSet] = {}

    def load(self, name: str, **choices: Any) -> DataSet:
        """The set as `load` reads it, the first time that it is asked for."""
        from .load import load  # needs an array library

        key = (name, tuple(sorted(choices.items())))
        if key not in self._sets:
            self._sets[key] = load(name, **choices)
        return self._sets[key]
