"""Rewritings that leave a method what it is: ten rules on checked programs, applied at random places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind, Spread
from cablese.dsl.check.traverse import EXPRESSIONS, STATEMENTS
from cablese.dsl.check.uses import bindings_of
from cablese.dsl.text.traversal import Traversal

SHARE = 0.5  # of the places where a rule fits

Expression = Callable[[core.Expr], core.Expr]


def rewritten(program: core.Program, chance: Random) -> core.Program:
    """The same method in another text: every rule in turn, at some of the places where it fits."""
    for rule in RULES:
        program = _on_expressions(program, lambda e, rule=rule: rule(e) if chance.random() < SHARE else e)
    program = _on_blocks(program, lambda block: _turned(block, chance))
    program = _on_blocks(program, lambda block: _named(block, chance))
    program = _on_blocks(program, lambda block: _reordered(block, chance))
    return renamed(program)


# --- expressions ---------------------------------------------------------------------------------------------


def _on_expressions(program: core.Program, change: Expression) -> core.Program:
    def inside(expr: core.Expr) -> core.Expr:
        return change(EXPRESSIONS.map_children(expr, inside))

    def statement(part: core.Stmt) -> core.Stmt:
        return STATEMENTS.map_children(EXPRESSIONS.map_children(part, inside), statement)

    return replace(
        program, init=tuple(map(statement, program.init)), round=tuple(map(statement, program.round))
    )


def _commuted(expr: core.Expr) -> core.Expr:
    """a + b -> b + a, and of products."""
    if isinstance(expr, core.Apply) and expr.operator in ("+", "*"):
        return replace(expr, arguments=expr.arguments[::-1])
    return expr


def _added(expr: core.Expr) -> core.Expr:
    """a - b -> a + -b."""
    if isinstance(expr, core.Apply) and expr.operator == "-":
        a, b = expr.arguments
        return replace(expr, operator="+", arguments=(a, core.Apply("neg", (b,), b.kind, b.where, b.span)))
    return expr


def _regrouped(expr: core.Expr) -> core.Expr:
    """(a + b) + c -> a + (b + c)."""
    match expr:
        case core.Apply("+", (core.Apply("+", (a, b)) as inner, c)):
            return replace(
                expr, arguments=(a, replace(inner, arguments=(b, c), kind=expr.kind, where=expr.where))
            )
        case _:
            return expr


def _distributed(expr: core.Expr) -> core.Expr:
    """s * (a + b) -> s * a + s * b."""
    match expr:
        case core.Apply("*", (s, core.Apply("+" | "-", (a, b)) as inner)):
            products = tuple(replace(expr, arguments=(s, part)) for part in (a, b))
            return replace(inner, arguments=products, kind=expr.kind, where=expr.where)
        case _:
            return expr


def _split(expr: core.Expr) -> core.Expr:
    """mean(a + b) -> mean(a) + mean(b)."""
    match expr:
        case core.Aggregate("mean", core.Apply("+" | "-" as sign, (a, b)), None) if _families(a, b):
            parts = tuple(replace(expr, argument=part, kind=_averaged(part)) for part in (a, b))
            return core.Apply(sign, parts, expr.kind, expr.where, expr.span)
        case _:
            return expr


def _families(*parts: core.Expr) -> bool:
    return all(part.where.spread is Spread.NODES for part in parts)


def _averaged(part: core.Expr) -> Kind:
    return Kind.VECTOR if part.kind is Kind.VECTOR else Kind.REAL


def _scaled_outside(expr: core.Expr) -> core.Expr:
    """mean(s * a) -> s * mean(a), for one s."""
    match expr:
        case core.Aggregate("mean", core.Apply("*", (s, a)) as inner, None) if (
            s.where.spread is Spread.ONE and _families(a)
        ):
            return replace(inner, arguments=(s, replace(expr, argument=a)), where=expr.where, kind=expr.kind)
        case _:
            return expr


def _doubled(expr: core.Expr) -> core.Expr:
    """a vector a -> 2 * a - a."""
    if isinstance(expr, core.Read) and expr.kind is Kind.VECTOR:
        two = core.Literal(2, Kind.INT, expr.where, expr.span)
        twice = core.Apply("*", (two, expr), Kind.VECTOR, expr.where, expr.span)
        return core.Apply("-", (twice, expr), Kind.VECTOR, expr.where, expr.span)
    return expr


RULES: tuple[Expression, ...] = (
    _added,
    _split,
    _scaled_outside,
    _regrouped,
    _distributed,
    _commuted,
    _doubled,
)

# --- statements ----------------------------------------------------------------------------------------------

Block = tuple[core.Stmt, ...]


def _on_blocks(program: core.Program, change: Callable[[Block], Block]) -> core.Program:
    def inside(statement: core.Stmt) -> core.Stmt:
        match statement:
            case core.Branch():
                return replace(statement, then=block(statement.then), otherwise=block(statement.otherwise))
            case core.Repeat():
                return replace(statement, body=block(statement.body))
            case _:
                return statement

    def block(statements: Block) -> Block:
        return change(tuple(map(inside, statements)))

    return replace(program, init=block(program.init), round=block(program.round))


def _turned(block: Block, chance: Random) -> Block:
    """`if c: A else: B` -> `if not c: B else: A`."""
    return tuple(
        replace(
            s,
            condition=core.Apply("not", (s.condition,), Kind.BOOL, s.condition.where, s.span),
            then=s.otherwise,
            otherwise=s.then,
        )
        if isinstance(s, core.Branch) and chance.random() < SHARE
        else s
        for s in block
    )


def _named(block: Block, chance: Random) -> Block:
    """The value of an assignment is a temporary's first."""
    found: list[core.Stmt] = []
    for statement in block:
        if isinstance(statement, core.Assign) and len(statement.targets) == 1 and chance.random() < SHARE:
            (target,), (value,) = statement.targets, statement.values
            if not isinstance(value, core.Compress) and target.kind in (Kind.VECTOR, Kind.REAL):
                number = chance.randrange(10_000, 10**9)  # no other block's
                symbol = core.Symbol(number, f"{target.symbol.name}_temporary_{number}")
                where = replace(target.where, domain=statement.at.domain)
                first = core.Target(symbol, number, target.kind, where, target.span)
                found.append(core.Assign(statement.at, (first,), (value,), statement.span))
                read = core.Read(symbol, number, target.kind, where, target.span)
                found.append(replace(statement, values=(read,)))
                continue
        found.append(statement)
    return tuple(found)


