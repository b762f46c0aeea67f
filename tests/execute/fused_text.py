"""Fused rounds as their text, which Python runs: quick to start, for tests that compare what they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from cablese.runtime.execute import fused_source


def not_compiled(done: list[int]) -> Callable[..., Callable[..., int]]:
    """A `compiled_rounds` that compiles nothing; `done` gets the numbers of rounds that ran so."""

    def loaded(text: str, functions: Sequence[str], wire: str, handle: int) -> Callable[..., int]:
        names: dict[str, Any] = {}
        exec("\n".join((*fused_source.imports(functions, wire, handle), text)), names)
        names |= {name: _of_any(names[name]) for name in ("ceil", "floor") if name in names}

        def rounds(first: int, stop: int, *given: Any) -> int:
            found: int = names["rounds"](first, stop, *given)
            done.append(found - first)
            return found

        return rounds

    return loaded


def _of_any(rounded: Callable[[float], int]) -> Callable[[float], int]:
    """Rounding as compiled code has it: numbers that are none become ints, where Python raises."""
    return lambda number: rounded(number) if isfinite(number) else -(1 << 63)
