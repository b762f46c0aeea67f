"""How deep a line's nodes stand in each other, found without recursion, so that later passes may recurse."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 100
"""Nodes of one line may stand this deep in each other."""


def too_deep(parsed: Any) -> bool:
    """Whether nodes stand deeper than MAX_DEPTH."""
    level, depth = [parsed], 0
    while level:
        if depth > MAX_DEPTH:
            return True
        level = [child for node in level for child in _children(node)]
        depth += 1
    return False


def _children(node: Any) -> list[Any]:
    """The nodes right below one, whatever its type."""
    found: list[Any] = []
    for slot in getattr(node, "__slots__", ()):
        value = getattr(node, slot)
        candidates = value if isinstance(value, tuple) else (value,)
        found.extend(child for child in candidates if hasattr(child, "span"))
    return found
