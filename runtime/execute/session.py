"""From a spec and options to a run that is ready to start: compile, deal, resolve, wire up."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.operators import FIGURES
from cablese.dsl.check.program import ProblemKind, Program
from cablese.dsl.check.scalars import Number, computed
from cablese.dsl.check.uses import has_groups
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, plan_program, python_of
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.source import Source
from threadpoolctl import threadpool_limits

from ..arrays.backend import Backend
from ..arrays.numpy_backend import NumpyBackend
from ..arrays.select import backend as select_backend
from ..chance.groups import Grouping
from ..chance.nodes import Nodes
from ..compressors.bound import BoundCollective, BoundCompressor, ChangingCompressor, FixedCompressor
from ..compressors.collective import Collective
from ..graphs.errors import no_server, not_on_graph
from ..graphs.make import DEFAULT, make_graph
from ..graphs.mixing import Mixing
from ..problems.base import Problem
from ..problems.registry import DEFAULTS
from ..registry import plugins
from ..transports.base import Transport
from ..transports.connect import ALONE, connect
from . import setup_errors as errors
from .agree import in_step
from .conditions import Conditions
from .constants import Constants
from .counts import check_counts
from .describe import header_of
from .expected import at_both_ends, expected_messages
from .interface import Header, MessageRow, Summary, Watcher
from .loop import Loop, Schedule
from .machine import Machine
from .memory import memory_of
from .messages import Wiring
from .metrics import Meter, Thinning
from .options import Options
from .oracles import CountedOracle
from .problems import Problems
from .resolve import Resolver
from .stopping import Cause, Requests
from .views import Groups, Nearby, View

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

FLOAT_BITS = {"float16": 16, "float32": 32, "float64": 64}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run returns: at rank 0 the summary and the output point (d,), at every rank why it ended early."""

    summary: Summary | None
    output: HostArray | None
    cause: Cause = Cause.NONE


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that is ready to start; everything is resolved and checked."""

    header: Header
    messages: tuple[MessageRow, ...]
    memory_bytes: int
    schedules: dict[str, tuple[Number, Number]]  # params in the first and the last round
    program: Program
    python: str  # the generated program of this process
    transport: Transport
    loop: Loop
    patience: float  # seconds that another rank may be stopped

    @property
    def rank(self) -> int:
        """This process's rank."""
        return self.transport.rank

    @property
    def ranks(self) -> int:
        """How many processes run."""
        return self.transport.ranks

    def run(self, watcher: Watcher, requests: Requests | None = None) -> Outcome:
        """Run to the end, or until that is asked for, once; raises RunFailed. The watcher hears of it at rank 0 only.

        Of several ranks, one that fails alone raises FailedAlone: others wait for a message that never comes.
        """
        finished = False
        try:
            watched = self.transport.watched(self.patience, self.loop.position(threading.get_ident()))
            with watched, threadpool_limits(1), np.errstate(all="ignore"):
                summary, output, cause = self.loop.run(self.header, watcher, requests or Requests())
            finished = True
        finally:
            if not finished:
                self.transport.settle_failure(sys.exc_info()[1])
        return Outcome(summary, output, cause)


def prepare(source: Source, options: Options, problems: Problems | None = None) -> Prepared:
    """Everything before the first round; raises SpecError or SetupError. Runs of a comparison share their `problems`."""
    transport = connect(
        options.server_rank, options.wire_check == "all", ALONE if options.alone else os.environ
    )
    with in_step(transport.world), threadpool_limits(1), np.errstate(all="ignore"):
        return _Preparation(source, options, problems or Problems(), transport).prepared()


