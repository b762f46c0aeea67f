"""Formulas from expressions: of a plan before a run, and of what compressor families state of their sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cablese.dsl.check import program as core
from cablese.dsl.plan import instructions as ir
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import Source

from .formulas import FUNCTIONS, NOUGHT, Product, call, formula

_SIGNS: Mapping[str, Callable[[Product, Product], Product]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
_NAMED = ("sqrt", "exp", "log", "cos", "sin", "floor", "ceil", "min", "max")
"""Functions of the language that formulas write as calls."""


_SIZES = ("n", "d", "samples", "rounds")


def of_plan(value: ir.Pure, names: Mapping[str, str]) -> Product | None:
    """The formula of a plan's expression, None where it has none: it depends on the round, on the run, or on a truth value.

    `names`: the params that stay, as the spec calls them, by their names in the plan.
    """
    match value:
        case ir.Number() if not isinstance(value.value, bool):
            return formula(value.value)
        case ir.Global() if value.name in names:
            return formula(names[value.name])
        case ir.Global(origin=ir.Origin.CONSTANT, figure=(operator, compressor)):
            return formula(f"{operator}({compressor})")
        case ir.Global(origin=ir.Origin.CONSTANT, family=False) if value.name in _SIZES:
            return formula(value.name)
        case ir.Operation():
            arguments = [of_plan(part, names) for part in value.arguments]
            known = [part for part in arguments if part is not None]
            return applied(value.operator, known) if len(known) == len(arguments) else None
        case _:
            return None


def of_program(expr: core.Expr) -> Product | None:
    """The formula of an expression of the spec that params, numbers and sizes decide, None of any other."""
    match expr:
        case core.Literal() if not isinstance(expr.value, bool):
            return formula(expr.value)
        case core.ParamRead():
            return formula(expr.symbol.name)
        case core.Constant() if expr.name in _SIZES:
            return formula(expr.name)
        case core.Apply():
            arguments = [of_program(part) for part in expr.arguments]
            known = [part for part in arguments if part is not None]
            return applied(expr.operator, known) if len(known) == len(arguments) else None
        case _:
            return None


def applied(operator: str, arguments: list[Product]) -> Product | None:
    """An operator of the language on formulas; None for one that gives no number, and where it divides by 0."""
    if operator == "neg":
        return -arguments[0]
    if operator in _SIGNS:
        if operator == "/" and arguments[1] == NOUGHT:
            return None
        return _SIGNS[operator](*arguments)
    return call(operator, *arguments) if operator in _NAMED else None


def of_text(text: str, values: Mapping[str, Product]) -> Product | None:
    """The formula of an expression as a compressor family states it, with what its names stand for; None of another text."""
    tree = parse_expression(Source("<size>", text), Bag()) if text else None
    try:
        return None if tree is None else _of_node(tree, values)
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def _of_node(node: nodes.Expr, values: Mapping[str, Product]) -> Product:
    """The formula of a node; KeyError for what is none."""
    match node:
        case nodes.Number():
            return formula(node.value)
        case nodes.Name():
            return values[node.id]
        case nodes.Unary(operator="-"):
            return -_of_node(node.operand, values)
        case nodes.Binary() if node.operator in _SIGNS:
            return _SIGNS[node.operator](_of_node(node.left, values), _of_node(node.right, values))
        case nodes.Call() if node.function.id in FUNCTIONS:
            return call(node.function.id, *(_of_node(argument, values) for argument in node.arguments))
        case _:
            raise KeyError(type(node).__name__)
