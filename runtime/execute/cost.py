"""The cost of a method from its plan alone: bits, gradients and state, in the mean over rounds, before any problem."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isnan, nan
from typing import Any

import numpy as np
from cablese.dsl.check.program import Program, Route
from cablese.dsl.check.uses import has_groups
from cablese.dsl.pipeline import plan_program
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..compiled import compiled
from ..compressors.base import Meaning
from ..errors import SetupError
from ..graphs.errors import not_on_graph
from ..graphs.links import DEFAULT, links_of
from ..registry import plugins
from . import setup_errors as errors
from .cost_formulas import CostFormulas, Formulas
from .expected import A_PASS, ABOUT, AT_MOST, Expected
from .flops import Sizes as FlopSizes
from .flops import flops_of, roles_of_node
from .formulas import Product
from .gradient_chain import gradients_in
from .gradient_cost import Gradients, TooManyWays, Walk
from .options import Options
from .plan_numbers import PlanNumbers, PlanResolver
from .read_formulas import of_plan
from .scale import Scale, scales_of
from .shipments import DOWN, UP, Network, Shipment, Shipments, sent_beside
from .state_size import State, lengths_of, state_of
from .told import Told


@record
class Amount:
    """A mean that lies between two numbers, equal ones where it is known; `about` where a vector moves it a little."""

    least: float
    most: float
    about: bool = False

    def __add__(self, other: Amount) -> Amount:
        """The sum of both."""
        return Amount(self.least + other.least, self.most + other.most, self.about or other.about)

    def __mul__(self, times: float) -> Amount:
        """So many times the amount."""
        return Amount(self.least * times, self.most * times, self.about)

    @property
    def number(self) -> float | None:
        """The mean, where it is known."""
        return self.least if self.known else None

    @property
    def known(self) -> bool:
        """True where both ends are one number."""
        return self.least == self.most


NOTHING = Amount(0.0, 0.0)


@record
class MessageCost:
    """One item of a message statement in the mean of a round, or in `init`; copies are counted at their receivers."""

    line: int
    route: Route
    name: str
    codec: str
    in_init: bool
    bits: Amount  # of one message
    copies: Amount
    total: Amount
    sent: Amount  # the same bits with a broadcast counted once
    ends: float  # as a shipment has it
    distinct: float

    @property
    def up(self) -> bool:
        """True where nodes send it."""
        return self.route in UP

    @property
    def down(self) -> bool:
        """True where nodes receive it."""
        return self.route in DOWN


@record
class Cost:
    """The cost of a method at a scale."""

    algorithm: str
    n: int
    d: int
    rounds: int
    graph: str
    links: int  # directed ones between neighbours
    groups: int
    messages: tuple[MessageCost, ...]
    state: State
    gradients: (
        Gradients | None
    )  # that a node computes in a round, and in `init`; None where ways are too many
    gradients_in_init: Gradients | None
    statements: Amount  # messages of a round that follow one another
    flops_server: Amount  # of a round
    flops_node: Amount
    formulas: Formulas
    samples: int | None = None
    count: str = "codec"  # how compressed vectors are counted

    @property
    def full_gradients(self) -> Amount:
        """Gradients of all of a node's samples that take as long as what the busiest node computes in a round."""
        found = self.gradients
        if found is None or isnan(found.single) or (found.single and self.samples is None):
            raise errors.no_gradient_time(self.algorithm)
        times = found.busy + (found.busy_single / self.samples if self.samples else 0.0)
        least = 0.0 if found.note in (AT_MOST, A_PASS) else times
        return Amount(least, inf if found.note == A_PASS else times, found.note == ABOUT)

    def bits(self, *, up: bool, in_init: bool = False) -> Amount:
        """Bits that all nodes send or receive in a round in the mean, or in `init`."""
        return _sum(self.messages, up=up, in_init=in_init)

    def broadcast(self, *, in_init: bool = False) -> Amount:
        """Bits that nodes receive, a message to several counted once."""
        rows = (row for row in self.messages if row.in_init == in_init and row.down)
        return sum((row.sent for row in rows), NOTHING)


def _sum(messages: Sequence[MessageCost], *, up: bool, in_init: bool = False) -> Amount:
    """Bits of messages one way."""
    rows = (row for row in messages if row.in_init == in_init and (row.up if up else row.down))
    return sum((row.total for row in rows), NOTHING)


def costs_of(sources: Sequence[Source], scale: Scale) -> list[Cost]:
    """The cost of each spec; settings reach those that have the name."""
    return [cost_of(source, own) for source, own in zip(sources, scales_of(sources, scale), strict=True)]


def cost_of(source: Source, scale: Scale) -> Cost:
    """The cost of a spec; raises SpecError, or SetupError where it depends on a problem."""
    return _Costing(source, scale).cost()


