"""Expression nodes -> text, with the parentheses that the grammar needs and no others."""

from __future__ import annotations

import re
from typing import assert_never

from . import nodes

LOOSEST = 0
"""The level at which any expression may stand bare."""

SUM = 5
"""The level of a side of a comparison: `and`, `or`, `not`, comparisons and `of` need parentheses there."""

_LEVELS = {"or": 1, "and": 2, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "^": 8}
_NOT, _MINUS, _ATOM = 3, 7, 9
_NUMBER = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def print_expression(expr: nodes.Expr) -> str:
    """An expression in canonical form; parsing it gives the same nodes."""
    return print_at(expr, LOOSEST)


def print_at(expr: nodes.Expr, level: int) -> str:
    """An expression where the grammar asks for `level` or tighter."""
    own, text = _leveled(expr)
    return text if own >= level else f"({text})"


def print_keyword(keyword: nodes.Keyword, level: int = LOOSEST) -> str:
    """`name = value` with the value at a level."""
    return f"{keyword.name.id} = {print_at(keyword.value, level)}"


def print_text(text: nodes.Text) -> str:
    """A quoted string, in double quotes unless it holds one."""
    quote = "'" if '"' in text.value else '"'
    return f"{quote}{text.value}{quote}"


def _leveled(expr: nodes.Expr) -> tuple[int, str]:
    """An expression's own level, and its text without parentheses around it."""
    match expr:
        case nodes.Name():
            return _ATOM, expr.id
        case nodes.Number():
            return _ATOM, _number(expr)
        case nodes.Text():
            return _ATOM, print_text(expr)
        case nodes.Boolean():
            return _ATOM, "true" if expr.value else "false"
        case nodes.Call():
            arguments = [print_at(argument, LOOSEST) for argument in expr.arguments]
            arguments += [print_keyword(keyword) for keyword in expr.keywords]
            return _ATOM, f"{expr.function.id}({', '.join(arguments)})"
        case nodes.Index():
            return _ATOM, f"{print_at(expr.of, _ATOM)}[{print_at(expr.index, LOOSEST)}]"
        case nodes.Unary():
            return _unary(expr)
        case nodes.Binary():
            return _binary(expr)
        case nodes.Comparison():
            parts = [print_at(expr.operands[0], SUM)]
            for operator, operand in zip(expr.operators, expr.operands[1:], strict=True):
                parts += [operator, print_at(operand, SUM)]
            return SUM - 1, " ".join(parts)
        case nodes.Compose():
            return LOOSEST, f"{print_at(expr.outer, LOOSEST + 1)} of {print_at(expr.inner, LOOSEST)}"
        case nodes.Over():
            return LOOSEST, f"{print_at(expr.operand, LOOSEST + 1)} over {print_at(expr.family, LOOSEST + 1)}"
        case _:
            assert_never(expr)


def _unary(expr: nodes.Unary) -> tuple[int, str]:
    if expr.operator == "not":
        return _NOT, f"not {print_at(expr.operand, _NOT)}"
    return _MINUS, f"-{print_at(expr.operand, _MINUS)}"


def _binary(expr: nodes.Binary) -> tuple[int, str]:
    """An operation and its level: all group to the left but the power, whose exponent may be a negation."""
    level = _LEVELS[expr.operator]
    if expr.operator == "^":
        return level, f"{print_at(expr.left, _ATOM)}^{print_at(expr.right, _MINUS)}"
    return level, f"{print_at(expr.left, level)} {expr.operator} {print_at(expr.right, level + 1)}"


def _number(number: nodes.Number) -> str:
    """A number as the author spelled it; without a spelling, the shortest decimal of the same value."""
    spelled = number.span.text
    if _NUMBER.fullmatch(spelled) and _value(spelled) == (type(number.value), number.value):
        return spelled
    if isinstance(number.value, int):
        return str(number.value)
    return re.sub(r"e([+-])0*", lambda sign: "e-" if sign[1] == "-" else "e", repr(number.value))


def _value(spelled: str) -> tuple[type, int | float]:
    """The type and value of a literal."""
    return (int, int(spelled)) if spelled.isdigit() else (float, float(spelled))
