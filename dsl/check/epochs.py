"""Minibatches in epochs, `minibatch(b, order = epochs)`, and `epoch(k)`, the passes that they have made by round k."""

from __future__ import annotations

from collections.abc import Iterator

from ..syntax import nodes
from ..syntax.traverse import STATEMENTS
from ..text.source import Span
from . import epoch_errors, expressions
from . import program as core
from .context import ExprContext

EPOCH_KEYWORDS = ("order", "drop_last")
"""Named arguments of `minibatch` that say how a node walks through its samples."""


def epoch_settings(call: nodes.Call, context: ExprContext) -> Iterator[tuple[str, core.Expr]]:
    """The settings of a checked draw that walks in epochs; what is wrong with the arguments is reported."""
    given = {keyword.name.id: keyword for keyword in call.keywords}
    order, last = given.get("order"), given.get("drop_last")
    if order is None:
        if last is not None:
            context.bag.add(epoch_errors.no_order(last.span))
        return
    if not is_in_epochs(call):
        context.bag.add(epoch_errors.unknown_order(order.value.span))
        return
    if "replace" in given:
        context.bag.add(epoch_errors.replaced_in_epochs(given["replace"].span))
    yield "epochs", expressions.infer(nodes.Boolean(True, order.span), context)
    if last is None:
        return
    if not isinstance(last.value, nodes.Boolean):
        context.bag.add(epoch_errors.not_a_word(last.value.span))
    elif last.value.value:
        yield "drop_last", expressions.infer(last.value, context)


def is_in_epochs(call: nodes.Call) -> bool:
    """True for a draw with `order = epochs`."""
    return any(_says(keyword, "order", "epochs") for keyword in call.keywords)


def _says(keyword: nodes.Keyword, name: str, word: str) -> bool:
    return keyword.name.id == name and isinstance(keyword.value, nodes.Name) and keyword.value.id == word


def epoch_draws(body: tuple[nodes.Stmt, ...]) -> tuple[nodes.Call, ...]:
    """The draws in epochs that every node makes once a round: outside branches, loops and chosen members."""
    found: list[nodes.Call] = []
    for statement in body:
        match statement:
            case nodes.Event() if is_in_epochs(statement.distribution):
                found.append(statement.distribution)
            case nodes.Place() if statement.role.members is None:
                found.extend(epoch_draws(statement.body))
    return tuple(found)


def any_in_epochs(body: tuple[nodes.Stmt, ...]) -> bool:
    """True where some draw at any depth walks in epochs."""
    return any(isinstance(s, nodes.Event) and is_in_epochs(s.distribution) for s in STATEMENTS.walk(body))


def infer_epoch(call: nodes.Call, context: ExprContext) -> core.Expr | None:
    """`epoch(e)` as `floor(e / ceil(max(samples_i) / b))`, b the size of the one draw in epochs; None where that is missing.

    With `drop_last` the rounds of an epoch are `floor(max(samples_i) / b)`, at least 1.
    """
    draws = context.world.epoch_draws
    if len(set(draws)) != 1 or len(draws[0].arguments) != 1:
        several = len(draws) > 1 or context.world.epochs_elsewhere
        context.bag.add(epoch_errors.no_epochs(call.span, several=several))
        return None
    (draw,), (counter,) = set(draws), call.arguments
    return expressions.infer(_passes(draw, counter, call.span), context)


def _passes(draw: nodes.Call, counter: nodes.Expr, span: Span) -> nodes.Expr:
    def made(name: str, *arguments: nodes.Expr) -> nodes.Expr:
        return nodes.Call(nodes.Name(name, span), arguments, (), span)

    def over(above: nodes.Expr, below: nodes.Expr) -> nodes.Expr:
        return nodes.Binary("/", above, below, span, span)

    batches = over(made("max", nodes.Name("samples_i", span)), draw.arguments[0])
    drops = any(k.name.id == "drop_last" and k.value == nodes.Boolean(True, span) for k in draw.keywords)
    rounds = made("max", nodes.Number(1, span), made("floor", batches)) if drops else made("ceil", batches)
    return made("floor", over(counter, rounds))
