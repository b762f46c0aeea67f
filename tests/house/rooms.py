"""The modules of the product's rooms and their syntax trees, which the tests of the house share."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "grammar", "dsl", "runtime", "cli", "algorithms")
MODULES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))
"""Every module, by its path from the root."""


@cache
def tree_of(module: Path) -> ast.Module:
    """The syntax tree of a module; it is parsed when a test first asks, since all of them take seconds."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every module with its syntax tree."""
    return ((module, tree_of(module)) for module in MODULES)
