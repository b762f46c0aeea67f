"""Fused rounds as their text, which Python runs: quick to start, for tests that compare what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cablese.runtime.execute import fused_source


def not_compiled(done: list[int]) -> Callable[..., Callable[..., int]]:
    """A `compiled_rounds` that compiles nothing; `done` gets the numbers of rounds that ran so."""

    def loaded(text: str, functions: Sequence[str], wire: str, handle: int) -> Callable[..., int]:
        names: dict[str, Any] = {}
        exec("\n".join((*fused_source.imports(functions, wire, handle), text)), names)

        def rounds(first: int, stop: int, *given: Any) -> int:
            found: int = names["rounds"](first, stop, *given)
            done.append(found - first)
            return found

        return rounds

    return loaded
