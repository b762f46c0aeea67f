"""`--problem 'logreg(data = "a9a") + l1(lam = 0.01)'` -> names and arguments of a problem and of what is added to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from cablese.dsl.check import scalars
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag, SpecError
from cablese.dsl.text.source import Source, Span

from ..errors import UsageError

Scalar: TypeAlias = "int | float | bool | str"


Called: TypeAlias = "tuple[str, dict[str, Scalar]]"
"""A name and its arguments, as written."""

ADDED = "a regulariser or set"


def read_problem(text: str) -> tuple[Called, tuple[Called, ...]]:
    """A problem, and the regularisers and sets that are added to it by `+`, in order: their names and arguments.

    Raises SpecError for wrong syntax, UsageError for all but calls of constants.
    """
    problem, *added = summands(_parsed("--problem", text))
    return _called(problem, "a problem"), tuple(_called(each, ADDED) for each in added)


def read_added(text: str) -> tuple[Called, ...]:
    """Regularisers and sets, `l1(lam = 0.1, on = x) + ball(r = 1, on = y)`, in order; raises as `read_problem` does."""
    return tuple(_called(each, ADDED) for each in summands(_parsed(ADDED, text)))


def _parsed(name: str, text: str) -> nodes.Expr:
    bag = Bag()
    expr = parse_expression(Source(name, text), bag)
    if bag or expr is None:
        raise SpecError(tuple(bag))
    return expr


def summands(expr: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of a sum, in order: a problem, and what is added to it."""
    if isinstance(expr, nodes.Binary) and expr.operator == "+":
        yield from summands(expr.left)
        yield from summands(expr.right)
    else:
        yield expr


def _called(expr: nodes.Expr, what: str) -> Called:
    if isinstance(expr, nodes.Name):
        return expr.id, {}
    if not isinstance(expr, nodes.Call):
        raise _unfit(expr.span, f"{what} is a name or a call")
    if expr.arguments:
        raise _unfit(expr.arguments[0].span, f"arguments of {what} are written `name = value`")
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
    if span.source.name == ADDED:
        return UsageError(f"`{span.source.text}` cannot be added: {message}; such as `l1(lam = 0.1)`.")
    such = "such as --problem 'logreg(data = \"breast_cancer\", l2 = 1e-3)'; `cablese list problems` shows them all"
    return UsageError(
        f"--problem does not take `{span.source.text}`: {message}, and `{span.text}` is none; {such}."
    )
