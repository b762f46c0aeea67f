"""Gradients that one line reads stand in that line: no name holds them, and arithmetic may write into their arrays.

NumPy computes `a - b` in the array of `a`, or `a + b` in that of either, where it is a temporary that nothing else holds.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from ..plan import instructions as ir
from .layout import Layout
from .liveness import NONE, Liveness, Names, arrays_of, functions_of, names_in

GRADIENTS, PICKS = ("oracle", "later"), ("picks",)
"""Methods of the machine that make functions for gradients, and for the coordinates that blind compressors keep."""


def with_gradients_inlined(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with calls of oracles in the place of the names that they were bound to, where the
    next line of the same statement of the spec alone reads them. Coordinates that are drawn between come first."""
    lines = python.splitlines()
    program, functions = functions_of(python)
    gradients, picks = names_made_by(program, GRADIENTS), names_made_by(program, PICKS)
    for function in functions:
        live = Liveness(arrays_of(plan, layout))
        live.before(function.body, NONE)
        for block in blocks_of(function):
            for call, reader in _pairs(block, gradients, picks, live):
                if _same_statement(lines, call.lineno, reader.lineno):
                    _inline(lines, call, reader)
    return "".join(f"{line}\n" for line in lines if line is not _MOVED)


_MOVED = "# moved"


def names_made_by(program: ast.FunctionDef, methods: Sequence[str]) -> Names:
    """The names that the program's first lines bind to results of these methods of the machine."""
    return frozenset(
        name
        for part in program.body
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call)
        if isinstance(part.value.func, ast.Attribute) and part.value.func.attr in methods
        for name in names_in(part, ast.Store)
    )


def names_bound_to(program: ast.FunctionDef, calls: Collection[str]) -> Names:
    """The names that the program's first lines bind to these calls."""
    return frozenset(
        name
        for part in program.body
        if isinstance(part, ast.Assign) and ast.unparse(part.value) in calls
        for name in names_in(part, ast.Store)
    )


def blocks_of(function: ast.FunctionDef) -> Iterator[Sequence[ast.stmt]]:
    """The blocks of a function, its own first."""
    for node in ast.walk(function):
        match node:
            case ast.FunctionDef(body=body) | ast.For(body=body):
                yield body
            case ast.If(body=then, orelse=otherwise):
                yield then
                yield otherwise


def assignments_of(
    functions: Sequence[ast.FunctionDef], plan: ir.Plan, layout: Layout
) -> Iterator[tuple[ast.Assign, Names]]:
    """The assignments to one target in these functions, each with the names that later lines read."""
    for function in functions:
        live = Liveness(arrays_of(plan, layout))
        live.before(function.body, NONE)
        for block in blocks_of(function):
            for line in block:
                if isinstance(line, ast.Assign) and len(line.targets) == 1:
                    yield line, live.behind[line.lineno]


def _pairs(
    block: Sequence[ast.stmt], gradients: Names, picks: Names, live: Liveness
) -> Iterator[tuple[ast.Assign, ast.Assign]]:
    """Calls of oracles, each with the line that is its only reader."""
    for place, call in enumerate(block):
        if not _calls(call, gradients):
            continue
        name, asked = names_in(call, ast.Store), names_in(call, ast.Load)
        for reader in block[place + 1 :]:
            if _calls(reader, picks) and not names_in(reader, ast.Store) & (name | asked):
                continue
            if isinstance(call, ast.Assign) and isinstance(reader, ast.Assign):
                reads = _reads(reader, name)
                if len(reads) == 1 and not name & live.behind[reader.lineno]:
                    yield call, reader
            break


def _calls(statement: ast.stmt, functions: Names) -> bool:
    """True for `name = f(…)` with one of the functions."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Call(func=ast.Name(id=function))):
            return function in functions
        case _:
            return False


def _reads(statement: ast.stmt, names: Names) -> list[ast.Name]:
    """The places where a statement reads these names."""
    found = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return [node for node in found if node.id in names and isinstance(node.ctx, ast.Load)]


def _same_statement(lines: Sequence[str], first: int, last: int) -> bool:
    """True if no line of the spec is shown between two lines, numbered from 1."""
    return not any(line.lstrip().startswith("#") for line in lines[first : last - 1])


def _inline(lines: list[str], call: ast.Assign, reader: ast.Assign) -> None:
    """Put the call in the place of the name; columns count bytes."""
    (place,) = _reads(reader, names_in(call, ast.Store))
    assert place.end_col_offset is not None
    _, text = lines[call.lineno - 1].split(" = ", 1)  # in which another call may stand by now
    old = lines[reader.lineno - 1].encode()
    new = old[: place.col_offset] + text.encode() + old[place.end_col_offset :]
    lines[reader.lineno - 1], lines[call.lineno - 1] = new.decode(), _MOVED
