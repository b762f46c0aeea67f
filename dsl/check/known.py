"""Numbers that the text alone gives: constants, params set to them, and arithmetic of these."""

from __future__ import annotations

from ..syntax.build import MOST_INT
from . import program as core
from .context import World
from .scalars import Number, computed


def known_number(expr: core.Expr, world: World) -> Number | None:
    """The value of an expression in every run; None where it depends on the problem, a compressor or the round."""
    match expr:
        case core.Literal():
            return expr.value
        case core.ParamRead():
            return None if expr.previous else world.params[expr.symbol.name].known
        case core.Apply():
            return _applied(expr, world)
        case _:
            return None


def _applied(expr: core.Apply, world: World) -> Number | None:
    values = [known_number(argument, world) for argument in expr.arguments]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    try:
        result = computed(expr.operator, known)
    except (KeyError, OverflowError):  # a function of vectors; a number beyond floats, which the run reports
        return None
    beyond_ints = isinstance(result, int) and abs(result) > MOST_INT  # the run reports these, too
    return None if beyond_ints else result
