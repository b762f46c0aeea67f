"""Conveniences of the syntax, written out: the rules see core statements alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS, STATEMENTS


def written_out(item: nodes.Item) -> nodes.Expr:
    """A bare `g` in a message is `g = g`."""
    return item.target if item.value is None else item.value


def sole_role(branch: nodes.If) -> nodes.Role | None:
    """The one role whose blocks are all that an `if` holds: then it is an `if` inside that role's block."""
    roles = list(_roles(branch))
    first = roles[0] if roles else None
    return first if all(role is not None and role == first for role in roles) else None


def _roles(branch: nodes.If) -> Iterator[nodes.Role | None]:
    for statement in branch.then + branch.otherwise:
        match statement:
            case nodes.Place():
                yield statement.role
            case nodes.If():
                yield from _roles(statement)
            case _:
                yield None


def inside(statements: tuple[nodes.Stmt, ...], role: nodes.Role) -> tuple[nodes.Stmt, ...]:
    """The statements of a role's blocks, without the blocks: the body of an `if` inside that role."""
    found: list[nodes.Stmt] = []
    for statement in statements:
        if isinstance(statement, nodes.Place) and statement.role == role:
            found.extend(statement.body)
        elif isinstance(statement, nodes.If):
            then, otherwise = inside(statement.then, role), inside(statement.otherwise, role)
            found.append(nodes.If(statement.condition, then, otherwise, statement.span))
        else:
            found.append(statement)
    return tuple(found)


def bound_names(statements: tuple[nodes.Stmt, ...]) -> Iterator[nodes.Name]:
    """The names that statements bind at any depth, in the order of the text."""
    for statement in STATEMENTS.walk(statements):
        match statement:
            case nodes.Assign():
                yield from statement.targets
            case nodes.Event():
                yield statement.target
            case nodes.Message():
                yield from (item.target for item in statement.items)
            case nodes.Place() | nodes.If() | nodes.Repeat():
                continue
            case _:
                assert_never(statement)


def counter_names(statements: tuple[nodes.Stmt, ...]) -> Iterator[nodes.Name]:
    """The counters that `repeat`s name at any depth."""
    return (inner.counter for inner in repeats(statements) if inner.counter is not None)


def repeats(statements: tuple[nodes.Stmt, ...]) -> Iterator[nodes.Repeat]:
    """The `repeat`s at any depth, in the order of the text."""
    return (statement for statement in STATEMENTS.walk(statements) if isinstance(statement, nodes.Repeat))


def replaced(expr: nodes.Expr, name: str, by: nodes.Expr) -> nodes.Expr:
    """An expression with another in the place of a name: `--set 'gamma = 4 * gamma'` means four times its default."""
    if isinstance(expr, nodes.Name):
        return by if expr.id == name else expr
    return EXPRESSIONS.map_children(expr, lambda part: replaced(part, name, by))


def names_in(expr: nodes.Expr) -> Iterator[nodes.Name]:
    """The names that an expression reads; called functions, and names of arguments, are none."""
    return (part for part in EXPRESSIONS.walk(expr) if isinstance(part, nodes.Name))


def calls_in(expr: nodes.Expr) -> Iterator[nodes.Call]:
    """The calls in an expression, outer ones first."""
    return (part for part in EXPRESSIONS.walk(expr) if isinstance(part, nodes.Call))
