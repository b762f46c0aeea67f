"""Names that a spec's output needs, and the statements without the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS, STATEMENTS

Block = tuple[nodes.Stmt, ...]


def names_in(*parts: nodes.Expr) -> set[str]:
    """Names that formulas read or apply, those of compressors included."""
    found: set[str] = set()
    for part in parts:
        for expr in EXPRESSIONS.walk(part):
            match expr:
                case nodes.Name():
                    found.add(expr.id)
                case nodes.Call():
                    found.add(expr.function.id)
                case _:
                    pass
    return found


def alive(blocks: Block, roots: Iterable[str]) -> set[str]:
    """Names that lead to the roots: what binds one needs what it reads, and what decides whether or where it runs."""
    needs: dict[str, set[str]] = {}
    for target, read in _uses(blocks, frozenset()):
        needs.setdefault(target, set()).update(read)
    found: set[str] = set()
    ahead = [*roots]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += needs.get(name, ())
    return found


def _uses(block: Block, around: frozenset[str]) -> Iterator[tuple[str, set[str]]]:
    """Names that statements bind, with the names that decide their values."""
    for statement in block:
        match statement:
            case nodes.Assign():
                for target, value in zip(statement.targets, statement.values, strict=True):
                    yield target.id, names_in(value) | around
            case nodes.Event():
                call = statement.distribution
                read = names_in(*call.arguments, *(k.value for k in call.keywords))
                yield statement.target.id, read | around
            case nodes.Message():
                who = _of_role(statement.sender) | _of_role(statement.receiver) | around
                for item in statement.items:
                    yield item.target.id, names_in(item.value or item.target) | who
            case nodes.Place():
                yield from _uses(statement.body, around | _of_role(statement.role))
            case nodes.If():
                inside = around | names_in(statement.condition)
                yield from _uses(statement.then, inside)
                yield from _uses(statement.otherwise, inside)
            case nodes.Repeat():
                yield from _uses(statement.body, around | names_in(statement.count))


def _of_role(role: nodes.Role) -> frozenset[str]:
    return frozenset(names_in(*(part for part in (role.members, role.condition) if part is not None)))


def without(block: Block, dead: set[str]) -> Block:
    """The statements without bindings of some names."""
    return tuple(kept for statement in block if (kept := _kept(statement, dead)) is not None)


def _kept(statement: nodes.Stmt, dead: set[str]) -> nodes.Stmt | None:
    match statement:
        case nodes.Assign():
            pairs = [
                (t, v) for t, v in zip(statement.targets, statement.values, strict=True) if t.id not in dead
            ]
            targets, values = tuple(t for t, _ in pairs), tuple(v for _, v in pairs)
            return replace(statement, targets=targets, values=values) if pairs else None
        case nodes.Event():
            return None if statement.target.id in dead else statement
        case nodes.Message():
            items = tuple(item for item in statement.items if item.target.id not in dead)
            return replace(statement, items=items) if items else None
        case nodes.Place():
            body = without(statement.body, dead)
            return replace(statement, body=body) if body else None
        case nodes.Repeat():
            body = without(statement.body, dead)
            return replace(statement, body=body) if body else None
        case nodes.If():
            then, otherwise = without(statement.then, dead), without(statement.otherwise, dead)
            if then or not otherwise:
                return replace(statement, then=then, otherwise=otherwise) if then else None
            turned = nodes.Unary("not", statement.condition, statement.condition.span)
            return replace(statement, condition=turned, then=otherwise, otherwise=())


def bound_names(blocks: Block) -> set[str]:
    """Names that some statement binds."""
    found: set[str] = set()
    for statement in STATEMENTS.walk(blocks):
        match statement:
            case nodes.Assign():
                found |= {target.id for target in statement.targets}
            case nodes.Event():
                found.add(statement.target.id)
            case nodes.Message():
                found |= {item.target.id for item in statement.items}
            case _:
                pass
    return found


def names_in_block(blocks: Block) -> set[str]:
    """Names that formulas of statements read or apply."""
    found: set[str] = set()
    for statement in STATEMENTS.walk(blocks):
        found |= names_in(*EXPRESSIONS.children(statement))
    return found
