"""Histories: `history(m, v)` in `init`, `h = push(h, v)`, the value `h[j]`, and folds over what a history holds."""

from __future__ import annotations

from dataclasses import replace

from ..syntax import nodes
from . import expressions, history_errors, kind_errors
from . import program as core
from .context import ExprContext, World
from .kinds import HISTORIES, Kind, Spread
from .known import known_number
from .name_lookup import failed
from .operators import OF_HISTORIES, OPERATORS
from .phrases import a_kind
from .scope import Entry
from .traverse import EXPRESSIONS, STATEMENTS
from .variables import Walk


def infer_index(expr: nodes.Index, context: ExprContext) -> core.Expr:
    """`h[j]`, checked."""
    history = expressions.infer(expr.of, context.deeper())
    if history.kind is Kind.UNKNOWN:
        return failed(expr.span, context)
    if history.kind not in HISTORIES:
        context.bag.add(history_errors.not_a_history(expr.of.span.text, a_kind(history.kind), expr.span))
        return failed(expr.span, context)
    index = expressions.infer(expr.index, context.deeper())
    place = known_number(index, context.world)
    if index.kind is Kind.INT and place is not None and place < 1:
        context.bag.add(history_errors.no_such_place(expr.of.span.text, place, expr.index.span))
        return failed(expr.span, context)
    if index.kind not in (Kind.INT, Kind.UNKNOWN):
        what = "the place of a value in a history"
        context.bag.add(kind_errors.wrong_kind(what, (Kind.INT,), index.kind, index.span))
        return failed(expr.span, context)
    return expressions.apply(OPERATORS["[]"], (history, index), expr.span, context)


def infer_history(call: nodes.Call, context: ExprContext) -> core.Expr:
    """`history(m, v)`, checked: it stands alone, and its length is known before the rounds."""
    if context.depth:
        context.bag.add(history_errors.made_inside(call.span))
        return failed(call.span, context)
    length, value = (expressions.infer(argument, context.deeper()) for argument in call.arguments)
    if context.world.is_open(length):
        length = replace(length, kind=Kind.INT)
    made = expressions.apply(OPERATORS["history"], (length, value), call.span, context)
    if made.kind is Kind.UNKNOWN:
        return made
    if not _is_known(length, context.world):
        context.bag.add(history_errors.length_unknown(length.span.text, length.span))
        return failed(call.span, context)
    number = known_number(length, context.world)
    if number is not None and number < 1:
        context.bag.add(history_errors.length_too_small(number, length.span))
        return failed(call.span, context)
    return made


def _is_known(length: core.Expr, world: World) -> bool:
    """True for a length that params that stay, and constants that are one number, decide."""
    return length.where.spread is Spread.ONE and all(_stays(part, world) for part in EXPRESSIONS.walk(length))


def _stays(part: core.Expr, world: World) -> bool:
    match part:
        case core.ParamRead():
            return not part.previous and not world.params[part.symbol.name].schedule
        case core.Literal() | core.Constant() | core.Apply() | core.Aggregate():
            return True
        case _:
            return False


def folds_history(call: nodes.Call, context: ExprContext) -> bool:
    """True for `sum(h)` and its kin of a history: its values are folded, not those of nodes."""
    if call.function.id not in OF_HISTORIES or len(call.arguments) != 1:
        return False
    argument = call.arguments[0]
    if isinstance(argument, nodes.Call):
        return argument.function.id == "push"
    entry = context.scope.names.get(argument.id) if isinstance(argument, nodes.Name) else None
    return isinstance(entry, Entry) and entry.kind in HISTORIES


def infer_fold(call: nodes.Call, context: ExprContext) -> core.Expr:
    """`sum(h)` and its kin, checked."""
    history = expressions.infer(call.arguments[0], context.deeper())
    return expressions.apply(OPERATORS[f"{call.function.id}[]"], (history,), call.span, context)


# --- statements ------------------------------------------------------------------------------------------------


def may_keep(target: nodes.Name, value: core.Expr, walk: Walk) -> bool:
    """True unless a value is a history that its target cannot keep, which is reported."""
    if value.kind not in HISTORIES:
        return True
    bag = walk.findings.bag
    if not isinstance(value, core.Apply) or value.operator not in ("history", "push"):
        bag.add(history_errors.not_kept(target.id, value.span.text, value.span))
        return False
    if value.operator == "history":
        return _may_make(target, value, walk)
    pushed = value.arguments[0]
    if isinstance(pushed, core.Read) and pushed.symbol.name == target.id:
        return True
    bag.add(history_errors.not_kept(target.id, value.span.text, value.span))
    return False


def _may_make(target: nodes.Name, value: core.Apply, walk: Walk) -> bool:
    first = walk.first.get(target.id)
    if not walk.in_init:
        walk.findings.bag.add(history_errors.made_in_rounds(target.id, value.span))
        return False
    if first is not None and first.kind in HISTORIES:
        walk.findings.bag.add(history_errors.made_twice(target.id, first.span, value.span))
        return False
    return True


def length_of(name: str, init: core.Block) -> core.Expr | None:
    """The length of a history, None for any other name: what `init` makes it with."""
    made = (
        value.arguments[0]
        for statement in STATEMENTS.walk(init)
        if isinstance(statement, core.Assign)
        for target, value in zip(statement.targets, statement.values, strict=True)
        if isinstance(value, core.Apply) and value.operator == "history" and target.symbol.name == name
    )
    return next(made, None)
