"""Depth of a line's nodes, found without recursion, so that later passes may recurse."""

from __future__ import annotations

import sys
from typing import Any

from . import nodes

MAX_DEPTH = 100
"""Nodes of one line may stand this deep in each other, sums and products counted once however long they are."""

MAX_TERMS = 200
"""Terms, factors and arguments that may follow each other on the way into a formula."""

_FLAT = ("+", "-", "*")

_FRAMES = 20
"""Frames that any pass takes for a term, at most."""


def too_deep(parsed: Any) -> bool:
    """True for nodes that stand deeper than MAX_DEPTH, or of which more than MAX_TERMS follow each other."""
    ahead = [(parsed, 0, 0)]
    while ahead:
        node, depth, terms = ahead.pop()
        if depth > MAX_DEPTH or terms > MAX_TERMS:
            return True
        children = _children(node)
        for child in children:
            flat = is_flat(node) and is_flat(child) and child is node.left
            ahead.append((child, depth + (not flat), terms + max(len(children) - 1, 1)))
    return False


def is_flat(node: Any) -> bool:
    """True for a sum, difference or product: its first operand stands no deeper than it does, if that is one too."""
    return isinstance(node, nodes.Binary) and node.operator in _FLAT


def make_room() -> None:
    """Let passes recurse, from now on, as deep as the longest permitted formula asks for."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES * MAX_TERMS))


def _children(node: Any) -> list[Any]:
    """The nodes right below one of any type."""
    found: list[Any] = []
    for slot in getattr(node, "__slots__", ()):
        value = getattr(node, slot)
        candidates = value if isinstance(value, tuple) else (value,)
        found.extend(child for child in candidates if hasattr(child, "span"))
    return found
