"""`--problem 'logreg(data = "a9a", l2 = 1e-3)'` -> a problem's name and arguments."""

from __future__ import annotations

from typing import TypeAlias

from cablese.dsl.check import scalars
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag, SpecError
from cablese.dsl.text.source import Source, Span

from ..errors import UsageError

Scalar: TypeAlias = "int | float | bool | str"


def read_problem(text: str) -> tuple[str, dict[str, Scalar]]:
    """A problem's name and arguments. Raises SpecError for wrong syntax, UsageError for all but a call of constants."""
    bag = Bag()
    expr = parse_expression(Source("--problem", text), bag)
    if bag or expr is None:
        raise SpecError(tuple(bag))
    if isinstance(expr, nodes.Name):
        return expr.id, {}
    if not isinstance(expr, nodes.Call):
        raise _unfit(expr.span, "a problem is a name or a call")
    if expr.arguments:
        raise _unfit(expr.arguments[0].span, "arguments of a problem are written `name = value`")
    return expr.function.id, {k.name.id: _constant(k.value) for k in expr.keywords}


def _constant(expr: nodes.Expr) -> Scalar:
    match expr:
        case nodes.Number() | nodes.Text() | nodes.Boolean():
            return expr.value
        case nodes.Name():
            return expr.id
        case nodes.Unary(operator="-"):
            return -_number(expr.operand)
        case nodes.Binary(operator="/"):
            return scalars.divide(_number(expr.left), _number(expr.right))
        case nodes.Binary(operator="*"):
            return _number(expr.left) * _number(expr.right)
        case nodes.Binary(operator="^"):
            return scalars.power(_number(expr.left), _number(expr.right))
        case _:
            raise _unfit(expr.span, "an argument of a problem is a number, a word, a text, true or false")


def _number(expr: nodes.Expr) -> float:
    value = _constant(expr)
    if isinstance(value, str | bool):
        raise _unfit(expr.span, "an operand is a number")
    return value


def _unfit(span: Span, message: str) -> UsageError:
    such = "such as --problem 'logreg(data = \"breast_cancer\", l2 = 1e-3)'; `cablese list problems` shows them all"
    return UsageError(
        f"--problem does not take `{span.source.text}`: {message}, and `{span.text}` is none; {such}."
    )