def _reordered(block: Block, chance: Random) -> Block:
    """Neighbours of which neither binds what the other reads or binds change places."""
    found = list(block)
    for _ in range(2 * len(found)):
        at = chance.randrange(max(1, len(found) - 1))
        pair = found[at : at + 2]
        if len(pair) == 2 and _independent(*pair):
            found[at : at + 2] = pair[::-1]
    return tuple(found)


def _independent(one: core.Stmt, other: core.Stmt) -> bool:
    if isinstance(one, core.Branch | core.Repeat) or isinstance(other, core.Branch | core.Repeat):
        return False
    reads, binds = zip(_uses(one), _uses(other), strict=True)
    return not (binds[0] & (reads[1] | binds[1]) or binds[1] & reads[0])


def _uses(statement: core.Stmt) -> tuple[set[str], set[str]]:
    parts = list(EXPRESSIONS.walk(statement))
    read = {part.symbol.name for part in parts if isinstance(part, core.Read)}
    bound = {target.symbol.name for target, _ in bindings_of(statement)}
    return read | (set(bound) if getattr(getattr(statement, "at", None), "members", None) else set()), bound


# --- names ---------------------------------------------------------------------------------------------------


_SYMBOLS: Traversal[core.Symbol] = Traversal(core.Symbol)
_SITES: Traversal[core.Site] = Traversal(core.Site)


def renamed(program: core.Program) -> core.Program:
    """Every name of the spec's own becomes another."""
    other = _SYMBOLS.map_children(program, lambda old: replace(old, name=_other(old.name)))
    return _SITES.map_children(other, lambda old: replace(old, name=_other(old.name)))


def _other(name: str) -> str:
    return "".join(sorted(name, reverse=True)) + f"_{len(name) * 7 % 11}" + name[:1]
