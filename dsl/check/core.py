"""Conveniences of the syntax, written out: what stands behind this door is core. Everything else is left to the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..syntax import nodes as n
from ..syntax.traverse import EXPRESSIONS, STATEMENTS


def written_out(item: n.Item) -> n.Expr:
    """A bare `g` in a message is `g = g`."""
    return item.target if item.value is None else item.value


def sole_role(branch: n.If) -> n.Role | None:
    """The one role whose blocks are all that an `if` holds: then it is an `if` inside that role's block."""
    roles = list(_roles(branch))
    first = roles[0] if roles else None
    return first if all(role is not None and role == first for role in roles) else None


def _roles(branch: n.If) -> Iterator[n.Role | None]:
    for statement in branch.then + branch.otherwise:
        match statement:
            case n.Place():
                yield statement.role
            case n.If():
                yield from _roles(statement)
            case _:
                yield None


def inside(statements: tuple[n.Stmt, ...], role: n.Role) -> tuple[n.Stmt, ...]:
    """The statements of a role's blocks, without the blocks: what an `if` of that role holds."""
    found: list[n.Stmt] = []
    for statement in statements:
        if isinstance(statement, n.Place) and statement.role == role:
            found.extend(statement.body)
        elif isinstance(statement, n.If):
            then, otherwise = inside(statement.then, role), inside(statement.otherwise, role)
            found.append(n.If(statement.condition, then, otherwise, statement.span))
        else:
            found.append(statement)
    return tuple(found)


def bound_names(statements: tuple[n.Stmt, ...]) -> Iterator[n.Name]:
    """The names that statements bind at any depth, in the order of the text."""
    for statement in STATEMENTS.walk(statements):
        match statement:
            case n.Assign():
                yield from statement.targets
            case n.Event():
                yield statement.target
            case n.Message():
                yield from (item.target for item in statement.items)
            case n.Place() | n.If() | n.Repeat():
                continue
            case _:
                assert_never(statement)


def counter_names(statements: tuple[n.Stmt, ...]) -> Iterator[n.Name]:
    """The counters that `repeat`s name at any depth."""
    return (inner.counter for inner in repeats(statements) if inner.counter is not None)


def repeats(statements: tuple[n.Stmt, ...]) -> Iterator[n.Repeat]:
    """The `repeat`s at any depth, in the order of the text."""
    return (statement for statement in STATEMENTS.walk(statements) if isinstance(statement, n.Repeat))


def replaced(expr: n.Expr, name: str, by: n.Expr) -> n.Expr:
    """An expression with another in the place of a name: `--set 'gamma = 4 * gamma'` means four times its default."""
    if isinstance(expr, n.Name):
        return by if expr.id == name else expr
    return EXPRESSIONS.map_children(expr, lambda part: replaced(part, name, by))


def names_in(expr: n.Expr) -> Iterator[n.Name]:
    """The names that an expression reads; called functions, and names of arguments, are none."""
    return (part for part in EXPRESSIONS.walk(expr) if isinstance(part, n.Name))


def calls_in(expr: n.Expr) -> Iterator[n.Call]:
    """The calls in an expression, outer ones first."""
    return (part for part in EXPRESSIONS.walk(expr) if isinstance(part, n.Call))
