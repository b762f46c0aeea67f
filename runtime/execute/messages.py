"""Message statements of a plan -> payloads, transfer functions and ledger entries of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Route, Site
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.instructions import Role
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.diagnostics import InternalError

from ..arrays.backend import Backend
from ..arrays.numpy_backend import NumpyBackend
from ..chance.groups import Grouping
from ..chance.nodes import Nodes
from ..chance.streams import ONE_ROW, Stream
from ..codecs.plain import BagCodec, NodeSetCodec
from ..compressors.bound import BoundCollective, BoundCompressor
from ..graphs.graph import Graph
from ..transports.base import Transport
from ..transports.fanout_totals import FanoutTotals
from ..transports.payloads import ChangingPayload, CompressedPayload, DensePayload, Payload, SeededPayload
from ..transports.plain import NodesPayload, RealPayload, bool_payload, int_payload, mask_payload
from .averaging import Average, Exchange
from .draw_sites import Moment, split
from .ledger import Entry, Ledger

INT_RANGE = (-(2**31), 2**31 - 1)
"""What an int of unknown range is sent as."""

LARGEST_BAG = 2**32 - 1
"""What a bag may hold whose size is not known beforehand: its message tells the size in 32 bits."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Makes payloads; `number` evaluates a pure expression that is known before the run, None if it is not."""

    backend: Backend
    transport: Transport
    compressors: Mapping[str, BoundCompressor]
    number: Callable[[ir.Pure], Any]
    n: int
    d: int
    float_bits: int
    seed: int
    host: NumpyBackend
    collectives: Mapping[str, BoundCollective]
    graph: Graph | None = None
    grouping: Grouping | None = None

    def connect(self, plan: ir.Plan) -> tuple[dict[int, Callable[..., Any]], Ledger]:
        """The function of each message statement, and the ledger over all their items."""
        functions: dict[int, Callable[..., Any]] = {}
        entries: list[Entry] = []
        transfers = (part for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Transfer))
        for transfer in sorted(transfers, key=lambda t: t.number):
            if transfer.route is Route.NODE_TO_ALL:
                functions[transfer.number] = self._average(transfer, entries)
                continue
            payloads = [self._payload(transfer, message_item) for message_item in transfer.message_items]
            for payload, message_item in zip(payloads, transfer.message_items, strict=True):
                payload.keeps = message_item.packet is not None
            if transfer.route is Route.NODE_TO_NEIGHBORS:
                items = self._copies(payloads)
                functions[transfer.number] = self.transport.exchange(items, self._network)
                entries.extend(Entry(transfer, item.payload, 1, item) for item in items)
                continue
            if transfer.route is Route.SERVER_TO_GROUP:
                items = [FanoutTotals(payload, self._groups.sizes) for payload in payloads]
                functions[transfer.number] = self.transport.to_groups(items, self._groups)
                entries.extend(Entry(transfer, item.payload, 1, item) for item in items)
                continue
            send = self.transport.transfer(transfer, payloads, self.n, self.backend)
            if any(message_item.draws is not None for message_item in transfer.message_items):
                send = _at_moments(send, payloads)
            chooses = transfer.message_items[0].chooses
            functions[transfer.number] = self._chosen(transfer, send) if chooses else send
            receivers = self.n if transfer.route is Route.SERVER_TO_ALL else 1
            entries.extend(Entry(transfer, payload, receivers) for payload in payloads)
        return functions, Ledger(entries)

    def _average(self, transfer: ir.Transfer, entries: list[Entry]) -> Average:
        """A collective compressor's exchanges: floats up, and their means down."""
        (message_item,) = transfer.message_items
        if message_item.average is None:
            raise InternalError("an average without a compressor")
        bound, site, name = (
            self.collectives[message_item.average.compressor],
            message_item.average.site,
            message_item.target.name,
        )
        stream = self._stream(site, "none")
        count = bound.compressor.words(self.d)
        words = stream.words(self.host, count, -1, (), ONE_ROW)[0] if count else np.zeros(0, np.uint64)
        averaging = bound.compressor.averaging(self.backend, self.d, words)
        exchanges = []
        for width in averaging.widths:
            ends = []
            for route, receivers in ((Route.NODE_TO_SERVER, 1), (Route.SERVER_TO_ALL, self.n)):
                family = route is Route.NODE_TO_SERVER
                payload = DensePayload(name, self.backend, family, width, self.float_bits)
                payload.description = f"{width} floats of {bound.description}"
                way = replace(transfer, route=route)
                ends.append(self.transport.transfer(way, [payload], self.n, self.backend))
                entries.append(Entry(way, payload, receivers))
            exchanges.append(Exchange(*ends))
        roles = self._roles
        return Average(name, averaging, exchanges, Role.NODE in roles, Role.SERVER in roles, self.backend)

    def _chosen(self, transfer: ir.Transfer, send: Callable[..., Any]) -> Callable[..., Nodes]:
        """Each node's bool, as this process has it at the end, -> the set of those who hold: at the server whole."""
        first, last = (0, self.n) if Role.SERVER in self._roles else self.transport.nodes(self.n)

        def chosen(*values: Any) -> Nodes:
            told = send(*values)
            bools = self.backend.to_host(told[-1] if isinstance(told, tuple) else told).astype(bool)
            if transfer.members is None:
                return Nodes.distinct(first + np.flatnonzero(bools), self.n)
            members: Nodes = values[0]
            return Nodes.distinct(members.restrict(first, last).nodes[bools], self.n)

        return chosen

    @property
    def _groups(self) -> Grouping:
        if self.grouping is None:
            raise InternalError("a message to groups without groups")
        return self.grouping

    @property
    def _network(self) -> Graph:
        if self.graph is None:
            raise InternalError("a message to neighbors in a method without a graph")
        return self.graph

    def _copies(self, payloads: list[Payload]) -> list[FanoutTotals]:
        """To how many neighbours the messages of this process's nodes go."""
        first, last = self.transport.nodes(self.n)
        degrees = np.asarray([self._network.degree(node) for node in range(first, last)], dtype=np.int64)
        return [FanoutTotals(payload, degrees) for payload in payloads]

    def _payload(self, transfer: ir.Transfer, message_item: ir.MessageItem) -> Payload:
        family = transfer.route is not Route.SERVER_TO_ALL
        name = message_item.target.name
        if message_item.compressor is not None:
            bound = self.compressors[message_item.compressor]
            if message_item.draws is not None:
                site, shared = message_item.draws.site, message_item.draws.shared
                stream = self._stream(site, "none" if shared or not family else "node")
                return SeededPayload(name, bound, family, self.float_bits, stream, shared)
            kind = ChangingPayload if bound.changes else CompressedPayload
            return kind(name, bound, family, self.float_bits)
        match message_item.payload.kind:
            case Kind.VECTOR:
                return DensePayload(name, self.backend, family, self.d, self.float_bits)
            case Kind.REAL:
                return RealPayload(name, family, self.backend, self.float_bits)
            case Kind.BOOL:
                return bool_payload(name, family, self.backend)
            case Kind.MASK:
                return mask_payload(name, self.d, family, self.backend)
            case Kind.INT:
                return int_payload(name, *self._range(message_item.draw), family, self.backend)
            case Kind.NODES:
                return self._nodes(name, message_item)
            case Kind.BATCH | Kind.UNKNOWN:
                raise InternalError(f"`{name}`: a {message_item.payload.kind.value} cannot be sent")

    @property
    def _roles(self) -> ir.Roles:
        """Those that this process plays."""
        return frozenset(role for view in self.transport.layout().views for role in view.roles)

    def _stream(self, site: Site, scope: str) -> Stream:
        """That a compressor at this place draws from."""
        return Stream(self.seed, "compressor", site.name, site.ordinal, scope)

    def _range(self, draw: ir.DrawEvent | None) -> tuple[int, int]:
        if draw is None or draw.distribution != "choice":
            return INT_RANGE
        least, most = (self.number(a) for a in draw.arguments)
        return INT_RANGE if least is None or most is None else (int(least), int(most))

    def _nodes(self, name: str, message_item: ir.MessageItem) -> Payload:
        draw = message_item.draw  # None where it may be one of several
        if not message_item.bag:
            drawn = None if draw is None or draw.distribution != "subset" else self.number(draw.arguments[1])
            expected = 1.0 + self.n if drawn is None else NodeSetCodec(self.n).bits(np.arange(int(drawn)))
            return NodesPayload(name, NodeSetCodec(self.n), self.n, self.backend, expected)
        size = None if draw is None else self.number(draw.arguments[1])
        codec = BagCodec(self.n, LARGEST_BAG if size is None else int(size))
        expected = codec.bits(range(self.n if size is None else int(size)))  # type: ignore[arg-type]
        return NodesPayload(name, codec, self.n, self.backend, expected)


def _at_moments(send: Callable[..., Any], payloads: Sequence[Payload]) -> Callable[..., Any]:
    """The transfer, told first when it happens: what receivers draw depends on it."""
    seeded = [payload for payload in payloads if isinstance(payload, SeededPayload)]

    def send_at(moment: Moment, *values: Any) -> Any:
        for payload in seeded:
            payload.moment = split(moment)
        return send(*values)

    return send_at
