"""Preparation of a run, and its start."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.scalars import Number
from cablese.dsl.check.uses import has_groups
from cablese.dsl.pipeline import freeing_python_of, python_of
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source
from threadpoolctl import threadpool_limits

from ..arrays.threads import threads
from ..problems.base import SampledOracle
from ..transports.base import Transport
from ..transports.connect import ALONE, connect
from ..transports.meeting import told_by_first
from ..transports.progress import choose_progress
from .agree import in_step
from .alike import tell_problem, tell_spec
from .bind_compressors import bind_compressors
from .checkpoint import Checkpoint, Keeper
from .conditions import Conditions
from .context import RunContext
from .counts import check_counts
from .describe import header_of
from .expected import at_both_ends
from .interface import Header, MessageRow, Summary, Watcher
from .loop import Loop
from .machine import Machine
from .make_context import make_context
from .messages import MessageTransfers
from .metrics import Meter, gap_of
from .options import Options
from .oracles import CountedOracle
from .problems import Problems
from .role_views import views_of
from .setup_errors import no_gap
from .shipments import Network, Shipments
from .solved import FLAT, solution_for
from .stopping import Cause, Requests
from .views import View

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


LONG = 1 << 14
"""Length from which on a program frees arrays that no later line reads. Shorter ones stay, so that a failure can be traced
through all lines of its round."""


@record
class Outcome:
    """The outcome of a run: at rank 0 the summary and the output point (d,), at every rank the cause of an early end."""

    summary: Summary | None
    output: HostArray | None
    cause: Cause = Cause.NONE


@record
class Prepared:
    """A run that is ready to start; everything is resolved and checked."""

    context: RunContext
    header: Header
    schedules: dict[str, tuple[Number, Number]]  # params in the first and the last round
    python: str  # the generated program of this process
    loop: Loop
    unlike: tuple[str, ...] = ()  # remarks on ranks that may have other last bits
    flat: bool = False  # the solution that points are compared with is one of many; every rank knows

    @property
    def rank(self) -> int:
        """This process's rank."""
        return self.context.transport.rank

    @property
    def ranks(self) -> int:
        """Number of processes."""
        return self.context.transport.ranks

    @property
    def memory_bytes(self) -> int:
        """Roughly the size of this process's arrays."""
        return self.context.array_bytes

    @property
    def messages(self) -> tuple[MessageRow, ...]:
        """The expected cost of every message item. Raises SetupError where a size does not fit in some round."""
        run = self.context
        groups = run.grouping.count if has_groups(run.program) else 0
        network = Network(run.n, run.links, groups)
        schedules = run.resolver.schedules()
        return tuple(Shipments(run.plan, run.numbers, schedules, run.options.rounds, network).rows())

    def measured(self) -> list[str]:
        """Names of the metrics that its points will have, at rank 0; every rank must ask. Raises RunFailed."""
        with in_step(self.context.transport.world), threadpool_limits(1), np.errstate(all="ignore"):
            return self.loop.measured()

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on the run that are no mistakes: a game for which no method of the field has a guarantee, constants that
        are estimates, a distance that means little, ranks that are not alike."""
        told = [FLAT] if self.flat else []
        return (*self._on_monotone(), *self._on_estimates(), *told, *self.unlike)

    def _on_estimates(self) -> tuple[str, ...]:
        """A remark on constants that were asked for and are no bounds."""
        estimated = self.context.problem.estimated
        asked = [
            f"{name} = {value:.3g}" for name, value in self.header.constants.items() if name in estimated
        ]
        if not asked:
            return ()
        return (
            f"{' and '.join(asked)}: estimated by power iteration at x0. It is no bound: steps that theory derives from it "
            "may be too long further on.",
        )

    def _on_monotone(self) -> tuple[str, ...]:
        problem = self.context.problem
        if not problem.not_monotone:
            return ()
        return (
            f"{problem.written} is not known to be monotone: {problem.not_monotone}. {self.header.algorithm} is for "
            "monotone operators: it may circle, leave, or stop where no solution is.",
        )

    def run(
        self,
        watcher: Watcher,
        requests: Requests | None = None,
        keeper: Keeper | None = None,
        begun: Checkpoint | None = None,
    ) -> Outcome:
        """Run once, to the last round or until a request ends the run; raises RunFailed. Only rank 0 calls the watcher, and
        the `keeper` of checkpoints, which all ranks have; all go on from what was `begun`.

        One of several ranks that fails alone raises FailedAlone: others wait for a message that never comes.
        """
        finished, transport = False, self.context.transport
        position = self.loop.position(threading.get_ident())
        self.loop.keeper = keeper
        if keeper is not None:
            self.loop.snapshots.check()
        try:
            watched = transport.watched(self.context.options.patience, position)
            own = threads(self.context.options.threads)
            with watched, threadpool_limits(1), own, np.errstate(all="ignore"):
                summary, output, cause = self.loop.run(self.header, watcher, requests or Requests(), begun)
            finished = True
        finally:
            if not finished:
                transport.settle_failure(sys.exc_info()[1])
        return Outcome(summary, output, cause)


def prepare(
    source: Source,
    options: Options,
    problems: Problems | None = None,
    watch: frozenset[str] = frozenset(),
    like: Prepared | None = None,
) -> Prepared:
    """Make a run ready for its first round; raises SpecError or SetupError. Runs of a comparison share their `problems`.

    `watch`: names of the spec that an observer of the run asks for after every round (`Loop.observer`). `like`: a run of the
    same spec and settings, under another seed say, which is not compiled again.
    """
    choose_progress(options.progress_wait, os.environ)
    transport = connect(
        options.server_rank,
        options.wire_check == "all",
        ALONE if options.alone else os.environ,
        options.reduce,
    )
    with transport.watched(options.patience, lambda: "before the first round"):
        return _prepared_together(source, options, problems or Problems(), transport, watch, like)


def _prepared_together(
    source: Source,
    options: Options,
    problems: Problems,
    transport: Transport,
    watch: frozenset[str],
    like: Prepared | None,
) -> Prepared:
    """The same step by step: what ranks were given is compared before anything is computed, and the data before arrays of
    their sizes are exchanged."""
    world, known = transport.world, None if like is None else like.context
    with in_step(world) as first:
        tell_spec(first, source, options)
    with in_step(world) as second, threadpool_limits(1), np.errstate(all="ignore"):
        run = make_context(source, options, problems, transport, watch, known)
        if world is not None:
            tell_problem(second, run)
    with in_step(world), threadpool_limits(1), np.errstate(all="ignore"):
        return replace(_prepared(run, problems), unlike=(*first.remarks, *second.remarks))


def reseeded(prepared: Prepared, seed: int, problems: Problems) -> Prepared:
    """The same method on the same problem, with the draws of another seed."""
    run = prepared.context
    with threadpool_limits(1), np.errstate(all="ignore"):
        return _prepared(replace(run, options=replace(run.options, seed=seed)), problems)


def _prepared(run: RunContext, problems: Problems) -> Prepared:
    """The parts of a run, each made from those before it."""
    conditions = Conditions(run.resolver, run.options.rounds)
    compressors = bind_compressors(run)
    views, oracle = views_of(run), _oracle(run, problems)
    check_counts(run.plan, run.numbers.number, run.memory, run.problem)
    messages = MessageTransfers(run, compressors)
    machine = Machine(run, views, compressors.of_vectors, oracle, messages)
    meter = _meter(run, oracle)
    python = (freeing_python_of if run.d >= LONG else python_of)(run.plan, run.layout)
    loop = Loop(run, python, machine, messages.ledger, meter, conditions)
    is_flat = meter.solution is not None and meter.solution.unique and meter.solution.flat
    flat = told_by_first(run.transport.world, is_flat)
    header, schedules = (
        header_of(run, compressors.descriptions, messages.ledger.messages),
        run.resolver.schedules(),
    )
    return Prepared(run, header, at_both_ends(schedules, run.options.rounds), python, loop, flat=flat)


def _oracle(run: RunContext, problems: Problems) -> CountedOracle:
    """The oracles of this process's nodes."""
    first, last = run.nodes
    view = View(run.backend, first, last, run.constants.per_node)
    return CountedOracle(
        problems.oracle(run.problem, run.backend, first, last), view, run.problem.samples, run.seed
    )


def _meter(run: RunContext, oracle: CountedOracle) -> Meter:
    """The meter of points, at rank 0 with the solution if a metric needs it."""
    problem, asked = run.problem, set(run.options.metrics)
    solution, gap = None, "gap" in asked
    if run.transport.rank == 0:
        solution = solution_for(problem, asked)
        run.metrics.try_at(problem.start)
        if gap and gap_of(problem, problem.start) is None:
            raise no_gap(problem.written)
    common = (run.backend, run.transport, solution, run.metrics, gap)
    if isinstance(oracle.oracle, SampledOracle):  # gradients of some samples are no gradients of all
        return Meter(problem, oracle.oracle.for_metrics(), *common)
    return Meter(problem, oracle.oracle, *common, oracle.handover)
