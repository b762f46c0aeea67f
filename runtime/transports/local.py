"""The in-process transport: messages are packed, counted and unpacked on the spot; bytes are written only for checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Transfer

from ..arrays.backend import Backend
from ..arrays.generic import ordered_sum
from ..chance.groups import Grouping
from ..graphs.graph import Graph
from .base import InPieces
from .dense_payload import DensePayload
from .fanout_totals import FanoutTotals
from .payloads import Payload, one_or_all
from .wirecheck import WireCheck

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class LocalTransport:
    """One process that plays all roles."""

    rank = 0
    ranks = 1
    world = None
    calls = None

    def __init__(self, check: WireCheck) -> None:
        self.check, self._chosen = check.check, check.chosen

    def layout(self) -> Layout:
        """Server and nodes together."""
        return Layout.TOGETHER

    def layout_of_peers(self) -> Layout:
        """All nodes in one view: neighbours read the sender's own row."""
        return Layout.TOGETHER

    def nodes(self, n: int) -> tuple[int, int]:
        """All nodes."""
        return 0, n

    def blocks(self, n: int) -> list[tuple[int, int]]:
        """All nodes."""
        return [(0, n)]

    def transfer(
        self, transfer: Transfer, payloads: Sequence[Payload], n: int, backend: Backend
    ) -> Callable[..., Any]:
        """See `Transport.transfer`; members need no bookkeeping here."""
        first = 0 if transfer.members is None else 1
        if transfer.tells is not None or any(payload.binds_packet for payload in payloads):
            return lambda *values: one_or_all(self._deliver(transfer, payloads, values))
        passes = [self._pass(payload) for payload in payloads]
        if len(passes) > 1:

            def send_several(*values: Any) -> list[Any]:
                return [send(value) for send, value in zip(passes, values[first:], strict=True)]

            return send_several
        send = passes[0]
        if first:
            return lambda members, value: send(value)
        return send

    def summed(self, payloads: Sequence[DensePayload], n: int, backend: Backend) -> Callable[..., Any] | None:
        """See `Transport.summed`: all rows are here already."""
        return None

    def in_pieces(self, payload: Payload) -> Callable[[], InPieces]:
        """See `Transport.in_pieces`."""

        def begin() -> InPieces:
            payload.count_calls(1, 1)
            return _Here(payload, self._chosen(payload, 1))

        return begin

    def exchange(self, items: Sequence[FanoutTotals], graph: Graph) -> Callable[..., Any]:
        """See `Transport.exchange`."""

        def send(*values: Any) -> Any:
            return one_or_all([self._send(item, value) for item, value in zip(items, values, strict=True)])

        return send

    def to_groups(self, items: Sequence[FanoutTotals], grouping: Grouping) -> Callable[..., Any]:
        """See `Transport.to_groups`."""

        def send(*values: Any) -> Any:
            out: list[Any] = []
            for item, value in zip(items, values, strict=True):
                packed = self._packed(item.payload, value)
                item.count(packed)
                out += item.payload.deliver(packed)
            return one_or_all(out)

        return send

    def _send(self, item: FanoutTotals, value: Any) -> Any:
        packed = self._packed(item.payload, value)
        item.count(packed)
        return item.payload.unpack(packed)

    def _deliver(self, transfer: Transfer, payloads: Sequence[Payload], values: tuple[Any, ...]) -> list[Any]:
        """The values that all views bind: the members where the message tells them, then each item's, with kept packets."""
        first = 0 if transfer.members is None else 1
        out = list(values[:first]) if transfer.tells is not None else []
        for payload, value in zip(payloads, values[first:], strict=True):
            out += payload.deliver(self._packed(payload, value))
        return out

    def _pass(self, payload: Payload) -> Callable[[Any], Any]:
        """The function that does `_packed` and unpacks, with methods looked up beforehand: most messages need no more."""
        pack, count, check, unpack = payload.pack, payload.count, self.check, payload.unpack

        def send(value: Any) -> Any:
            packed = pack(value)
            rows = count(packed)
            if payload.calls >= payload.due:
                check(payload, packed, rows)
            return unpack(packed)

        return send

    def _packed(self, payload: Payload, value: Any) -> Any:
        """The value as packed for the wire, counted and checked."""
        packed = payload.pack(value)
        rows = payload.count(packed)
        self.check(payload, packed, rows)
        return packed

    def collect(self, rows: HostArray, n: int) -> HostArray | None:
        """All rows: they are here already."""
        return rows

    def sum_rows(self, rows: HostArray, n: int) -> HostArray | None:
        """See `Transport.sum_rows`."""
        total: HostArray = ordered_sum(np, rows.astype(np.float64))
        return total

    def share(self, value: HostArray | None) -> HostArray:
        """The value itself."""
        assert value is not None
        return value

    def add_up(self, totals: HostArray) -> HostArray | None:
        """The totals themselves."""
        return totals

    def agree(self, values: HostArray) -> HostArray:
        """The values themselves."""
        return values

    def watched(self, patience: float, where: Callable[[], str]) -> AbstractContextManager[None]:
        """An empty context: there is no other rank."""
        return nullcontext()

    def settle_failure(self, failure: BaseException | None) -> None:
        """Return: no other rank waits."""


class _Here(InPieces):
    """A message that goes nowhere, of which `chosen` rows are verified."""

    def __init__(self, payload: Payload, chosen: slice | None) -> None:
        self.payload, self.chosen = payload, chosen

    def __call__(self, *values: Any) -> Any:
        """As `InPieces` has it."""
        (value,) = values
        packed = self.payload.pack(value)
        if self.chosen is not None:
            self.payload.verify(self.payload.select(packed, self.chosen))
        return self.payload.unpack(packed)

    def of_columns(self, columns: slice) -> Callable[..., Any]:
        """A piece is packed as a vector is."""
        return self
