"""Who evaluates, and what a run leaves: seats with a memory of their own, bits, points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slow_wire import Sent

Member = tuple[int, int]
"""A node and which of its copies: 0 but where a bag holds the node more than once."""

OF_GROUP = -1
"""In the place of a copy: the first number is a group's."""

Entries = dict[Member | None, Any]
"""What a role holds under a name: one value (key None), or one per member: at the server all, at a node its own."""


class NotFinite(Exception):
    """A value that is sent or becomes state is inf or nan."""

    def __init__(self, round: int, line: int, member: Member | None) -> None:
        self.round, self.line, self.node = round, line, None if member is None else member[0]
        super().__init__(f"round {round}, line {line}, node {self.node}")


@dataclass(frozen=True, eq=False)
class Seat:
    """Who evaluates: a role with its memory (`node` None: the server), at this moment for this member."""

    memory: dict[str, Entries]
    node: int | None = None
    member: Member | None = None

    def on(self, member: Member | None) -> Seat:
        """The same role, evaluating for a member."""
        return Seat(self.memory, self.node, member)


@dataclass
class Bits:
    """Bits sent so far."""

    up: int = 0
    down: int = 0
    down_broadcast: int = 0
    shared: int = 0
    paper: int = 0
    paper_down: int = 0

    def sent_up(self, message: Sent, copies: int = 1) -> None:
        """To the server, or to neighbours."""
        self.up += copies * message.bits
        self.paper += copies * message.counted

    def sent_down(self, message: Sent, copies: int = 1) -> None:
        """To so many nodes at once."""
        self.down += copies * message.bits
        self.down_broadcast += message.bits if copies else 0
        self.paper_down += copies * message.counted


@dataclass
class Outcome:
    """A run: bits, oracle calls and metrics after 0, 1, … rounds, and the point that the method returns."""

    points: list[dict[str, float]] = field(default_factory=list)
    output: Any = None
