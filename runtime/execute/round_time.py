"""Seconds of a round over a network, from a cost: nodes compute side by side, messages follow one another."""

from __future__ import annotations

from cablese.dsl.text.records import record

from . import network_errors as errors
from .cost import NOTHING, Amount, Cost, MessageCost
from .laws import NO_TIME, Law
from .network import Links, break_even


@record
class Seconds:
    """Seconds of a round in the mean, by what takes them; nothing happens meanwhile."""

    computing: Amount
    waiting: Amount
    up: Amount
    down: Amount

    @property
    def fixed(self) -> Amount:
        """Seconds that no faster link saves."""
        return self.computing + self.waiting

    @property
    def moving(self) -> Amount:
        """Seconds in which the links are busy."""
        return self.up + self.down

    @property
    def total(self) -> Amount:
        """Seconds of the round."""
        return self.fixed + self.moving


def seconds_of(cost: Cost, links: Links, gradient: Law = NO_TIME) -> Seconds:
    """The seconds of a round, `gradient` those of a gradient of all of a node's samples. UsageError where the network lacks
    links that the method needs, or has what is drawn."""
    links.check(cost.algorithm, on_graph=bool(cost.graph))
    for law in (gradient, links.edge, links.node_up, links.node_down):
        if law is not None and not law.fixed:
            raise errors.not_in_the_mean(law.text)
    computing = cost.full_gradients * gradient.value if gradient.value else NOTHING
    hops = 1 if cost.graph else links.hops(cost.n)
    up, down = NOTHING, NOTHING
    for row in cost.messages:
        if row.in_init:
            continue
        seconds = row.total * _seconds_a_bit(cost, row, links)
        up, down = (up + seconds, down) if row.up else (up, down + seconds)
    return Seconds(computing, cost.statements * (links.latency * hops), up, down)


def _seconds_a_bit(cost: Cost, row: MessageCost, links: Links) -> float:
    """Seconds in which the busiest link carries a bit of those that arrive."""
    if cost.graph:
        assert links.edge is not None, "checked"
        return 1 / (cost.links * links.edge.value) if cost.links else 0.0
    rate, own = (links.up, links.node_up) if row.up else (links.down, links.node_down)
    assert rate is not None, "checked"
    busiest = links.share(row.distinct, cost.n) / rate
    return busiest if own is None or not row.ends else max(busiest, 1 / (row.ends * own.value))


def break_even_round(one: Seconds, other: Seconds) -> float | None:
    """As `break_even` for a round of two methods; None where not all is known before a run."""
    if not all(amount.known for each in (one, other) for amount in (each.fixed, each.moving)):
        return None
    return break_even((one.fixed.least, one.moving.least), (other.fixed.least, other.moving.least))
