"""A round as a message-sequence chart, without coordinates: lanes, and the steps on them in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from ..check import program as core
from ..syntax import nodes
from ..syntax.formulas import print_expression
from ..syntax.printer import print_statement
from ..text.records import record

SERVER, NODE, NEIGHBOUR = "server", "node i", "neighbour j"

_LANES = {
    "server": (SERVER,),
    "node": (NODE,),
    "neighbors": (NODE, NEIGHBOUR),
}


@record
class Box:
    """Computation and draws at a role; it spans the lanes of all who take part; `title` has the rest: `node in S`."""

    lanes: tuple[str, ...]
    title: str
    lines: tuple[str, ...]


@record
class Arrow:
    """A message; `title` has its ends where lanes do not suffice, `compressed` tells of a compressor on the way."""

    sender: str
    receiver: str
    title: str
    lines: tuple[str, ...]
    compressed: bool


@record
class Frame:
    """`if` with its two branches, or `repeat` with one."""

    label: str
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]


Step: TypeAlias = Box | Arrow | Frame


@record
class Chart:
    """One round of a method."""

    title: str
    lanes: tuple[str, ...]
    steps: tuple[Step, ...]


def chart_of(spec: nodes.Spec, program: core.Program) -> Chart:
    """The chart of a spec's round, in the words of the spec."""
    compressors = frozenset(c.symbol.name for c in program.compressors)
    body = next(line.body for line in spec.lines if isinstance(line, nodes.Round))
    lanes = (NODE, NEIGHBOUR) if program.on_graph else (SERVER, NODE)
    return Chart(f"{program.name}: one round", lanes, tuple(_Reader(lanes, compressors).steps(body)))


def joined(steps: Iterable[Step]) -> Iterator[Step]:
    """The steps, neighbouring boxes of one role as one."""
    last: Box | None = None
    for step in steps:
        if isinstance(step, Box) and last is not None and _alike(last, step):
            last = Box(last.lanes, last.title, last.lines + step.lines)
            continue
        if last is not None:
            yield last
        last = step if isinstance(step, Box) else None
        if last is None:
            yield step
    if last is not None:
        yield last


class _Reader:
    def __init__(self, lanes: tuple[str, ...], compressors: frozenset[str]) -> None:
        self.lanes, self.compressors = lanes, compressors

    def steps(self, body: Sequence[nodes.Stmt]) -> Iterator[Step]:
        """The steps of a block; neighbouring blocks of one role stand in one box."""
        return joined(step for statement in body for step in self.step(statement))

    def step(self, statement: nodes.Stmt) -> Iterator[Step]:
        match statement:
            case nodes.Place():
                lanes = _LANES.get(statement.role.name.id, self.lanes)
                lines = tuple(row for part in statement.body for row in print_statement(part).split("\n"))
                yield Box(tuple(lane for lane in lanes if lane in self.lanes), _chosen(statement.role), lines)
            case nodes.Message():
                yield self.arrow(statement)
            case nodes.If():
                then, otherwise = tuple(self.steps(statement.then)), tuple(self.steps(statement.otherwise))
                yield Frame(f"if {print_expression(statement.condition)}", then, otherwise)
            case nodes.Repeat():
                counter = f" as {statement.counter.id}" if statement.counter else ""
                label = f"repeat {print_expression(statement.count)}{counter}"
                yield Frame(label, tuple(self.steps(statement.body)), ())
            case _:  # the checker has every other statement at a role
                yield Box(self.lanes, "", (print_statement(statement),))

    def arrow(self, message: nodes.Message) -> Arrow:
        bare = ", ".join(item.target.id for item in message.items if item.value is None)
        lines = [
            f"{item.target.id} = {print_expression(item.value)}"
            for item in message.items
            if item.value is not None
        ]
        sender = NODE if message.sender.name.id == "node" else SERVER
        receiver = (
            NEIGHBOUR if message.receiver.name.id == "neighbors" else SERVER if sender == NODE else NODE
        )
        titles = [_chosen(role) for role in (message.sender, message.receiver)]
        title = " -> ".join(title for title in titles if title)
        compressed = any(map(self.is_compressed, message.items))
        return Arrow(sender, receiver, title, (*lines, *([bare] if bare else [])), compressed)

    def is_compressed(self, item: nodes.Item) -> bool:
        return isinstance(item.value, nodes.Call) and item.value.function.id in self.compressors


def _alike(one: Box, other: Box) -> bool:
    return (one.lanes, one.title) == (other.lanes, other.title)


def _chosen(role: nodes.Role) -> str:
    """A role's title where its lane does not suffice; empty for a plain role but `link` and `group`."""
    name, plain = role.name.id, ("server", "node", "all", "neighbors")
    if role.members is not None:
        return f"{name} in {print_expression(role.members)}"
    if role.condition is not None:
        return f"{name} when {print_expression(role.condition)}"
    return "" if name in plain else f"each {name}"
