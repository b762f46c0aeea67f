"""Which names hold a compressed vector as it was compressed, on every path: then it is sent as it is."""

from __future__ import annotations

from collections.abc import Mapping

from cablese.dsl.check import program as p
from cablese.dsl.check.kinds import Spread

Held = Mapping[str, str | None]
"""Name -> the compressor whose result it holds."""


def holds(expr: p.Expr, held: Held) -> str | None:
    """The compressor whose result an expression is, unchanged."""
    match expr:
        case p.Compress():
            return expr.compressor.name
        case p.Read():
            return held.get(expr.symbol.name)
        case _:
            return None


def arrives(item: p.Item, route: p.Route, held: Held) -> str | None:
    """The compressor whose result a message's target is; a collective's mean is nobody's message."""
    return None if route is p.Route.NODE_TO_ALL else holds(item.value, held)


def held_after(block: p.Block, before: Held) -> Held:
    """What names hold after statements, whichever branches are taken."""
    held = dict(before)
    for statement in block:
        match statement:
            case p.Assign():
                values = [holds(value, held) for value in statement.values]
                held |= {t.symbol.name: v for t, v in zip(statement.targets, values, strict=True)}
            case p.Draw():
                held[statement.target.symbol.name] = None
            case p.Message():
                for item in statement.items:
                    held[item.target.symbol.name] = arrives(item, statement.route, held)
            case p.Branch() if statement.condition.where.spread is not Spread.ONE:
                held |= dict.fromkeys(bound((*statement.then, *statement.otherwise)))
            case p.Branch():
                then, otherwise = held_after(statement.then, held), held_after(statement.otherwise, held)
                held = {name: then[name] for name in then if then[name] == otherwise.get(name)}
            case p.Repeat():
                held |= dict.fromkeys(bound(statement.body))
    return held


def bound(block: p.Block) -> set[str]:
    """The names that statements bind."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case p.Assign():
                found |= {target.symbol.name for target in statement.targets}
            case p.Draw():
                found |= {statement.target.symbol.name}
            case p.Message():
                found |= {item.target.symbol.name for item in statement.items}
            case p.Branch():
                found |= bound(statement.then) | bound(statement.otherwise)
            case p.Repeat():
                found |= bound(statement.body)
    return found


def drawn_as_bags(block: p.Block) -> set[str]:
    """The names that some draw binds to a bag."""
    found: set[str] = set()
    for statement in block:
        match statement:
            case p.Draw(distribution="sample"):
                found.add(statement.target.symbol.name)
            case p.Branch():
                found |= drawn_as_bags((*statement.then, *statement.otherwise))
            case p.Repeat():
                found |= drawn_as_bags(statement.body)
    return found
