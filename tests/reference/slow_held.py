"""Which names hold a compressed vector as it was compressed, on every path: then it is sent as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Spread

Held = Mapping[str, str | None]
"""Name -> the compressor whose result it holds."""


def holds(expr: core.Expr, held: Held) -> str | None:
    """The compressor whose result an expression is, unchanged."""
    match expr:
        case core.Compress():
            return expr.compressor.name
        case core.Read():
            return held.get(expr.symbol.name)
        case _:
            return None


def arrives(item: core.Item, route: core.Route, held: Held) -> str | None:
    """The compressor whose result a message's target is; a collective's mean is nobody's message."""
    return None if route is core.Route.NODE_TO_ALL else holds(item.value, held)


def held_after(block: core.Block, before: Held) -> Held:
    """What names hold after statements, whichever branches are taken."""
    held = dict(before)
    for statement in block:
        match statement:
            case core.Assign():
                values = [holds(value, held) for value in statement.values]
                held |= {t.symbol.name: v for t, v in zip(statement.targets, values, strict=True)}
            case core.Draw():
                held[statement.target.symbol.name] = None
            case core.Message():
                for item in statement.items:
                    held[item.target.symbol.name] = arrives(item, statement.route, held)
            case core.Branch() if statement.condition.where.spread is not Spread.ONE:
                held |= dict.fromkeys(bound((*statement.then, *statement.otherwise)))
            case core.Branch():
                then, otherwise = held_after(statement.then, held), held_after(statement.otherwise, held)
                held = {name: then[name] for name in then if then[name] == otherwise.get(name)}
            case core.Repeat():
                held |= dict.fromkeys(bound(statement.body))
            case _:
                assert_never(statement)
    return held


def bound(block: core.Block) -> set[str]:
    """The names that statements bind."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case core.Assign():
                found |= {target.symbol.name for target in statement.targets}
            case core.Draw():
                found |= {statement.target.symbol.name}
            case core.Message():
                found |= {item.target.symbol.name for item in statement.items}
            case core.Branch():
                found |= bound(statement.then) | bound(statement.otherwise)
            case core.Repeat():
                found |= bound(statement.body)
            case _:
                assert_never(statement)
    return found


def drawn_as_bags(block: core.Block) -> set[str]:
    """The names that some draw binds to a bag."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case core.Draw(distribution="sample"):
                found.add(statement.target.symbol.name)
            case core.Branch():
                found |= drawn_as_bags((*statement.then, *statement.otherwise))
            case core.Repeat():
                found |= drawn_as_bags(statement.body)
    return found
