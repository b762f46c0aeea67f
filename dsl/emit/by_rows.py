"""Gradients that one line reads entry by entry are computed node by node in that line, so that one alone is held: their sum
with a node's state goes into the state's array where nothing reads it any more, and a compressor, or a message of dense
vectors, takes row after row."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..check.kinds import Kind
from ..check.program import Route
from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS
from .expressions import IN_PLACE
from .inlining import assignments_of, names_bound_to
from .layout import Layout
from .liveness import Names, functions_of, names_in
from .vector_names import VectorNames

OF_SPARSE = ("mean_rows", "sum_rows", "scale", "shrink", "negative")
"""Functions whose result is as sparse as their first argument may be."""

IN_TURN = "_in_turn"
"""Behind an oracle's name, that of the one that computes node by node."""

SENDS = ("transfer", "start")
"""Methods of the machine that make functions which nodes send by."""

TO_SEND = "_to_send"
"""Behind an oracle's name, that of the one whose result is sent as it is."""


def with_gradients_by_rows(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with such lines in place of those that `with_gradients_inlined` leaves."""
    lines = python.splitlines()
    program, functions = functions_of(python)
    numbers = list(_dense(plan))
    sends = names_bound_to(program, {f"run.{method}({number})" for method in SENDS for number in numbers})
    found = _Lines(VectorNames.of(program, plan, layout), sends)
    for line, behind in assignments_of(functions, plan, layout):
        found.rewrite(line, behind)
    for number, text in found.lines.items():
        lines[number - 1] = text
    first = min((function.lineno for function in functions), default=len(lines))
    lines[first - 2 : first - 2] = found.prelude()
    return "".join(f"{line}\n" for line in lines)


def _dense(plan: ir.Plan) -> Iterator[int]:
    """The numbers of statements by which all nodes send one dense vector, as it is, to the server."""
    for part in INSTRUCTIONS.walk(plan):
        match part:
            case ir.Transfer(route=Route.NODE_TO_SERVER, message_items=(item,), members=None, tells=None) if (
                item.is_plain and item.target.kind is Kind.VECTOR
            ):
                yield part.number
            case _:
                continue


@dataclass(slots=True)
class _Lines:
    """The lines that take the place of a program's, by number, and the names that they need. `sends`: functions of messages
    that take one family of dense vectors as it is."""

    names: VectorNames
    sends: Names
    lines: dict[int, str] = field(default_factory=dict)
    oracles: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)

    def prelude(self) -> list[str]:
        """The lines that bind these names."""
        taken = [f'    {name}{IN_TURN} = run.in_turn("{name}")' for name in sorted(self.oracles)]
        taken += [f'    {name}{TO_SEND} = run.to_send("{name}")' for name in sorted(self.sent)]
        return taken + [
            f'    {name} = run.functions("{name}")' for name in sorted(self.functions - self.names.bound)
        ]

    def rewrite(self, line: ast.Assign, behind: Names) -> None:
        """Note the line that takes the place of one; the arrays `behind` are read further on."""
        live = behind - names_in(line, ast.Store)
        text = self._by_rows(line.value, live) or self._in_place(line.value, live)
        if text is not None:
            target = ast.unparse(line.targets[0])
            self.lines[line.lineno] = f"{' ' * line.col_offset}{target} = {text}"

    def _by_rows(self, value: ast.expr, live: Names) -> str | None:
        """The text of a sum with a gradient that goes into a state's array, or of its compression row after row."""
        match value:
            case ast.BinOp():
                rows = self._rows(value)
                free = sorted((names_in(value, ast.Load) & self.names.families & self.names.private) - live)
                return f"{rows}.into({free[0]})" if rows is not None and free else None
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr="compress"), args=[operand, words]):
                rows = self._rows(operand)
                called = f"{ast.unparse(value.func)}_in_turn"
                return None if rows is None else f"{called}({rows}, {ast.unparse(words)})"
            case ast.Call(func=ast.Name(id=send), args=[ast.Call() as call], keywords=[]) if (
                send in self.sends and self._is_gradient(call)
            ):
                self.sent.add(name := ast.unparse(call.func))
                return f"{send}({name}{TO_SEND}({', '.join(map(ast.unparse, call.args))}))"
            case _:
                return None

    def _in_place(self, value: ast.expr, live: Names) -> str | None:
        """The text of a sum with a sparse vector in the array of a dense one that nothing reads any more."""
        match value:
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=whole), change]):
                known = function in IN_PLACE and whole in self.names.private and self._is_sparse(change)
                if not known or whole in live or whole in names_in(change, ast.Load):
                    return None
                self.functions.add(IN_PLACE[function])
                return f"{IN_PLACE[function]}({whole}, {ast.unparse(change)})"
            case _:
                return None

    def _is_sparse(self, value: ast.expr) -> bool:
        """True for a vector that may be in sparse form, or one that is made of it alone."""
        match value:
            case ast.Name(id=name):
                return name in self.names.sparse
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name), *_]):
                return function in OF_SPARSE and name in self.names.sparse
            case _:
                return False

    def _rows(self, value: ast.expr) -> str | None:
        """The rows of an expression with one gradient, computed entry by entry; None for any other."""
        calls = [part for part in ast.walk(value) if isinstance(part, ast.Call)]
        if len(calls) != 1 or not self._is_gradient(calls[0]) or not self.names.is_elementwise(value):
            return None
        (call,) = calls
        self.oracles.add(name := ast.unparse(call.func))
        rows = f"{name}{IN_TURN}({', '.join(map(ast.unparse, call.args))})"
        if value is call:
            return rows
        # called, it is held by nothing else, so that arithmetic may write into it; the oracle's name is no array's
        text = ast.unparse(value).replace(ast.unparse(call), f"{name}()")
        arrays = sorted(self.names.arrays_in(ast.parse(text, mode="eval").body))
        function = f"lambda {', '.join((name, *arrays))}: {text}"
        return f"{rows}.map({', '.join((function, *arrays))})"

    def _is_gradient(self, call: ast.Call) -> bool:
        """True for a gradient of all nodes that is not kept."""
        named = all(isinstance(argument, ast.Name) for argument in call.args)
        return (
            isinstance(call.func, ast.Name)
            and call.func.id in self.names.oracles
            and named
            and not call.keywords
        )
