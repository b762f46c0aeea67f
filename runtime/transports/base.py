"""The transport protocol: layout of roles and nodes, transfers, and a side channel that is not counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Transfer

from ..arrays.backend import Backend
from ..chance.groups import Grouping
from ..graphs.graph import Graph
from .mpi_calls import MpiCalls

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from .dense_payload import DensePayload
    from .fanout_totals import FanoutTotals
    from .payloads import Payload


@runtime_checkable
class TwoParts(Protocol):
    """The transfer of an uplink in a process that is both ends of it, which programs may call in two parts as well."""

    def start(self, *values: Any) -> Any:
        """Send, with the arguments of the whole transfer; the values that nodes bind."""

    def finish(self) -> Any:
        """Receive what was started; the values that the server binds."""


class InPieces(ABC):
    """A message of one vector to all that is under way, and is computed or read by pieces. Called, it moves the whole."""

    in_order = False  # True where `arrive` and `leave` must be called, for pieces in their order

    @abstractmethod
    def __call__(self, *values: Any) -> Any:
        """As `Transport.transfer` has it."""

    @abstractmethod
    def of_columns(self, columns: slice) -> Callable[..., Any]:
        """The function that is given some columns, where this process sends, and gives them as they are bound."""

    def arrive(self, columns: slice) -> None:
        """Wait until these columns, and all before them, may be read."""
        return

    def leave(self, columns: slice) -> None:
        """Send these columns, and all before them."""
        return


class Transport(Protocol):
    """One rank's side of a transport: it moves messages between roles, which are counted, and arrays for the run itself,
    which are not (the side channel). `n` is the number of all nodes."""

    rank: int
    ranks: int
    world: Any  # the MPI communicator that outlives runs; None for a process alone

    @property
    def calls(self) -> MpiCalls | None:
        """Addresses and handles by which compiled code calls MPI; None where there is no MPI."""

    def layout(self) -> Layout:
        """The roles that this process plays."""

    def layout_of_peers(self) -> Layout:
        """The views of this process in a method on a graph: its nodes, and copies of their neighbours on other ranks."""

    def nodes(self, n: int) -> tuple[int, int]:
        """The nodes of this process, as first and last + 1."""

    def blocks(self, n: int) -> list[tuple[int, int]]:
        """The same of every rank."""

    def transfer(
        self, transfer: Transfer, payloads: Sequence[Payload], n: int, backend: Backend
    ) -> Callable[..., Any]:
        """The function that a generated program calls to send and receive one message statement.

        It takes the members (if the statement has any), then, where this process sends, the value of each message
        item; it returns the values of the items' targets, view by view.
        """

    def in_pieces(self, payload: Payload) -> Callable[[], Callable[..., Any]]:
        """`transfer` of one dense vector from the server to all: called, it starts the message, an `InPieces` of a long
        vector."""

    def summed(self, payloads: Sequence[DensePayload], n: int, backend: Backend) -> Callable[..., Any] | None:
        """`transfer` of an uplink of all nodes, of which the server reads sums alone: it binds `Summed` values; None where
        this transport adds nothing up on the way."""

    def exchange(self, items: Sequence[FanoutTotals], graph: Graph) -> Callable[..., Any]:
        """The function that a generated program calls for one message of nodes to their neighbours.

        It takes the family of each message item at the process's nodes; it returns the targets' values, view by view.
        `items` has the totals of each message item, to which it adds.
        """

    def to_groups(self, items: Sequence[FanoutTotals], grouping: Grouping) -> Callable[..., Any]:
        """The function that a generated program calls for one message of the server to the groups.

        It takes, at the server, the values of each message item for all groups; it returns the targets' values, view
        by view: nodes have those of the groups that they belong to. `items` has the totals of each message item.
        """

    def collect(self, rows: HostArray, n: int) -> HostArray | None:
        """Side channel: the rows of all n nodes in order at rank 0, from those of each rank's; None elsewhere."""

    def sum_rows(self, rows: HostArray, n: int) -> HostArray | None:
        """Side channel: the sum (d,) in double precision of the rows (nodes, d) of all n nodes, one by one in order, at rank
        0; None elsewhere. No process holds the rows of others."""

    def share(self, value: HostArray | None) -> HostArray:
        """Side channel: rank 0's array at every rank."""

    def add_up(self, totals: HostArray) -> HostArray | None:
        """Side channel: the sum of int64 totals over ranks at rank 0, None elsewhere."""

    def agree(self, values: HostArray) -> HostArray:
        """Side channel: the elementwise maximum over ranks of int64 values, at every rank, so that all go on alike."""

    def watched(self, patience: float, where: Callable[[], str]) -> AbstractContextManager[None]:
        """A context around a run that ends the job where another rank was killed, or stopped by a signal for `patience`
        seconds; `where` describes this process's position for the message."""

    def settle_failure(self, failure: BaseException | None) -> None:
        """Settle a failed run with the other ranks: return if it failed on all alike, raise FailedAlone if some wait."""
