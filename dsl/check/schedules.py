"""Schedules: params and compressors that depend on the round, by themselves or through others that they read."""

from __future__ import annotations

from dataclasses import replace

from . import program as core
from .traverse import EXPRESSIONS


def with_schedules(
    params: tuple[core.Param, ...], compressors: tuple[core.Compressor, ...]
) -> tuple[tuple[core.Param, ...], tuple[core.Compressor, ...]]:
    """The params and compressors with `schedule` set on those that change from round to round."""
    changing: set[core.Symbol] = set()
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


def depends_on_round(expr: core.Expr, changing: set[core.Symbol]) -> bool:
    """True for an expression over declarations that depends on the round, if these params and compressors do."""
    return any(_is_of_round(part, changing) for part in EXPRESSIONS.walk(expr))


def _is_of_round(part: core.Expr, changing: set[core.Symbol]) -> bool:
    match part:
        case core.Counter():
            return True
        case core.ParamRead():
            return part.previous or part.symbol in changing
        case core.Figure():
            return part.compressor in changing
        case _:
            return False


def _call_changes(call: core.CompressorCall | None, changing: set[core.Symbol]) -> bool:
    return call is not None and any(_is_of_round(part, changing) for part in EXPRESSIONS.walk(call))
