"""Search in a round that failed for the line of the generated program where a value first was not finite.

Rounds check values that are sent or stored, so that a bad value may be noticed lines after it arose. The variables of the
round are still there: the search goes back from the line that failed, through the variables that each line read.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from typing import Any

from ..arrays.backend import Backend
from ..arrays.sparse import Sparse

Line = tuple[int, frozenset[str], frozenset[str]]
"""A statement of the program: its first line, the variables that it binds, and those that it reads."""


def origin(python: str, number: int, found: Mapping[str, Any], backend: Backend) -> int:
    """The line where the value that failed in line `number` was first not finite; `found` are the variables then."""
    lines = list(_lines(ast.parse(python), number))
    at = max((line for line in lines if line[0] <= number), default=None)
    while at is not None:
        bad = {name for name in at[2] if name in found and not _finite(found[name], backend)}
        before = [max(_binding(lines, name, at[0]), default=None) for name in bad]
        earlier = min((line for line in before if line is not None), default=None)
        if earlier is None:
            return at[0]
        at = earlier
    return number


def _binding(lines: list[Line], name: str, before: int) -> Iterator[Line]:
    return (line for line in lines if name in line[1] and line[0] < before)


def _lines(tree: ast.AST, number: int) -> Iterator[Line]:
    """The statements of the function around a line, up to that line."""
    functions = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno <= number <= (node.end_lineno or 0)
    ]
    inner = max(functions, key=lambda node: node.lineno, default=None)
    for node in () if inner is None else ast.walk(inner):
        if not isinstance(node, ast.stmt) or node.lineno > number or _takes_states(node) or _is_whole(node):
            continue
        parts = (
            [node.test] if isinstance(node, ast.If) else [node.iter] if isinstance(node, ast.For) else [node]
        )
        names = [name for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)]
        bound = frozenset(name.id for name in names if isinstance(name.ctx, ast.Store))
        yield node.lineno, bound, frozenset(name.id for name in names if isinstance(name.ctx, ast.Load))


def _takes_states(statement: ast.stmt) -> bool:
    """True for the line that takes over the states of the round before: no value arises there."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return isinstance(value, ast.Name) and value.id == "states"


def _is_whole(statement: ast.stmt) -> bool:
    """True for a function, and the line that calls one for its pieces: their values arise in the lines of the function."""
    match statement:
        case ast.FunctionDef() | ast.Assign(value=ast.Call(func=ast.Name(id="in_one_pass"))):
            return True
        case _:
            return False


def _finite(value: Any, backend: Backend) -> bool:
    """False for a variable that holds a number that is not finite."""
    if isinstance(value, Sparse):
        return backend.all_finite(value.values)
    if isinstance(value, float):
        return math.isfinite(value)
    return not hasattr(value, "dtype") or backend.all_finite(value)
