"""What the runtime asks of a transport: where roles and nodes sit, transfers, and a side channel that is not counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Transfer

from ..arrays.backend import Backend
from ..chance.groups import Grouping
from ..graphs.graph import Graph
from .fanout_totals import Copies
from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class Transport(Protocol):
    """One process's place among the ranks."""

    rank: int
    ranks: int
    world: Any  # the communicator that ranks meet in beside a run; None of a process alone

    def layout(self) -> Layout:
        """Which roles this process plays."""

    def layout_of_peers(self) -> Layout:
        """Which nodes this process plays, and what copies it holds, of a method on a graph."""

    def nodes(self, n: int) -> tuple[int, int]:
        """First and last + 1 of the nodes that this process holds."""

    def transfer(
        self, transfer: Transfer, payloads: Sequence[Payload], n: int, backend: Backend
    ) -> Callable[..., Any]:
        """The function that a generated program calls to send and receive one message statement.

        It takes the members (if the statement has any), then, where this process sends, what each item holds; it
        returns what each target is bound to, view by view.
        """

    def exchange(self, items: Sequence[Copies], graph: Graph) -> Callable[..., Any]:
        """The function that a generated program calls for one message of nodes to their neighbours.

        It takes what each item is at the process's nodes, and returns what its target is bound to, view by view.
        """

    def to_groups(self, items: Sequence[Copies], grouping: Grouping) -> Callable[..., Any]:
        """The function that a generated program calls for one message of the server to the groups.

        It takes, at the server, what each item is for every group, and returns what its target is bound to, view by
        view: nodes have those of the groups that they belong to.
        """

    def collect(self, rows: HostArray, n: int) -> HostArray | None:
        """Side channel: rows of all nodes in order at rank 0, None elsewhere."""

    def share(self, value: HostArray | None) -> HostArray:
        """Side channel: rank 0's array at every rank."""

    def add_up(self, totals: HostArray) -> HostArray | None:
        """Side channel: the sum of int64 totals over ranks at rank 0, None elsewhere."""

    def agree(self, values: HostArray) -> HostArray:
        """Side channel: of each int64 value the greatest that any rank has, at every rank."""

    def watched(self, patience: float, where: Callable[[], str]) -> AbstractContextManager[None]:
        """For the time of a run: end it where another rank was killed, or was stopped for `patience` seconds. `where`
        tells what this process does."""

    def give_up(self, failure: BaseException | None) -> None:
        """After what failed here in a run: return where every rank's run fails; raise FailedAlone where others wait."""