class _Costing:
    """The parts of a cost, each made from those before it."""

    def __init__(self, source: Source, scale: Scale) -> None:
        self.scale, self.n = scale, scale.options.nodes
        self.program = compiled(source, scale.options.settings)
        _check_roles(self.program, scale.options)
        self.plan = plan_program(self.program, plugins())
        self.resolver = PlanResolver(self.program, scale.constant, scale.d, scale.float_bits)
        self.numbers = PlanNumbers(self.plan, self.resolver)
        self.graph = (scale.options.graph or DEFAULT) if self.program.on_graph else ""
        self.links = links_of(self.graph, self.n, scale.options.seed) if self.graph else 0
        self.groups = (scale.options.groups or 1) if has_groups(self.program) else 0
        network, rounds = Network(self.n, self.links, self.groups), scale.options.rounds
        schedules = self.numbers.schedules
        self.shipments = Shipments(self.plan, self.numbers, schedules, rounds, network, scale.count)
        self.rounds = self.shipments.rounds

    def cost(self) -> Cost:
        """The cost."""
        n, d, rounds = self.n, self.scale.d, self.scale.options.rounds
        messages = tuple(map(self._row, self.shipments))
        lengths = lengths_of(self.plan, self.resolver)
        state = state_of(self.plan, n, d, self.groups, self.links / n, lengths)
        before, each = self._gradients()
        up, down = (_sum(messages, up=way) for way in (True, False))
        sent = [row.total.number for row in messages if not row.in_init]
        made = CostFormulas(
            self.plan, self.numbers, self.shipments, self.scale.count, self.resolver.float_bits
        )
        server = self._flops([(ir.Role.SERVER, 1)])
        node = self._flops(roles_of_node(self.plan, self.links / n))
        formulas = made.formulas(sent, up.number, down.number, state, server.number, node.number, each)
        return Cost(
            algorithm=self.program.name,
            n=n,
            d=d,
            rounds=rounds,
            graph=self.graph,
            links=self.links,
            groups=self.groups,
            messages=messages,
            state=state,
            gradients=None if each is None else each.plain,
            gradients_in_init=None if before is None else before.plain,
            statements=self._statements(),
            flops_server=server,
            flops_node=node,
            formulas=formulas,
            samples=self.scale.samples,
            count=self.scale.count,
        )

    def _statements(self) -> Amount:
        """Messages of a round one after the other; the exchanges of a collective compressor go up and down, and what the
        senders of a `when` send comes with the bit that tells of it."""
        transfers = [part for part in INSTRUCTIONS.walk(self.plan.round) if isinstance(part, ir.Transfer)]
        beside = sent_beside(transfers)
        total = NOTHING
        for transfer in transfers:
            if transfer.number not in beside:
                ways = (
                    len(list(self.shipments.sizes.of(transfer))) if transfer.route is Route.NODE_TO_ALL else 1
                )
                met = self.shipments.meetings.statements[transfer.number]
                total += self._amount(1.0, met, Meaning.MEAN) * ways
        return total

    def _flops(self, roles: Sequence[tuple[ir.Role, Any]]) -> Amount:
        """Operations of roles in a round."""
        lengths: dict[str, Any] = dict(lengths_of(self.plan, self.resolver))
        sizes = FlopSizes(self.scale.d, self.n, self.groups, self.links / self.n, lengths=lengths)
        found = flops_of(self.shipments.meetings, self.plan.round, roles, sizes)
        return sum((self._amount(flops, met, Meaning.MEAN) for flops, met in found), NOTHING)

    def _gradients(self) -> tuple[Gradients | None, Gradients | None]:
        """The gradients of `init` and of a round."""
        walk = Walk(self.plan, self.numbers.number, self._formula, self.rounds.by_round, self._batch_size)
        try:
            return gradients_in(self.plan, walk, max(1, self.scale.options.rounds))
        except TooManyWays:
            return None, None

    def _batch_size(self, event: ir.DrawEvent) -> float | None:
        """Samples that a node draws, None for all of them, NaN where that is not known."""
        (size,) = event.arguments
        replaced = any(name == "replace" for name, _ in event.settings)
        if not replaced and self.numbers.takes_all(size):
            return None
        try:
            drawn = self.numbers.number(size)
        except SetupError:
            return nan
        if drawn is None:
            return nan
        full = not replaced and self.scale.samples is not None and drawn >= self.scale.samples
        return None if full else self._mean_size(event, drawn)

    def _mean_size(self, event: ir.DrawEvent, drawn: float) -> Told:
        """Samples in a batch of that size, in epochs on the average over one, whose last batch is what remains."""
        (size,), samples = event.arguments, self.scale.samples
        names = {name for name, _ in event.settings}
        if "epochs" not in names or "drop_last" in names or samples is None or samples % drawn == 0:
            return Told(drawn, self._formula(size))
        return Told(samples / ceil(samples / drawn), None)

    def _formula(self, value: ir.Pure) -> Product | None:
        return of_plan(value, self.numbers.names)

    def _row(self, shipment: Shipment) -> MessageCost:
        transfer, size, met = shipment.transfer, shipment.size, shipment.met
        one = self._amount(shipment.mean_bits, Expected(1.0), size.meaning)
        total = self._amount(shipment.bits, met, size.meaning)
        return MessageCost(
            transfer.span.line,
            size.route,
            size.name,
            size.codec,
            transfer.in_init,
            one,
            self._amount(1.0, met, Meaning.MEAN) * shipment.arriving,
            total * shipment.arriving,
            total * shipment.encoded,
            shipment.ends,
            shipment.distinct,
        )

    def _amount(self, bits: Any, met: Expected, meaning: Meaning) -> Amount:
        """The mean over rounds of bits for each time that something is met."""
        mean = float(np.mean(bits * met.times))
        least = 0.0 if met.note in (AT_MOST, A_PASS) or meaning is Meaning.AT_MOST else mean
        sampled = isinstance(bits * met.times, np.ndarray) and not self.rounds.all
        about = meaning is Meaning.ABOUT or met.note == ABOUT or sampled
        return Amount(least, inf if met.note == A_PASS else mean, about)


def _check_roles(program: Program, options: Options) -> None:
    """The graph and groups that options speak of are the method's."""
    if options.graph is not None and not program.on_graph:
        raise not_on_graph(program.name)
    if options.groups is not None and not has_groups(program):
        raise errors.no_groups(program.name)
    if options.groups is not None and options.groups > options.nodes:
        raise errors.more_groups_than_nodes(options.groups, options.nodes)
