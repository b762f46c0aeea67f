"""Ways through a checked expression: its operands, and all that it is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from . import program as p


def parts(expr: p.Expr) -> Iterator[p.Expr]:
    """An expression and all that it is made of, in the order of the text; formulas may have many terms."""
    ahead = [expr]
    while ahead:
        part = ahead.pop()
        yield part
        ahead += reversed(operands(part))


def operands(expr: p.Expr) -> tuple[p.Expr, ...]:
    """The expressions that an expression is made of."""
    match expr:
        case p.Apply():
            return expr.arguments
        case p.Aggregate():
            return (expr.argument,) if expr.over is None else (expr.argument, expr.over)
        case p.Oracle():
            return (expr.point,) if expr.batch is None else (expr.point, expr.batch)
        case p.Compress():
            return (expr.argument, *(value for _, value in expr.settings))
        case p.Who():
            return (expr.family,)
        case p.Literal() | p.Read() | p.ParamRead() | p.Constant() | p.Counter() | p.Figure():
            return ()
        case _:
            assert_never(expr)
