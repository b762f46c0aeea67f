"""A spec -> the program of one role, in the spec's own syntax: what the role executes, and the messages it is an end of.

Who receives a message does not compute what is sent, so its items are bare names. Each role's program is a subsequence
of the spec; comments, invariants, guarantees and laws speak of the whole method and stay behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, assert_never

from ..check.core import calls_in, names_in
from ..syntax import nodes as n

Role: TypeAlias = Literal["server", "node"]

_EXECUTES = {
    "server": frozenset({"server", "all", "link", "group"}),
    "node": frozenset({"node", "neighbors", "all", "link", "group"}),
}
"""The blocks that a role executes, and the receivers that it is among."""


def project_spec(spec: n.Spec, role: Role) -> n.Spec:
    """The role's program; `syntax.printer.print_spec` gives its text."""
    projection = _Projection(role)
    blocks = {id(line): _projected(line, projection) for line in spec.lines}
    declared = [line for line in spec.lines if isinstance(line, n.Param | n.Compressor)]
    used = _closure(projection.used, declared)
    lines = tuple(
        block
        for line in spec.lines
        if (block := blocks[id(line)]) is not None and _keeps(line, used, projection.bound)
    )
    return replace(spec, lines=lines, comments=())


def _projected(line: n.Line, projection: _Projection) -> n.Line | None:
    if not isinstance(line, n.Init | n.Round):
        return line
    body = projection.block(line.body)
    return replace(line, body=body) if body else None


@dataclass(slots=True)
class _Projection:
    """Projects statements; notes the names that they use and bind."""

    role: Role
    used: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)

    def block(self, body: Iterable[n.Stmt]) -> tuple[n.Stmt, ...]:
        """What the role executes of a block."""
        found = (self._statement(statement) for statement in body)
        return tuple(statement for statement in found if statement is not None)

    def _statement(self, statement: n.Stmt) -> n.Stmt | None:
        match statement:
            case n.Place():
                return self._place(statement)
            case n.Message():
                return self._message(statement)
            case n.If():
                return self._if(statement)
            case n.Repeat():
                body = self.block(statement.body)
                if not body:
                    return None
                self._use(statement.count)
                return replace(statement, body=body)
            case n.Assign():
                self._use(*statement.values)
                self.bound |= {target.id for target in statement.targets}
                return statement
            case n.Event():
                self._use(statement.distribution)
                self.bound.add(statement.target.id)
                return statement
            case _:
                assert_never(statement)

    def _place(self, place: n.Place) -> n.Place | None:
        if place.role.name.id not in _EXECUTES[self.role]:
            return None
        self._use_role(place.role)
        return replace(place, body=self.block(place.body))

    def _message(self, message: n.Message) -> n.Message | None:
        sends = message.sender.name.id == self.role
        if not sends and message.receiver.name.id not in _EXECUTES[self.role]:
            return None
        self._use_role(message.sender)
        self._use_role(message.receiver)
        self.bound |= {item.target.id for item in message.items}
        if sends:
            self._use(*(item.value or item.target for item in message.items))
            return message
        self.used |= {name for item in message.items if item.value for name in _codecs(item.value)}
        return replace(message, items=tuple(replace(item, value=None) for item in message.items))

    def _if(self, branch: n.If) -> n.If | None:
        """What is left of the ways; where nothing is left of the first, the other stands under `not`."""
        then, otherwise = self.block(branch.then), self.block(branch.otherwise)
        if not then and not otherwise:
            return None
        self._use(branch.condition)
        if then:
            return replace(branch, then=then, otherwise=otherwise)
        negated = n.Unary("not", branch.condition, branch.condition.span)
        return replace(branch, condition=negated, then=otherwise, otherwise=())

    def _use_role(self, role: n.Role) -> None:
        self._use(*(expr for expr in (role.members, role.condition) if expr is not None))

    def _use(self, *exprs: n.Expr) -> None:
        self.used |= {name for expr in exprs for name in _mentioned(expr)}


def _mentioned(expr: n.Expr) -> Iterator[str]:
    """Names that an expression reads, and those of what it calls."""
    yield from (name.id for name in names_in(expr))
    yield from _codecs(expr)


def _codecs(expr: n.Expr) -> Iterator[str]:
    """Names of what an expression calls, compressors among them: they decode what arrives."""
    yield from (call.function.id for call in calls_in(expr))


def _closure(used: set[str], declared: list[n.Param | n.Compressor]) -> set[str]:
    """With the names that the declarations of used names use."""
    found = set(used)
    for line in reversed(declared):  # each speaks of those above it; a compressor's arguments may of any
        if line.name.id in found:
            found |= _of_declaration(line)
    return found if found == used else _closure(found, declared)


def _of_declaration(line: n.Param | n.Compressor) -> set[str]:
    condition = line.condition if isinstance(line, n.Param) else None
    return {name for expr in (line.default, condition) if expr is not None for name in _mentioned(expr)}


def _keeps(line: n.Line, used: set[str], bound: set[str]) -> bool:
    match line:
        case n.Algorithm() | n.Problem() | n.Init() | n.Round():
            return True
        case n.Param() | n.Compressor():
            return line.name.id in used
        case n.Require():
            return bool({name.id for name in names_in(line.condition)} & used)
        case n.Output():
            return any(name.id in bound for name in names_in(line.value))
        case n.Invariant() | n.Guarantee() | n.Equals():
            return False
        case _:
            assert_never(line)
