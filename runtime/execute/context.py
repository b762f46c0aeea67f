"""The context of a run: the values that its parts share, which stay as they are from round to round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cablese.dsl.check.program import Program
from cablese.dsl.check.scalars import Number
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import ByIdentity, record
from cablese.dsl.text.source import Source

from ..arrays.backend import Backend
from ..arrays.numpy_backend import NumpyBackend
from ..chance.groups import Grouping
from ..chance.nodes import Nodes
from ..graphs.mixing import Mixing
from ..problems.base import Problem
from ..transports.base import Transport
from .constants import Constants
from .memory import Memory
from .options import Options
from .own_metrics import OwnMetrics
from .plan_numbers import PlanNumbers
from .resolve import Resolver
from .state_size import lengths_of


@record
class RunContext(ByIdentity):
    """A spec with its plan, the problem, this process's place among ranks, and the numbers known before the first round."""

    source: Source
    program: Program
    plan: ir.Plan
    options: Options
    problem: Problem
    metrics: OwnMetrics
    transport: Transport
    layout: Layout  # roles that the generated program of this process plays
    backend: Backend
    host: NumpyBackend  # makes the draws that are the same in all processes
    memory: Memory
    array_bytes: int  # rough size of this process's arrays
    mixing: Mixing | None  # the weights of a graph, for a method on one
    grouping: Grouping
    constants: Constants
    resolver: Resolver
    numbers: PlanNumbers
    params: Mapping[str, Number]  # by their names in generated programs; schedules are the resolver's

    @property
    def lengths(self) -> Mapping[str, int]:
        """The lengths of histories, by the plan's names of states."""
        return lengths_of(self.plan, self.resolver)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return self.problem.n

    @property
    def d(self) -> int:
        """Length of the model."""
        return self.problem.d

    @property
    def seed(self) -> int:
        """The seed, with which the key of every draw begins."""
        return self.options.seed

    @property
    def float_bits(self) -> int:
        """Bits of a float in messages."""
        return self.resolver.float_bits

    @property
    def nodes(self) -> tuple[int, int]:
        """First and last + 1 of this process's nodes."""
        return self.transport.nodes(self.n)

    @property
    def links(self) -> int:
        """Number of directed edges of the graph, in each round; 0 for a method with a server."""
        graph = self.mixing.graph if self.mixing else None
        return 0 if graph is None else sum(map(graph.degree, range(self.n)))

    def figure(self, operator: str, compressor: str) -> float:
        """A figure such as omega of a compressor whose arguments stay."""
        return self.resolver.figure(operator, compressor)

    def figure_in_rounds(self, operator: str, compressor: str) -> Callable[[int], float]:
        """A figure of a compressor whose arguments change, as a function of the round."""
        return self.resolver.figure_in_rounds(operator, compressor)

    def constant(self, name: str) -> Any:
        """A constant of the problem or the run, as generated programs hold it."""
        return Nodes.everyone(self.n) if name == "everyone" else self.constants.value(name)
