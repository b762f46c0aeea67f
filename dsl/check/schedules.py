"""Which params and compressors depend on the round: those whose expressions do, or that read others which do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from . import program as p


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
    match expr:
        case p.Counter():
            return True
        case p.ParamRead():
            return expr.previous or expr.symbol in changing
        case p.Figure():
            return expr.compressor in changing
        case p.Apply():
            return any(depends_on_round(argument, changing) for argument in expr.arguments)
        case p.Aggregate():
            return depends_on_round(expr.argument, changing)
        case p.Literal() | p.Constant() | p.Read() | p.Oracle() | p.Compress() | p.Who():
            return False
        case _:
            assert_never(expr)


def values_of_call(call: p.CompressorCall) -> Iterator[p.Expr]:
    """The expressions among the arguments of a compressor, and of those that it is made of."""
    for _, value in call.arguments:
        if isinstance(value, p.CompressorCall):
            yield from values_of_call(value)
        elif not isinstance(value, str):
            yield value
    if call.inner is not None:
        yield from values_of_call(call.inner)


def _call_changes(call: p.CompressorCall | None, changing: set[p.Symbol]) -> bool:
    return call is not None and any(depends_on_round(value, changing) for value in values_of_call(call))
