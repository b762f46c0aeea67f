"""The messages of a plan before a run: how often each is met, how long one is, how many arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.added_up import added_up
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.records import record

from .expected import Expected, Meetings, rounds_of
from .interface import MessageRow
from .message_sizes import Size, Sizes
from .plan_numbers import PlanNumbers
from .schedules import InRound

UP = (Route.NODE_TO_SERVER, Route.NODE_TO_NEIGHBORS)
DOWN = (Route.SERVER_TO_ALL, Route.SERVER_TO_NODE, Route.SERVER_TO_GROUP, Route.NODE_TO_NEIGHBORS)


@record
class Network:
    """The nodes that messages go to: how many, directed links between neighbours, and groups."""

    n: int
    links: int = 0
    groups: int = 0

    def arriving(self, route: Route) -> float:
        """Copies that arrive of a message that all senders send once."""
        return float(self.links if route is Route.NODE_TO_NEIGHBORS else self.n)

    def distinct(self, route: Route) -> float:
        """Different messages among them: a message to several counts once."""
        match route:
            case Route.SERVER_TO_ALL:
                return 1.0
            case Route.SERVER_TO_GROUP:
                return float(self.groups)
            case Route.NODE_TO_NEIGHBORS if self.n == 1:
                return 0.0  # of more, graphs being connected, every node is heard
            case _:
                return float(self.n)


@record
class Shipment:
    """One item of a message statement: the size of one message, how often a sender sends it, and copies that arrive."""

    transfer: ir.Transfer
    size: Size
    met: Expected
    arriving: float
    encoded: float
    ends: float  # nodes that take part in one sending, in the mean
    distinct: float  # different messages among those that one sending moves over the server's link, sums counting once

    @property
    def up(self) -> bool:
        """True where nodes send it."""
        return self.size.route in UP

    @property
    def down(self) -> bool:
        """True where nodes receive it."""
        return self.size.route in DOWN

    @property
    def bits(self) -> Any:
        """Bits of a message, by round where they change; `init` has those of round 0."""
        changing = isinstance(self.size.bits, np.ndarray)
        return self.size.bits[0] if changing and self.transfer.in_init else self.size.bits

    @property
    def mean_bits(self) -> float:
        """Bits of a message, in the mean over those that are sent."""
        times = float(np.mean(self.met.times))
        return float(np.mean(self.bits * self.met.times)) / times if times else float(np.mean(self.bits))


class Shipments:
    """All messages of a plan, in the mean over so many rounds."""

    def __init__(
        self, plan: ir.Plan, numbers: PlanNumbers, schedules: dict[str, InRound], rounds: int, network: Network,
        count: str = "codec",
    ) -> None:  # fmt: skip
        """`schedules`: params that depend on the round, in the order of the spec; `count` as in `Sizes`."""
        self.plan, self.network = plan, network
        self.rounds = rounds_of(plan, numbers.number, schedules, rounds)
        self.meetings = Meetings(self.rounds)
        self.sizes = Sizes(plan, numbers.resolver, self.rounds, network.n, count)

    def __iter__(self) -> Iterator[Shipment]:
        """Every item of every message statement, in the order of the spec; of a collective compressor every exchange."""
        met = self.meetings.in_rounds(self.plan.init) | self.meetings.in_rounds(self.plan.round)
        added = added_up(self.plan)
        transfers = [part for part in INSTRUCTIONS.walk(self.plan) if isinstance(part, ir.Transfer)]
        for transfer in sorted(transfers, key=lambda each: each.number):
            for size in self.sizes.of(transfer):
                arriving, encoded = self.network.arriving(size.route), self.network.distinct(size.route)
                summed = transfer.number in added and size.route is Route.NODE_TO_SERVER
                distinct = 1.0 if summed else self.network.distinct(size.route)
                ends = self.network.n * float(np.mean(self.meetings.shares[transfer.number].times))
                yield Shipment(transfer, size, met[transfer.number], arriving, encoded, ends, distinct)

    def rows(self) -> Iterator[MessageRow]:
        """The same as `--dry` shows them."""
        for shipment in self:
            met = self.meetings.in_the_mean(shipment.met)
            size, transfer = shipment.size, shipment.transfer
            yield MessageRow(
                transfer.span.line,
                size.route.value,
                size.name,
                size.codec,
                shipment.mean_bits,
                shipment.arriving * met.times,
                transfer.in_init,
                met.note,
            )


def sent_beside(transfers: Sequence[ir.Transfer]) -> frozenset[int]:
    """Numbers of transfers that travel with the one before: of what the senders of a `when` send beside the bit that
    tells of it."""
    chosen = {item.target for transfer in transfers for item in transfer.message_items if item.chooses}
    return frozenset(transfer.number for transfer in transfers if transfer.members in chosen)
