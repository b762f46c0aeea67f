"""A spec -> the program of one role, in the spec's own syntax: what the role executes, and the messages it is an end of.

The receiver of a message does not compute its values, so its items are bare names. Each role's program is a subsequence
of the spec; comments, invariants, guarantees and laws speak of the whole method and stay behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import Literal, TypeAlias, assert_never

from ..check.desugar import calls_in, names_in
from ..syntax import nodes
from ..text.records import structure

Role: TypeAlias = Literal["server", "node"]

_EXECUTES = {
    "server": frozenset({"server", "all", "link", "group"}),
    "node": frozenset({"node", "neighbors", "all", "link", "group"}),
}
"""The blocks that a role executes, and the receivers that it is among."""


def project_spec(spec: nodes.Spec, role: Role) -> nodes.Spec:
    """The role's program; `syntax.printer.print_spec` gives its text."""
    projection = _Projection(role)
    blocks = {id(line): _projected(line, projection) for line in spec.lines}
    declared = [line for line in spec.lines if isinstance(line, nodes.Param | nodes.Compressor)]
    used = _closure(projection.used, declared)
    lines = tuple(
        block
        for line in spec.lines
        if (block := blocks[id(line)]) is not None and _keeps(line, used, projection.bound)
    )
    return replace(spec, lines=lines, comments=())


def _projected(line: nodes.Line, projection: _Projection) -> nodes.Line | None:
    if not isinstance(line, nodes.Init | nodes.Round):
        return line
    body = projection.block(line.body)
    return replace(line, body=body) if body else None


@structure
class _Projection:
    """Projects statements; notes the names that they use and bind."""

    role: Role
    used: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)

    def block(self, body: Iterable[nodes.Stmt]) -> tuple[nodes.Stmt, ...]:
        """The statements of a block that the role executes."""
        found = (self._statement(statement) for statement in body)
        return tuple(statement for statement in found if statement is not None)

    def _statement(self, statement: nodes.Stmt) -> nodes.Stmt | None:
        match statement:
            case nodes.Place():
                return self._place(statement)
            case nodes.Message():
                return self._message(statement)
            case nodes.If():
                return self._if(statement)
            case nodes.Repeat():
                body = self.block(statement.body)
                if not body:
                    return None
                self._use(statement.count)
                return replace(statement, body=body)
            case nodes.Assign():
                self._use(*statement.values)
                self.bound |= {target.id for target in statement.targets}
                return statement
            case nodes.Event():
                self._use(statement.distribution)
                self.bound.add(statement.target.id)
                return statement
            case _:
                assert_never(statement)

    def _place(self, place: nodes.Place) -> nodes.Place | None:
        if place.role.name.id not in _EXECUTES[self.role]:
            return None
        self._use_role(place.role)
        return replace(place, body=self.block(place.body))

    def _message(self, message: nodes.Message) -> nodes.Message | None:
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

    def _if(self, branch: nodes.If) -> nodes.If | None:
        """The branches that remain; where the first is empty, the other stands under `not`."""
        then, otherwise = self.block(branch.then), self.block(branch.otherwise)
        if not then and not otherwise:
            return None
        self._use(branch.condition)
        if then:
            return replace(branch, then=then, otherwise=otherwise)
        negated = nodes.Unary("not", branch.condition, branch.condition.span)
        return replace(branch, condition=negated, then=otherwise, otherwise=())

    def _use_role(self, role: nodes.Role) -> None:
        self._use(*(expr for expr in (role.members, role.condition) if expr is not None))

    def _use(self, *exprs: nodes.Expr) -> None:
        self.used |= {name for expr in exprs for name in _mentioned(expr)}


def _mentioned(expr: nodes.Expr) -> Iterator[str]:
    """Names that an expression reads, and those of what it calls."""
    yield from (name.id for name in names_in(expr))
    yield from _codecs(expr)


def _codecs(expr: nodes.Expr) -> Iterator[str]:
    """Names of what an expression calls, compressors among them: they decode what arrives."""
    yield from (call.function.id for call in calls_in(expr))


def _closure(used: set[str], declared: list[nodes.Param | nodes.Compressor]) -> set[str]:
    """With the names that the declarations of used names use."""
    found = set(used)
    for line in reversed(declared):  # each speaks of those above it; a compressor's arguments may of any
        if line.name.id in found:
            found |= _of_declaration(line)
    return found if found == used else _closure(found, declared)


def _of_declaration(line: nodes.Param | nodes.Compressor) -> set[str]:
    condition = line.condition if isinstance(line, nodes.Param) else None
    return {name for expr in (line.default, condition) if expr is not None for name in _mentioned(expr)}


def _keeps(line: nodes.Line, used: set[str], bound: set[str]) -> bool:
    match line:
        case nodes.Algorithm() | nodes.Problem() | nodes.Init() | nodes.Round():
            return True
        case nodes.Param() | nodes.Compressor():
            return line.name.id in used
        case nodes.Require():
            return bool({name.id for name in names_in(line.condition)} & used)
        case nodes.Output():
            return any(name.id in bound for name in names_in(line.value))
        case nodes.Invariant() | nodes.Guarantee() | nodes.Equals():
            return False
        case _:
            assert_never(line)