class _Preparation:
    """The parts of a run, each made from those before it."""

    def __init__(self, source: Source, options: Options, problems: Problems, transport: Transport) -> None:
        self.source, self.options, self.problems = source, options, problems
        self.transport = transport
        registry = plugins()
        self.program = compile_spec(source, registry, options.settings)
        self._check_roles()
        self.plan = plan_program(self.program, registry)
        self.backend: Backend = select_backend(options.device, options.dtype, options.wire)
        self.float_bits = FLOAT_BITS[options.wire]
        self.memory = memory_of(options.max_memory)
        self.memory.need_points(options.rounds, options.interval)
        self.problem = self._deal()
        self.mixing = self._mixing()
        self.layout = self.transport.layout_of_peers() if self.mixing else self.transport.layout()
        arrays = f"{self.problem.written} with d = {self.problem.d} on {self.problem.n} nodes"
        self.memory.need(arrays, self._memory(), errors.FEWER)
        self.host = NumpyBackend("float64", "float64")  # of draws that all make alike
        self.constants = Constants(self.problem, options.rounds, self.backend, self.mixing)
        self.resolver = Resolver(
            self.program,
            self.constants.number,
            self.problem.d,
            self.float_bits,
            tuple(shape for _, shape in self.problem.blocks),
        )
        self.params = self.resolver.params()
        self.conditions = Conditions(self.resolver, options.rounds)
        self.by_slot = self._by_slot()
        self.collectives = self._collectives()
        self.compressors = self._compressors()
        self.grouping = self._grouping()
        self.views = self._views()

    def prepared(self) -> Prepared:
        """The run."""
        options, problem, transport = self.options, self.problem, self.transport
        oracle = self._oracle()
        wiring = Wiring(
            self.backend,
            transport,
            self.compressors,
            self._number,
            problem.n,
            problem.d,
            self.float_bits,
            options.seed,
            self.host,
            self.collectives,
            self.mixing.graph if self.mixing else None,
            self.grouping,
        )
        check_counts(self.plan, self._number, self.memory, problem)
        transfers, ledger = wiring.connect(self.plan)
        solution = problem.solution() if options.metrics and transport.rank == 0 else None
        meter = Meter(problem, oracle.oracle, self.backend, transport, solution)
        python = python_of(self.plan, self.layout)
        loop = Loop(
            self.source,
            self.plan,
            self.program.output,
            python,
            self._machine(oracle, transfers),
            oracle,
            ledger,
            meter,
            transport,
            Schedule(options.rounds, Thinning(options.interval, options.periods), options.max_seconds or inf),
            self.conditions,
        )
        header = header_of(
            self.program,
            self.source,
            options,
            problem,
            {bound.name: bound.description for bound in self.compressors.values()}
            | {bound.name: bound.description for bound in self.collectives.values()},
            self.params,
            self.constants,
            transport.ranks,
            self.mixing.graph.name if self.mixing else "",
            self.grouping.count if has_groups(self.program) else 0,
        )
        schedules = self.resolver.schedules()
        expected = expected_messages(self.plan, self._number, schedules, options.rounds)
        links = sum(map(self.mixing.graph.degree, range(problem.n))) if self.mixing else 0
        rows = ledger.rows(problem.n, links, expected)
        return Prepared(
            header,
            rows,
            self._memory(),
            at_both_ends(schedules, options.rounds),
            self.program,
            python,
            transport,
            loop,
            options.patience,
        )

    def _check_roles(self) -> None:
        """The server, graph and groups that the command line speaks of are the method's: known before data is read."""
        options, name = self.options, self.program.name
        if options.graph is not None and not self.program.on_graph:
            raise not_on_graph(name)
        if options.server_rank == "dedicated" and self.program.on_graph:
            raise no_server(name)
        if options.groups is not None and not has_groups(self.program):
            raise errors.no_groups(name)
        if options.groups is not None and options.groups > options.nodes:
            raise errors.more_groups_than_nodes(options.groups, options.nodes)

    def _deal(self) -> Problem:
        kind = "minimize" if self.program.problem is ProblemKind.MINIMIZE else "vi"
        self.memory.need_problem(self.options.problem or DEFAULTS[kind], self.options.nodes)
        problem = self.problems.dealt(self.options.problem or DEFAULTS[kind], self.options)
        if problem.kind != kind:
            raise errors.wrong_kind(self.program.name, kind, problem.written, problem.kind)
        return problem

    def _mixing(self) -> Mixing | None:
        """The weights of the run's graph, for methods on a graph."""
        options = self.options
        if not self.program.on_graph:
            return None
        self.memory.need_graph(options.graph or DEFAULT, self.problem.n)
        return Mixing(make_graph(options.graph or DEFAULT, self.problem.n, options.seed))

    def _by_slot(self) -> dict[str, Number]:
        """Params by the name that the generated program gives them."""
        fixed = [q.symbol.name for q in self.program.params if not q.schedule]
        return {slot: self.params[name] for slot, name in zip(self.plan.params, fixed, strict=True)}

    def _collectives(self) -> dict[str, BoundCollective]:
        """Those that average while they compress."""
        bound = {}
        for declared in self.program.compressors:
            name = declared.symbol.name
            if declared.contract is Contract.COLLECTIVE:
                compressor = self.resolver.compressor(name)
                assert isinstance(compressor, Collective)
                binding = str(self.resolver.bindings[name])
                self._need_collective(f"compressor {name} = {binding}", compressor)
                bound[name] = BoundCollective(name, binding, compressor)
        return bound

    def _need_collective(self, what: str, compressor: Collective) -> None:
        """Raise SetupError for arguments that do not fit d, or draws and exchanges that do not fit in memory."""
        d, (first, last) = self.problem.d, self.transport.nodes(self.problem.n)
        sent = sum(compressor.widths(d)) * (last - first + 1)
        self.memory.need(what, 8 * (compressor.words(d) + sent), "take smaller arguments for it")

    def _compressors(self) -> dict[str, BoundCompressor]:
        """Those that the plan calls, and those that nobody does."""
        rebound = {
            part.target: part for part in INSTRUCTIONS.walk(self.plan.round) if isinstance(part, ir.Rebind)
        }
        rebound |= {
            part.target: part for part in INSTRUCTIONS.walk(self.plan.init) if isinstance(part, ir.Rebind)
        }
        given = {part.compressor for part in rebound.values()}
        names = {c.symbol.name for c in self.program.compressors} - self.collectives.keys()
        bound: dict[str, BoundCompressor] = {}
        for name in names - given | self._applied() & names - rebound.keys():
            compressor, binding = self.resolver.compressor(name), self.resolver.bindings[name]
            bound[name] = FixedCompressor(name, binding, compressor, self.backend, self.problem.d)
        for target, rebind in rebound.items():
            choose, text = (
                self.resolver.in_rounds(rebind.compressor),
                self.resolver.written(rebind.compressor),
            )
            bound[target] = ChangingCompressor(rebind.compressor, text, choose, self.backend, self.problem.d)
        return bound

    def _applied(self) -> set[str]:
        """The compressors that the plan's instructions call."""
        return {part.compressor for part in INSTRUCTIONS.walk(self.plan) if isinstance(part, ir.Compress)}

    def _views(self) -> dict[str, View]:
        n = self.problem.n
        first, last = self.transport.nodes(n)
        rows = {"here": (0, n), "server": (0, n), "nodes": (first, last)}
        views: dict[str, View] = {
            view.variable: View(self.backend, *rows[view.variable], self.constants.per_node)
            for view in self.layout.views
            if view.variable in rows
        }
        spans = {
            "groups_here": (0, self.grouping.count),
            "groups_of_server": (0, self.grouping.count),
            "groups_of_nodes": self.grouping.span(first, last),
        }
        for view in [view for view in self.layout.views if view.variable in rows]:
            views[view.variable].grouping = self.grouping
            groups = view.groups.variable
            views[groups] = Groups(self.backend, *spans[groups], self.grouping)
        if self.mixing is not None and self.layout is Layout.PEERS:
            nearby = self.mixing.graph.around(first, last)
            views["nearby"] = Nearby(self.backend, nearby, self.constants.per_node)
        return views

    def _grouping(self) -> Grouping:
        """The groups that the nodes are dealt to."""
        return Grouping.dealt(self.problem.n, self.options.groups or 1)

    def _oracle(self) -> CountedOracle:
        first, last = self.transport.nodes(self.problem.n)
        view = View(self.backend, first, last, self.constants.per_node)
        return CountedOracle(
            self.problems.oracle(self.problem, self.backend, first, last), view, self.problem.samples
        )

    def _machine(self, oracle: CountedOracle, transfers: dict[int, Any]) -> Machine:
        return Machine(
            self.plan,
            self.backend,
            self.host,
            self.views,
            self._constant,
            self.resolver.figure_in_rounds,
            self.by_slot,
            self.compressors,
            oracle,
            transfers,
            self.problem.samples,
            self.options.seed,
            self.problem.d,
            self.float_bits,
            self.mixing,
            tuple(prod(shape) for _, shape in self.problem.blocks),
            self.memory,
        )

    def _constant(self, name: str) -> Any:
        """A constant, or a compressor's figure under its name in generated programs, such as `omega_Q`."""
        if name == "everyone":
            return Nodes.everyone(self.problem.n)
        figure, _, compressor = name.partition("_")
        if figure in FIGURES and compressor in self.compressors:
            return self.resolver.figure(figure, compressor)
        return self.constants.value(name)

    def _number(self, value: ir.Pure, given: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """A pure expression whose value is known before the run, else None; `given` are globals of a round."""
        match value:
            case ir.Number():
                return value.value
            case ir.Global(origin=ir.Origin.PARAM | ir.Origin.COUNTER) if value.name in given:
                return given[value.name]
            case ir.Global() if value.name in self.by_slot:
                return self.by_slot[value.name]
            case ir.Global(origin=ir.Origin.CONSTANT, family=False, kind=Kind.INT | Kind.REAL):
                return self._constant(value.name)
            case ir.Operation():
                known = [self._number(argument, given) for argument in value.arguments]
                try:
                    return None if None in known else computed(value.operator, known)
                except OverflowError:  # its line is told in the round, if it comes there
                    return None
            case _:
                return None

    def _memory(self) -> int:
        """Roughly what this process's arrays take: the data as read and as dealt to its nodes, states, gradients."""
        size = 8 if self.options.dtype == "float64" else 4
        first, last = self.transport.nodes(self.problem.n)
        rows = self.problem.n if self.layout is Layout.TOGETHER else last - first
        families = sum(rows if slot.family else 1 for slot in self.plan.states if slot.kind is Kind.VECTOR)
        data = self.problem.data_bytes * (1 + (last - first) / self.problem.n)
        return int(data) + size * self.problem.d * (families + 4 * rows + 4)
