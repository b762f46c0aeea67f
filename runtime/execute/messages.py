"""Message statements of a plan -> payloads, transfer functions and ledger entries of this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Route, Site
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.added_up import added_up
from cablese.dsl.plan.instructions import Role
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.diagnostics import InternalError

from ..chance.nodes import Nodes
from ..chance.streams import ONE_ROW, Stream
from ..codecs.plain import INT_RANGE, LARGEST_BAG, BagCodec, NodeSetCodec
from ..compressors.bound import BoundCollective
from ..compressors.collective import Averaging
from ..graphs.changing import ChangingMixing
from ..graphs.graph import Graph
from ..transports.base import TwoParts
from ..transports.compressed_payloads import ChangingPayload, CompressedPayload, SeededPayload
from ..transports.dense_payload import DensePayload
from ..transports.fanout_totals import FanoutTotals
from ..transports.payloads import Payload
from ..transports.plain import NodesPayload, RealPayload, bool_payload, int_payload, mask_payload
from .averaging import Average, Exchange
from .bind_compressors import Compressors
from .context import RunContext
from .draw_sites import Moment, split
from .ledger import Entry, Ledger
from .shipments import sent_beside

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


TwoFunctions: TypeAlias = tuple[Callable[..., Any], Callable[[], Any]]
"""The functions that start an uplink and that finish it."""


class MessageTransfers:
    """The functions that move a plan's messages in this process, by number, and the ledger over all their items; `parts` has
    those of uplinks that programs may call in two parts."""

    def __init__(self, run: RunContext, compressors: Compressors) -> None:
        self._run, self._compressors = run, compressors
        self._entries: list[Entry] = []
        transfers = (part for part in INSTRUCTIONS.walk(run.plan) if isinstance(part, ir.Transfer))
        ordered = sorted(transfers, key=lambda transfer: transfer.number)
        self._times = [0] * len(ordered)
        self.averagings: list[Averaging] = []
        self._beside, self._added = sent_beside(ordered), added_up(run.plan)
        self.parts: dict[int, TwoFunctions] = {}
        self.functions = {
            transfer.number: self._counted(transfer.number, self._function(transfer)) for transfer in ordered
        }
        self.ledger = Ledger(self._entries, self._times, self._added)

    def _counted(self, number: int, send: Callable[..., Any]) -> Callable[..., Any]:
        """The transfer, which counts how often it is called; not of one that travels with the one before."""
        times = self._times
        if number in self._beside:
            return send

        def counted(*values: Any) -> Any:
            times[number] += 1
            return send(*values)

        return counted

    def entries(self, number: int) -> list[Entry]:
        """The entries of a message statement, item by item."""
        return [entry for entry in self._entries if entry.transfer.number == number]

    def payloads(self, number: int) -> list[Payload]:
        """The payloads of a message statement, item by item."""
        return [entry.payload for entry in self.entries(number)]

    def in_pieces(self, number: int) -> Callable[[], Callable[..., Any]]:
        """The transfer of one vector to all that goes in pieces."""
        [payload] = self.payloads(number)
        return self._counted(number, self._run.transport.in_pieces(payload))

    def count_times(self, number: int, times: int) -> None:
        """Count a statement as sent so many times more; not one that travels with the one before."""
        if number not in self._beside:
            self._times[number] += times

    def _function(self, transfer: ir.Transfer) -> Callable[..., Any]:
        if transfer.route is Route.NODE_TO_ALL:
            return self._average(transfer)
        run = self._run
        payloads = [self._payload(transfer, message_item) for message_item in transfer.message_items]
        for payload, message_item in zip(payloads, transfer.message_items, strict=True):
            payload.binds_packet = message_item.packet is not None
        match transfer.route:
            case Route.NODE_TO_NEIGHBORS:
                return self._between(transfer, payloads)
            case Route.SERVER_TO_GROUP:
                items = self._fanned_out(transfer, payloads, run.grouping.sizes)
                return run.transport.to_groups(items, run.grouping)
            case _:
                return self._sent(transfer, payloads)

    def _sent(self, transfer: ir.Transfer, payloads: Sequence[Payload]) -> Callable[..., Any]:
        """The transfer of a message between the server and nodes."""
        receivers = self._run.n if transfer.route is Route.SERVER_TO_ALL else 1
        self._entries.extend(Entry(transfer, payload, receivers) for payload in payloads)
        send = self._summed(transfer, payloads) or self._run.transport.transfer(
            transfer, payloads, self._run.n, self._run.backend
        )
        at_moments = any(message_item.draws is not None for message_item in transfer.message_items)
        if isinstance(send, TwoParts):
            start = _at_moments(send.start, payloads) if at_moments else send.start
            self.parts[transfer.number] = self._counted(transfer.number, start), send.finish
        if at_moments:
            send = _at_moments(send, payloads)
        return self._chosen(transfer, send) if transfer.message_items[0].chooses else send

    def _summed(self, transfer: ir.Transfer, payloads: Sequence[Payload]) -> Callable[..., Any] | None:
        """The transfer of vectors that are added up on their way, where they may be and the transport does it."""
        dense = [payload for payload in payloads if isinstance(payload, DensePayload)]
        plain = len(dense) == len(payloads) and not any(payload.binds_packet for payload in payloads)
        if not plain or transfer.members is not None or transfer.number not in self._added:
            return None
        return self._run.transport.summed(dense, self._run.n, self._run.backend)

    def _fanned_out(
        self, transfer: ir.Transfer, payloads: Sequence[Payload], receivers: HostArray
    ) -> list[FanoutTotals]:
        """Totals of a message that each row sends to its number of `receivers` (rows,), entered in the ledger."""
        items = [FanoutTotals(payload, receivers) for payload in payloads]
        self._entries.extend(Entry(transfer, item.payload, 1, item) for item in items)
        return items

    def _average(self, transfer: ir.Transfer) -> Average:
        """A collective compressor's exchanges: floats up, and their means down."""
        (message_item,) = transfer.message_items
        if message_item.average is None:
            raise InternalError("an average without a compressor")
        bound = self._compressors.collective[message_item.average.compressor]
        name, run, roles = message_item.target.name, self._run, self._roles
        words = self._drawn(bound, message_item.average.site)
        averaging = bound.compressor.averaging(run.backend, run.d, words)
        self.averagings.append(averaging)
        exchanges = [self._exchange(transfer, bound, width) for width in averaging.widths]
        return Average(name, averaging, exchanges, Role.NODE in roles, Role.SERVER in roles, run.backend)

    def _drawn(self, bound: BoundCollective, site: Site) -> HostArray:
        """Words that a collective compressor starts from, the same at every rank."""
        count = bound.compressor.words(self._run.d)
        if not count:
            return np.zeros(0, np.uint64)
        drawn: HostArray = self._stream(site, "none").words(self._run.host, count, -1, (), ONE_ROW)[0]
        return drawn

    def _exchange(self, transfer: ir.Transfer, bound: BoundCollective, width: int) -> Exchange:
        """One exchange of a collective compressor: `width` floats of each node up, and their mean down."""
        run, ends = self._run, []
        for route, receivers in ((Route.NODE_TO_SERVER, 1), (Route.SERVER_TO_ALL, run.n)):
            family, name = route is Route.NODE_TO_SERVER, transfer.message_items[0].target.name
            payload = DensePayload(name, run.backend, family, width, run.float_bits)
            payload.description = f"{width} floats of {bound.description}"
            way = replace(transfer, route=route)
            ends.append(run.transport.transfer(way, [payload], run.n, run.backend))
            self._entries.append(Entry(way, payload, receivers))
        return Exchange(*ends)

    def _chosen(self, transfer: ir.Transfer, send: Callable[..., Any]) -> Callable[..., Nodes]:
        """A transfer of each node's bool that gives the set of nodes where it is true, as far as this process knows."""
        first, last = (0, self._run.n) if Role.SERVER in self._roles else self._run.nodes

        def chosen(*values: Any) -> Nodes:
            sent = send(*values)
            bools = self._run.backend.to_host(sent[-1] if isinstance(sent, tuple) else sent).astype(bool)
            if transfer.members is None:
                return Nodes.distinct(first + np.flatnonzero(bools), self._run.n)
            members: Nodes = values[0]
            return Nodes.distinct(members.restrict(first, last).nodes[bools], self._run.n)

        return chosen

    def _between(self, transfer: ir.Transfer, payloads: Sequence[Payload]) -> Callable[..., Any]:
        """The transfer of a message to neighbours: those of the round that is on, where the graph changes."""
        run, mixing = self._run, self._run.mixing
        if mixing is None:
            raise InternalError("a message to neighbors in a method without a graph")
        items = self._fanned_out(transfer, payloads, self._receivers(mixing.graph))
        if not isinstance(mixing, ChangingMixing):
            return run.transport.exchange(items, mixing.graph)
        now = mixing.by_graph(lambda graph: (self._receivers(graph), run.transport.exchange(items, graph)))

        def send(*values: Any) -> Any:
            receivers, exchange = now()
            for item in items:
                item.receivers = receivers
            return exchange(*values)

        return send

    def _receivers(self, graph: Graph) -> HostArray:
        """The number of those who hear each of this process's nodes."""
        return np.asarray(list(map(graph.degree, range(*self._run.nodes))), dtype=np.int64)

    def _payload(self, transfer: ir.Transfer, message_item: ir.MessageItem) -> Payload:
        run, family = self._run, transfer.route is not Route.SERVER_TO_ALL
        name = message_item.target.name
        if message_item.compressor is not None:
            return self._compressed(message_item, family)
        match message_item.payload.kind:
            case Kind.VECTOR:
                return DensePayload(name, run.backend, family, run.d, run.float_bits)
            case Kind.REAL:
                return RealPayload(name, family, run.backend, run.float_bits)
            case Kind.BOOL:
                return bool_payload(name, family, run.backend)
            case Kind.MASK:
                return mask_payload(name, run.d, family, run.backend)
            case Kind.INT:
                return int_payload(name, *self._range(message_item.draw), family, run.backend)
            case Kind.NODES:
                return self._bag(name, message_item) if message_item.bag else self._set(name)
            case Kind.BATCH | Kind.NUMBERS | Kind.VECTORS | Kind.UNKNOWN:
                raise InternalError(f"`{name}`: a {message_item.payload.kind.value} cannot be sent")

    def _compressed(self, message_item: ir.MessageItem, family: bool) -> Payload:
        name, float_bits = message_item.target.name, self._run.float_bits
        assert message_item.compressor is not None
        bound = self._compressors.of_vectors[message_item.compressor]
        if message_item.draws is not None:
            site, shared = message_item.draws.site, message_item.draws.shared
            stream = self._stream(site, "none" if shared or not family else "node")
            return SeededPayload(name, bound, family, float_bits, stream, shared)
        kind = ChangingPayload if bound.changes else CompressedPayload
        return kind(name, bound, family)

    @property
    def _roles(self) -> ir.Roles:
        """The roles that this process plays."""
        return frozenset(role for view in self._run.transport.layout().views for role in view.roles)

    def _stream(self, site: Site, scope: str) -> Stream:
        """The stream that a compressor at this place draws from."""
        return Stream(self._run.seed, "compressor", site.name, site.ordinal, scope)

    def _range(self, draw: ir.DrawEvent | None) -> tuple[int, int]:
        if draw is None or draw.distribution != "choice":
            return INT_RANGE
        least, most = (self._run.numbers.number(a) for a in draw.arguments)
        return INT_RANGE if least is None or most is None else (int(least), int(most))

    def _set(self, name: str) -> Payload:
        return NodesPayload(name, NodeSetCodec(self._run.n), self._run.n, self._run.backend)

    def _bag(self, name: str, message_item: ir.MessageItem) -> Payload:
        run, size = self._run, self._size(message_item.draw)
        return NodesPayload(name, BagCodec(run.n, LARGEST_BAG if size is None else size), run.n, run.backend)

    def _size(self, draw: ir.DrawEvent | None) -> int | None:
        """The number of nodes that are drawn; None if it is not known, as where the draw may be one of several."""
        size = None if draw is None else self._run.numbers.number(draw.arguments[1])
        return None if size is None else int(size)


def _at_moments(send: Callable[..., Any], payloads: Sequence[Payload]) -> Callable[..., Any]:
    """The transfer with its moment as first argument, on which the draws of receivers depend."""
    seeded = [payload for payload in payloads if isinstance(payload, SeededPayload)]

    def send_at(moment: Moment, *values: Any) -> Any:
        for payload in seeded:
            payload.moment = split(moment)
        return send(*values)

    return send_at
