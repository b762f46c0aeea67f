"""Constants of the problems whose worst is looked for: alike at all nodes, one sample at each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from cablese.dsl.text.records import record

from .errors import bad_constant

MOST_NODES = 3
"""Nodes beyond which programs grow too large."""

_RANGES = {"n": (1, MOST_NODES), "d": (1, 10**9), "L": (1e-6, 1e6), "mu": (0.0, 1e6)}
_WHOLE = ("n", "d")
_CURVED = ("strongly_convex", "pl", "strongly_monotone")


@record
class Instance:
    """Numbers of nodes and of entries (which decide the figures of compressors alone), smoothness, strong convexity."""

    n: int = 1
    d: int = 4
    L: float = 1.0
    mu: float = 0.1

    @classmethod
    def read(cls, text: str | None) -> Instance:
        """The instance that `n = 2, mu = 0.1` describes; raises UsageError."""
        found: dict[str, Any] = {}
        names = "n (1 to 3), d, L, and mu (from 0 to below L)"
        for part in (text or "").split(",") if text else ():
            name, _, value = (word.strip() for word in part.partition("="))
            least, most = _RANGES.get(name, (1, 0))
            try:
                number: float = int(value) if name in _WHOLE else float(value)
            except ValueError:
                raise bad_constant(part.strip(), names) from None
            if name in found or not least <= number <= most:
                raise bad_constant(part.strip(), names)
            found[name] = number
        made = replace(cls(), **found)
        if made.mu >= made.L:
            raise bad_constant(text or "", names)
        return made

    def __str__(self) -> str:
        """The constants as the option takes them."""
        return f"n = {self.n}, d = {self.d}, L = {self.L:g}, mu = {self.mu:g}"

    def number(self, name: str, kind: str, rounds: int) -> Any:
        """A constant of problems of a class, None where they have none: mu is that of classes that name one."""
        match name:
            case "n" | "d":
                return getattr(self, name)
            case "rounds":
                return rounds
            case "L" | "L_max" | "L_mean2" | "L_pm" | "calL" | "L_sample":
                return self.L
            case "L_i":
                return np.full(self.n, self.L)
            case "samples_i":
                return np.ones(self.n, dtype=np.int64)
            case "node_index":
                return np.arange(self.n)
            case "samples":
                return 1
            case "mu":
                return self.mu if kind in _CURVED else None if kind == "smooth" else 0.0
            case _:
                return None
