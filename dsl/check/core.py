"""Conveniences of the syntax, written out: what stands behind this door is core. Everything else is left to the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..syntax import nodes as n


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
            case n.Assign() | n.Event() | n.Message() | n.Repeat():
                yield None
            case _:
                assert_never(statement)


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
    for statement in statements:
        match statement:
            case n.Assign():
                yield from statement.targets
            case n.Event():
                yield statement.target
            case n.Message():
                yield from (item.target for item in statement.items)
            case n.Place():
                yield from bound_names(statement.body)
            case n.If():
                yield from bound_names(statement.then)
                yield from bound_names(statement.otherwise)
            case n.Repeat():
                yield from bound_names(statement.body)
            case _:
                assert_never(statement)


def counter_names(statements: tuple[n.Stmt, ...]) -> Iterator[n.Name]:
    """The counters that `repeat`s name at any depth."""
    return (inner.counter for inner in repeats(statements) if inner.counter is not None)


def repeats(statements: tuple[n.Stmt, ...]) -> Iterator[n.Repeat]:
    """The `repeat`s at any depth, in the order of the text."""
    for statement in statements:
        match statement:
            case n.Repeat():
                yield statement
                yield from repeats(statement.body)
            case n.Place():
                yield from repeats(statement.body)
            case n.If():
                yield from repeats(statement.then + statement.otherwise)
            case n.Assign() | n.Event() | n.Message():
                pass
            case _:
                assert_never(statement)


def replaced(expr: n.Expr, name: str, by: n.Expr) -> n.Expr:
    """An expression with another in the place of a name: `--set 'gamma = 4 * gamma'` means four times its default."""
    match expr:
        case n.Name():
            return by if expr.id == name else expr
        case n.Number() | n.Text() | n.Boolean():
            return expr
        case n.Unary():
            return n.Unary(expr.operator, replaced(expr.operand, name, by), expr.span)
        case n.Binary():
            left, right = replaced(expr.left, name, by), replaced(expr.right, name, by)
            return n.Binary(expr.operator, left, right, expr.operator_span, expr.span)
        case n.Comparison():
            return n.Comparison(expr.operators, _each(expr.operands, name, by), expr.span)
        case n.Call():
            keywords = tuple(n.Keyword(k.name, replaced(k.value, name, by), k.span) for k in expr.keywords)
            return n.Call(expr.function, _each(expr.arguments, name, by), keywords, expr.span)
        case n.Compose():
            return n.Compose(replaced(expr.outer, name, by), replaced(expr.inner, name, by), expr.span)
        case n.Over():
            return n.Over(replaced(expr.operand, name, by), replaced(expr.family, name, by), expr.span)
        case _:
            assert_never(expr)


def _each(exprs: tuple[n.Expr, ...], name: str, by: n.Expr) -> tuple[n.Expr, ...]:
    return tuple(replaced(expr, name, by) for expr in exprs)


def names_in(expr: n.Expr) -> Iterator[n.Name]:
    """The names that an expression reads; called functions, and names of arguments, are none."""
    match expr:
        case n.Name():
            yield expr
        case n.Number() | n.Text() | n.Boolean():
            return
        case n.Unary():
            yield from names_in(expr.operand)
        case n.Binary():
            yield from names_in(expr.left)
            yield from names_in(expr.right)
        case n.Comparison():
            for operand in expr.operands:
                yield from names_in(operand)
        case n.Call():
            for argument in expr.arguments:
                yield from names_in(argument)
            for keyword in expr.keywords:
                yield from names_in(keyword.value)
        case n.Compose():
            yield from names_in(expr.outer)
            yield from names_in(expr.inner)
        case n.Over():
            yield from names_in(expr.operand)
            yield from names_in(expr.family)
        case _:
            assert_never(expr)


def calls_in(expr: n.Expr) -> Iterator[n.Call]:
    """The calls in an expression, outer ones first."""
    match expr:
        case n.Call():
            yield expr
            for argument in expr.arguments:
                yield from calls_in(argument)
            for keyword in expr.keywords:
                yield from calls_in(keyword.value)
        case n.Unary():
            yield from calls_in(expr.operand)
        case n.Binary():
            yield from calls_in(expr.left)
            yield from calls_in(expr.right)
        case n.Comparison():
            for operand in expr.operands:
                yield from calls_in(operand)
        case n.Compose():
            yield from calls_in(expr.outer)
            yield from calls_in(expr.inner)
        case n.Over():
            yield from calls_in(expr.operand)
            yield from calls_in(expr.family)
        case n.Name() | n.Number() | n.Text() | n.Boolean():
            return
        case _:
            assert_never(expr)
