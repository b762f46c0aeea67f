"""Numbers and switches given to compressors, against the kind and the bounds that their argument states."""

from __future__ import annotations

from . import compressor_errors
from . import program as core
from .context import ExprContext
from .contracts import Argument, ArgumentKind
from .kinds import Kind
from .known import known_number

_KINDS = {
    ArgumentKind.INT: (Kind.INT,),
    ArgumentKind.REAL: (Kind.REAL, Kind.INT),
    ArgumentKind.BOOL: (Kind.BOOL,),
}


def fits(compressor: str, argument: Argument, value: core.Expr, context: ExprContext) -> bool:
    """True for a value that fits its argument, as far as the text alone says; reports it otherwise. Values that already
    have an error, and params without a value, pass."""
    of_its_kind = value.kind is Kind.UNKNOWN or value.kind in _KINDS.get(argument.kind, ())
    if not (of_its_kind or context.world.is_open(value)):
        context.bag.add(compressor_errors.argument_kind(compressor, argument, value.span.text, value.span))
        return False
    known = known_number(value, context.world)
    if known is None or argument.admits(known):
        return True
    context.bag.add(compressor_errors.out_of_bounds(compressor, argument, known, value.span))
    return False
