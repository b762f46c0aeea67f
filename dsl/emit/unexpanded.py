"""Messages whose vectors a program reads in pieces alone are not expanded as a whole: they stay levels, codes, or the wire's
floats."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from ..check.contracts import Form
from ..check.kinds import Kind
from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS
from .layout import Layout
from .liveness import Names, functions_of, names_in
from .tiling import IN_TILES

MOVES = ("transfer", "start", "finish")
"""Methods of the machine that make functions which move a message, or a part of it."""

IN_ONE_PASS = "in_one_pass"
"""The function that gives the pieces of its arguments, behind two others, to a function of the program."""

FOLDS = ("mean_rows", "sum_rows")
"""Functions that go through a family in pieces."""


def with_messages_unexpanded(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, which first names the message statements of which that holds."""
    program, functions = functions_of(python)
    numbers = dict(_transfers(program, frozenset(_of_families(plan))))
    bound = {number for function in functions for number, _ in _bound(function, numbers)}
    taken = bound.difference(*(_otherwise(function, numbers) for function in functions))
    lines = python.splitlines()
    first = min((function.lineno for function in functions), default=len(lines))
    lines[first - 2 : first - 2] = [f"    run.expand_in_tiles({number})" for number in sorted(taken)]
    return "".join(f"{line}\n" for line in lines)


def _of_families(plan: ir.Plan) -> Iterator[int]:
    """The numbers of statements by which nodes send vectors that are dense to receivers."""
    for part in INSTRUCTIONS.walk(plan):
        if isinstance(part, ir.Transfer):
            targets = [item.target for item in part.message_items if item.target.kind is Kind.VECTOR]
            if any(target.family and target.form is Form.DENSE for target in targets):
                yield part.number


def _transfers(program: ast.FunctionDef, numbers: frozenset[int]) -> Iterator[tuple[str, int]]:
    """The functions that move these messages, whole or in two parts, with the statements' numbers."""
    for line in program.body:
        match line:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=int(number))]),
            ) if method in MOVES and number in numbers:
                yield name, number


def _bound(function: ast.FunctionDef, numbers: Mapping[str, int]) -> Iterator[tuple[int, Names]]:
    """The names that lines bind to messages, with the statements' numbers."""
    for line in ast.walk(function):
        match line:
            case ast.Assign(value=ast.Call(func=ast.Name(id=send))) if send in numbers:
                yield numbers[send], names_in(line, ast.Store)


def _otherwise(function: ast.FunctionDef, numbers: Mapping[str, int]) -> frozenset[int]:
    """The numbers of statements that bind a name which other lines bind, too, or which is not read in pieces alone."""
    stored = [
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    whole = _read_whole(function) | {name for name in stored if stored.count(name) > 1}
    return frozenset(number for number, names in _bound(function, numbers) if names & whole)


def _read_whole(part: ast.AST) -> Names:
    """The names that a part of a program reads otherwise than in pieces."""
    match part:
        case ast.Call(func=ast.Name(id=function), args=[ast.Lambda() as text, into, *arrays]) if (
            function == IN_TILES
        ):
            own = frozenset(argument.arg for argument in text.args.args)
            read = [into, *(array for array in arrays if not isinstance(array, ast.Name))]
            return (_read_whole(text.body) - own).union(*map(_read_whole, read))
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(), into, *_]) if function == IN_ONE_PASS:
            return _read_whole(into)
        case ast.FunctionDef(args=taken, body=body):
            return frozenset[str]().union(*map(_read_whole, body)) - {argument.arg for argument in taken.args}
        case ast.Call(func=ast.Name(id=function), args=[ast.Name()]) if function in FOLDS:
            return frozenset()
        case ast.Name(id=name, ctx=ast.Load()):
            return frozenset([name])
        case _:
            return frozenset[str]().union(*map(_read_whole, ast.iter_child_nodes(part)))
