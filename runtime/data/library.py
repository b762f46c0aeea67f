"""The data of a command: what is read once is there for all problems that name it alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..setup_steps import step

T = TypeVar("T")


class Library:
    """Data that was read, by reader, name and choices; it is shared and never written to."""

    def __init__(self) -> None:
        self._held: dict[tuple[Callable[..., Any], str, tuple[tuple[str, Any], ...]], Any] = {}

    def read(self, reader: Callable[..., T], name: str, **choices: Any) -> T:
        """The outcome of a reader for a name and choices, which it is asked for the first time."""
        key = (reader, name, tuple(sorted(choices.items())))
        if key not in self._held:
            with step(f"reading {name}"):
                self._held[key] = reader(name, **choices)
        found: T = self._held[key]
        return found
