"""Statements with names bound: branches that are decided, draws of what is certain and empty blocks are gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from ..check.distributions import DISTRIBUTIONS
from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS, STATEMENTS
from .folding import Folder
from .literals import is_all_samples, is_fixed, value_of

Block = tuple[nodes.Stmt, ...]


@dataclass
class Simplifier:
    """One pass over the statements of a spec."""

    folder: Folder

    def block(self, block: Block) -> Block:
        """The statements that remain, in order."""
        return tuple(found for statement in block for found in self._statement(statement))

    def _statement(self, statement: nodes.Stmt) -> Iterator[nodes.Stmt]:
        match statement:
            case nodes.Assign():
                yield from self._assign(statement)
            case nodes.Event():
                if not self.folder.is_gone(statement.target.id):
                    yield replace(statement, distribution=self._distribution(statement))
            case nodes.Place():
                body = self.block(statement.body)
                if body:
                    yield replace(statement, role=self._role(statement.role), body=body)
            case nodes.Message():
                yield from self._message(statement)
            case nodes.If():
                yield from self._if(statement)
            case nodes.Repeat():
                yield from self._repeat(statement)
            case _:
                assert_never(statement)

    def _assign(self, statement: nodes.Assign) -> Iterator[nodes.Stmt]:
        pairs = []
        for target, value in zip(statement.targets, statement.values, strict=True):
            folded = self.folder.fold(value)
            unchanged = folded != value and _is_name(folded, target.id)  # `h = h + 0 * m`
            if not (unchanged or self.folder.is_gone(target.id)):
                pairs.append((target, folded))
        if pairs:
            yield replace(statement, targets=tuple(t for t, _ in pairs), values=tuple(v for _, v in pairs))

    def _distribution(self, event: nodes.Event) -> nodes.Call:
        call = event.distribution
        folded = {
            k: k if k.name.id == "order" else replace(k, value=self.folder.fold(k.value))
            for k in call.keywords
        }
        kept = _of_all_nodes(call)  # which must be written `n`
        arguments = (*call.arguments[:kept], *map(self.folder.fold, call.arguments[kept:]))
        return replace(call, arguments=arguments, keywords=tuple(folded.values()))

    def _role(self, role: nodes.Role) -> nodes.Role:
        members, condition = role.members, role.condition
        if isinstance(members, nodes.Name) and members.id in self.folder.everyone:
            members = None
        elif members is not None:
            members = self.folder.fold(members)
        if condition is not None:
            condition = self.folder.fold(condition)
        if condition == nodes.Boolean(True, role.span):
            condition = None
        return replace(role, members=members, condition=condition)

    def _message(self, message: nodes.Message) -> Iterator[nodes.Stmt]:
        kept = (item for item in message.items if not self.folder.is_gone(item.target.id))
        items = tuple(
            replace(item, value=None if item.value is None else self.folder.fold(item.value)) for item in kept
        )
        if items:
            sender, receiver = self._role(message.sender), self._role(message.receiver)
            yield replace(message, sender=sender, receiver=receiver, items=items)

    def _if(self, branch: nodes.If) -> Iterator[nodes.Stmt]:
        condition = self.folder.fold(branch.condition)
        if isinstance(condition, nodes.Boolean):
            yield from self.block(branch.then if condition.value else branch.otherwise)
            return
        then, otherwise = self.block(branch.then), self.block(branch.otherwise)
        if not then and otherwise:
            condition = self.folder.fold(nodes.Unary("not", condition, condition.span))
            then, otherwise = otherwise, ()
        if then:
            yield replace(branch, condition=condition, then=then, otherwise=otherwise)

    def _repeat(self, loop: nodes.Repeat) -> Iterator[nodes.Stmt]:
        count = self.folder.fold(loop.count)
        times = value_of(count)
        if times == 0:
            return
        if times == 1:
            first = {} if loop.counter is None else {loop.counter.id: nodes.Number(0, loop.span)}
            inside = replace(self.folder, replaced={**self.folder.replaced, **first})
            yield from Simplifier(inside).block(loop.body)
            return
        body = self.block(loop.body)
        if body:
            yield replace(loop, count=count, body=body)


def certain_draws(blocks: Block, folder: Folder) -> bool:
    """Note in the folder the events that are certain, by every draw of their name; True where some are new."""
    draws: dict[str, list[nodes.Call]] = {}
    for statement in STATEMENTS.walk(blocks):
        if isinstance(statement, nodes.Event):
            draws.setdefault(statement.target.id, []).append(statement.distribution)
    found = False
    for name, calls in draws.items():
        outcomes = {_outcome(call, folder) for call in calls}
        if len(outcomes) > 1 or folder.is_gone(name):
            continue
        (outcome,) = outcomes
        match outcome:
            case bool():
                folder.replaced[name] = nodes.Boolean(outcome, calls[0].span)
            case "everyone":
                folder.everyone.add(name)
            case "all samples":
                folder.batches.add(name)
            case _:
                continue
        found = True
    return found


def _of_all_nodes(call: nodes.Call) -> bool:
    """True for a draw among all nodes, whose first argument is n."""
    row = DISTRIBUTIONS.get(call.function.id)
    return row is not None and row.arguments[0][0] == "n"


def _outcome(call: nodes.Call, folder: Folder) -> bool | str | None:
    """The certain outcome of a draw: of a coin, a set or a minibatch; None where it is left to chance."""
    arguments = call.arguments
    match call.function.id:
        case "bernoulli":
            chance = value_of(arguments[0])
            return bool(chance) if chance in (0, 1) else None
        case "each":
            return "everyone" if value_of(arguments[0]) == 1 else None
        case "subset":
            return "everyone" if len({*map(folder.fold, arguments)}) == 1 else None
        case "minibatch":
            return "all samples" if is_all_samples(arguments[0]) else None
        case _:
            return None


def constant_names(blocks: Block, folder: Folder, but: frozenset[str]) -> bool:
    """Note in the folder the names whose every binding is one constant; True where some are new."""
    values: dict[str, list[nodes.Expr | None]] = {}
    for name, value in _bindings(blocks):
        if value is None or not _is_name(value, name):
            values.setdefault(name, []).append(value)
    found = False
    for name, bound in values.items():
        first = bound[0]
        if name in but or folder.is_gone(name) or first is None or not is_fixed(first):
            continue
        if all(value == first for value in bound):
            folder.replaced[name] = first
            found = True
    return found


def _bindings(blocks: Block) -> Iterator[tuple[str, nodes.Expr | None]]:
    """Names that statements bind, and the values; None where none stands in the text."""
    for statement in STATEMENTS.walk(blocks):
        match statement:
            case nodes.Assign():
                yield from ((t.id, v) for t, v in zip(statement.targets, statement.values, strict=True))
            case nodes.Event():
                yield statement.target.id, None
            case nodes.Repeat() if statement.counter is not None:
                yield statement.counter.id, None
            case nodes.Message():
                yield from ((item.target.id, item.value or item.target) for item in statement.items)
            case _:
                pass


def names_as_sets(blocks: Block) -> frozenset[str]:
    """Names that stand for sets of nodes: members of a role, and the families of `who` and `over`."""
    found: set[str] = set()
    for statement in STATEMENTS.walk(blocks):
        for part in EXPRESSIONS.walk(statement):
            match part:
                case nodes.Over(_, nodes.Name(name)) | nodes.Call(nodes.Name("who"), (nodes.Name(name),)):
                    found.add(name)
                case _:
                    pass
    return frozenset(found)


def _is_name(expr: nodes.Expr, name: str) -> bool:
    return isinstance(expr, nodes.Name) and expr.id == name
