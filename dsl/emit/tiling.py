"""Sums of long dense vectors are computed piece by piece, so that what stands in between is small: in the array of a vector
that nothing reads any more, where there is one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from ..plan import instructions as ir
from ..plan.aliases import starts
from .free_arrays import FreeArrays
from .inlining import assignments_of
from .layout import Layout
from .liveness import Names, functions_of, names_in
from .vector_names import VectorNames

IN_TILES = "in_tiles"


def with_sums_in_tiles(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with such lines in place of those that `with_gradients_by_rows` leaves."""
    lines = python.splitlines()
    program, functions = functions_of(python)
    names, found = VectorNames.of(program, plan, layout), False
    arrays, started = FreeArrays.of(plan), starts(plan)

    def is_free(name: str, live: Names) -> bool:
        if name in names.private and name not in live:
            return True
        alone = layout is Layout.TOGETHER and name not in started
        return alone and line.lineno > functions[-1].lineno and arrays.is_free(name, live)

    for line, behind in assignments_of(functions, plan, layout):
        text = _rewritten(line, names, partial(is_free, live=behind - names_in(line, ast.Store)))
        if text is not None:
            found = True
            lines[line.lineno - 1] = f"{' ' * line.col_offset}{text}"
    if found and IN_TILES not in names.bound:
        first = min(function.lineno for function in functions)
        lines[first - 2 : first - 2] = [f'    {IN_TILES} = run.functions("{IN_TILES}")']
    return "".join(f"{line}\n" for line in lines)


def _rewritten(line: ast.Assign, names: VectorNames, is_free: Callable[[str], bool]) -> str | None:
    """The text of a line whose value, or an argument of it, is such a sum; None for any other."""
    match line.value:
        case ast.BinOp() as value:
            value_text = _in_tiles(value, names, is_free)
        case ast.Call(func=ast.Name() | ast.Attribute(), args=[ast.BinOp() as argument, *others]) as value:
            read_again = frozenset[str]().union(*(names_in(other, ast.Load) for other in others))
            text = _in_tiles(argument, names, lambda name: name not in read_again and is_free(name))
            value_text = text and ast.unparse(value).replace(ast.unparse(argument), text, 1)
        case _:
            return None
    return value_text and f"{ast.unparse(line.targets[0])} = {value_text}"


def _in_tiles(value: ast.BinOp, names: VectorNames, is_free: Callable[[str], bool]) -> str | None:
    """The text of a sum of vectors; `is_free` tells whose arrays nothing reads further on."""
    read, vectors = names_in(value, ast.Load), sorted(names.arrays_in(value))
    calls = any(isinstance(part, ast.Call) for part in ast.walk(value))
    if not vectors or calls or not names.is_elementwise(value):
        return None
    shape = read & names.families or read & names.plain
    free = sorted(name for name in shape & names.vectors if is_free(name))
    operations = sum(isinstance(part, ast.BinOp) for part in ast.walk(value))
    if not free and operations == 1:
        return None
    into = free[0] if free else "None"
    return f"{IN_TILES}(lambda {', '.join(vectors)}: {ast.unparse(value)}, {into}, {', '.join(vectors)})"
