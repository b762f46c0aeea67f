"""Costs and replays in Python: what `cablese cost` and `cablese replay` tell, as numbers, formulas and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.printable import printable

if TYPE_CHECKING:
    import numpy as np
    from cablese.dsl.text.source import Source
    from cablese.runtime.execute.cost import Amount, Cost
    from cablese.runtime.execute.network import Links
    from cablese.runtime.execute.replay import Replayed
    from cablese.runtime.execute.scale import Scale

    Column = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, repr=False)
class MethodCost:
    """The cost of a round of a method, all nodes together; a mean that is not known is a pair of least and most."""

    cost: Cost
    source: Source
    scale: Scale

    @property
    def bits_up(self) -> float | tuple[float, float]:
        """Bits that nodes send in a round."""
        return _number(self.cost.bits(up=True))

    @property
    def bits_down(self) -> float | tuple[float, float]:
        """Bits that nodes receive in a round."""
        return _number(self.cost.bits(up=False))

    @property
    def formulas(self) -> dict[str, str]:
        """Formulas of a round, where known: `bits_up`, `bits_down`; `gradients` of all samples of a node, `single` of one,
        that a node computes; `floats_server`, `floats_node`, `flops_server`, `flops_node`."""
        found = self.cost.formulas
        named = {
            "bits_up": found.up,
            "bits_down": found.down,
            "gradients": found.gradients,
            "single": found.single,
            "floats_server": found.server,
            "floats_node": found.node,
            "flops_server": found.flops_server,
            "flops_node": found.flops_node,
        }
        return {name: str(of) for name, of in named.items() if of is not None}

    @cached_property
    def record(self) -> dict[str, Any]:
        """Everything, as `cablese cost --json` prints it: by message, of a round and of init."""
        from cablese.runtime.report.cost import cost_record

        return cost_record(self.cost)

    def seconds(self, network: str, *, gradient_time: str = "0s") -> dict[str, float | tuple[float, float]]:
        """Seconds of a round by what takes them, and `total`: `network` and `gradient_time` as on the command line."""
        from cablese.runtime.execute.network import read_network, read_time
        from cablese.runtime.execute.round_time import seconds_of

        found = seconds_of(self.cost, read_network(network), read_time(gradient_time))
        parts = {"gradients": found.computing, "latency": found.waiting, "up": found.up, "down": found.down}
        return {name: _number(amount) for name, amount in (parts | {"total": found.total}).items()}

    def rounds_until(self, metric: str, bound: float) -> int:
        """The rounds after which a guarantee of the spec has the metric, as `grad_norm2`, at most at a bound.

        Needs the `constants` that the guarantee reads. Raises SetupError where no guarantee tells it.
        """
        from cablese.runtime.execute.rate import rate_of

        return rate_of(self.source, self.scale, metric, bound).rounds

    def __repr__(self) -> str:
        of = f"{self.cost.algorithm}, n = {self.cost.n}, d = {self.cost.d}"
        bits = f"bits_up = {_text(self.bits_up)}, bits_down = {_text(self.bits_down)}"
        return f"MethodCost({printable(of)}: {bits} a round)"

    def _repr_html_(self) -> str:
        """For notebooks: the tables of the command line."""
        from cablese.runtime.report.cost import cost_report
        from cablese.runtime.report.html import as_html

        return as_html(cost_report([self.cost]))


@dataclass(frozen=True, repr=False)
class ReplayedRun:
    """A finished run under a network."""

    replayed: Replayed
    links: Links

    @property
    def seconds(self) -> Column:
        """Predicted seconds until each point of the trace."""
        import numpy as np

        return np.array([spent.total for spent in self.replayed.spent])

    @property
    def parts(self) -> Mapping[str, float]:
        """Seconds of the whole run by what takes them, and `total`."""
        spent = self.replayed.total
        return {
            "gradients": spent.computing,
            "latency": spent.waiting,
            "up": spent.up,
            "down": spent.down,
            "total": spent.total,
        }

    def until(self, metric: str, bound: float) -> float | None:
        """Seconds until a metric is at most a bound; None where the run does not get there."""
        found = self.replayed.reached(metric, bound)
        return None if found is None else found[1].total

    def __repr__(self) -> str:
        header = self.replayed.recording.header
        name = header.algorithm if header is not None else ""
        parts = ", ".join(f"{part} = {seconds:.4g}" for part, seconds in self.parts.items())
        return f"ReplayedRun({printable(name)}: {parts})"

    def _repr_html_(self) -> str:
        """For notebooks: the table of the command line."""
        from cablese.runtime.report.html import as_html
        from cablese.runtime.report.labels import labelled
        from cablese.runtime.report.replay import replay_report

        return as_html(replay_report(labelled([self.replayed.recording]), [self.replayed], self.links))


def _number(amount: Amount) -> float | tuple[float, float]:
    return amount.least if amount.known else (amount.least, amount.most)


def _text(number: float | tuple[float, float]) -> str:
    return f"{number:.6g}" if isinstance(number, float | int) else f"{number[0]:.6g} to {number[1]:.6g}"
