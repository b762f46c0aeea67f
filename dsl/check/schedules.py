"""Which params and compressors depend on the round: those whose expressions do, or that read others which do."""

from __future__ import annotations

from dataclasses import replace

from . import program as p
from .traverse import EXPRESSIONS


def with_schedules(
    params: tuple[p.Param, ...], compressors: tuple[p.Compressor, ...]
) -> tuple[tuple[p.Param, ...], tuple[p.Compressor, ...]]:
    """The same with `schedule` set on all that change from round to round, through whatever they read."""
    changing: set[p.Symbol] = set()
    before = -1
    while before < len(changing):
        before = len(changing)
        for param in params:  # in this order one pass finds whole chains
            if param.value is not None and depends_on_round(param.value, changing):
                changing.add(param.symbol)
        changing |= {c.symbol for c in compressors if _call_changes(c.default, changing)}
    return (
        tuple(replace(q, schedule=q.symbol in changing) for q in params),
        tuple(replace(c, schedule=c.symbol in changing) for c in compressors),
    )


def depends_on_round(expr: p.Expr, changing: set[p.Symbol]) -> bool:
    """Whether an expression over what is declared depends on the round, if these params and compressors do."""
    return any(_is_of_round(part, changing) for part in EXPRESSIONS.walk(expr))


def _is_of_round(part: p.Expr, changing: set[p.Symbol]) -> bool:
    match part:
        case p.Counter():
            return True
        case p.ParamRead():
            return part.previous or part.symbol in changing
        case p.Figure():
            return part.compressor in changing
        case _:
            return False


def _call_changes(call: p.CompressorCall | None, changing: set[p.Symbol]) -> bool:
    return call is not None and any(_is_of_round(part, changing) for part in EXPRESSIONS.walk(call))
