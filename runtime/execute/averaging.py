"""`node -> all: u = P(e)`: a collective compressor's exchanges as messages to the server and back to all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..arrays.finite import check_finite
from ..compressors.collective import Averaging


@record
class Exchange:
    """One exchange: rows of all nodes go to the server, and their mean comes back to everyone."""

    up: Callable[..., Any]
    down: Callable[..., Any]

    def __call__(self, rows: Array | None, at_server: bool, mean: Callable[[Array], Array]) -> Array:
        """`rows` of this process's nodes, None where it has none -> the mean as everyone has it."""
        sent = self.up() if rows is None else self.up(rows)
        if not at_server:
            return self.down()
        # with a view for each role the transfer gives two values: the nodes' as sent, then the server's as received
        return self.down(mean(sent[-1] if isinstance(sent, tuple) else sent))


@record
class Average:
    """One averaging statement, as generated programs call it: with the rows of this process's nodes, if it has any."""

    name: str
    averaging: Averaging
    exchanges: Sequence[Exchange]
    has_nodes: bool
    at_server: bool
    backend: Backend

    def __call__(self, *values: Array) -> Array:
        """The decoded mean (d,)."""
        steps = self.averaging.average(values[0] if self.has_nodes else None)
        rows = next(steps)
        for exchange in self.exchanges:
            mean = exchange(rows, self.at_server, self._mean)
            try:
                rows = steps.send(mean)
            except StopIteration as end:
                result: Array = end.value
                check_finite(self.backend, result, f"`{self.name}`", False)
                return result
        raise AssertionError("a collective compressor that asks for more exchanges than it said")

    def _mean(self, rows: Array) -> Array:
        """The mean of rows, added one by one in the order of the nodes."""
        return self.backend.sum_rows(rows) / rows.shape[0]
