"""A spec and options -> the context of a run: compiled, dealt, and refused where it does not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from cablese.dsl.check.program import ProblemKind, Program
from cablese.dsl.check.uses import blocks_named, has_groups, has_prox
from cablese.dsl.check.watching import watched
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.text.source import Source

from ..arrays.numpy_backend import NumpyBackend
from ..arrays.select import backend as select_backend
from ..chance.groups import Grouping
from ..graphs.errors import no_server, not_on_graph
from ..graphs.links import DEFAULT
from ..graphs.make import check_symmetric, make_mixing
from ..graphs.mixing import Mixing
from ..problems.base import Problem
from ..problems.blocks import has_block
from ..problems.reading import read_problem
from ..problems.registry import DEFAULTS, registry
from ..registry import plugins
from ..transports.base import Transport
from . import setup_errors as errors
from .constants import Constants
from .context import RunContext
from .memory import Memory, array_bytes, memory_of
from .options import Options
from .own_metrics import own_metrics
from .plan_numbers import PlanNumbers
from .problems import Problems
from .resolve import Resolver
from .state_size import lengths_of

FLOAT_BITS = {"float16": 16, "float32": 32, "float64": 64}


def make_context(
    source: Source,
    options: Options,
    problems: Problems,
    transport: Transport,
    watch: frozenset[str] = frozenset(),
    like: RunContext | None = None,
) -> RunContext:
    """The context of a run on one of `problems`, which keeps the names of `watch` from round to round; raises SpecError or
    SetupError. `like`: a run of the same spec and settings, whose program is taken."""
    program = like.program if like else compile_spec(source, plugins(), options.settings, options.output)
    if watch:
        program = watched(program, watch)
    _check_roles(program, options)
    plan = like.plan if like else plan_program(program, plugins())
    options = replace(options, dtype=options.dtype or _own_dtype(program, options))
    backend = select_backend(options.device, options.dtype or "float64", options.wire)
    memory = memory_of(options.max_memory)
    memory.need_points(options.rounds, options.interval)
    problem = _deal(program, options, problems, memory)
    _check_blocks(program, problem)
    mixing = _mixing(program, options, memory, problem.n) if program.on_graph else None
    layout = transport.layout_of_peers() if mixing else transport.layout()
    metrics = own_metrics(problem, options.metrics)
    constants = Constants(problem, options.rounds, backend, mixing)
    shapes = tuple(shape for _, shape in problem.blocks)
    resolver = Resolver(
        program, constants.number, problem.d, FLOAT_BITS[options.wire], shapes, problem.remedy
    )
    held, real = transport.nodes(problem.n), 8 if options.dtype == "float64" else 4
    size = array_bytes(plan, problem, layout, held, real, lengths_of(plan, resolver))
    memory.need(f"{problem.written} with d = {problem.d} on {problem.n} nodes", size, errors.FEWER)
    return RunContext(
        source=source,
        program=program,
        plan=plan,
        options=options,
        problem=problem,
        metrics=metrics,
        transport=transport,
        layout=layout,
        backend=backend,
        host=NumpyBackend("float64", "float64"),
        memory=memory,
        array_bytes=size,
        mixing=mixing,
        grouping=Grouping.dealt(problem.n, options.groups or 1),
        constants=constants,
        resolver=resolver,
        numbers=PlanNumbers(plan, resolver),
        params=dict(zip(plan.params, resolver.params().values(), strict=True)),
    )


def _check_roles(program: Program, options: Options) -> None:
    """Raise UsageError for options of a server, graph or groups that the method lacks, before data is read."""
    if options.graph is not None and not program.on_graph:
        raise not_on_graph(program.name)
    if options.server_rank == "dedicated" and program.on_graph:
        raise no_server(program.name)
    if options.groups is not None and not has_groups(program):
        raise errors.no_groups(program.name)
    if options.groups is not None and options.groups > options.nodes:
        raise errors.more_groups_than_nodes(options.groups, options.nodes)


def _own_dtype(program: Program, options: Options) -> Literal["float64", "float32"]:
    """The type of computations that suits the problem, where the options leave it open."""
    (name, _), _ = read_problem(options.problem or DEFAULTS[_kind(program)])
    family = registry().get(name)
    return "float32" if family is not None and family.dtype == "float32" else "float64"


def _kind(program: Program) -> str:
    return "minimize" if program.problem is ProblemKind.MINIMIZE else "vi"


def _deal(program: Program, options: Options, problems: Problems, memory: Memory) -> Problem:
    """The problem with its data dealt to nodes, of the kind that the method solves."""
    kind = _kind(program)
    text = options.problem or DEFAULTS[kind]
    memory.need_problem(text, options.nodes)
    problem = problems.dealt(text, options)
    if problem.kind != kind:
        raise errors.wrong_kind(program.name, kind, problem.written, problem.kind)
    if problem.regulariser is not None and not has_prox(program):
        raise errors.no_prox(program.name, problem.written)
    return problem


def _check_blocks(program: Program, problem: Problem) -> None:
    """Raise SetupError for a block that the method names and the problem's model lacks."""
    for part in blocks_named(program):
        if not has_block(problem.blocks, part.block):
            names = [name for name, _ in problem.blocks]
            raise errors.no_block(part.block, names, problem.written, part.span)


def _mixing(program: Program, options: Options, memory: Memory, n: int) -> Mixing:
    """The weights of the run's graph."""
    graph = options.graph or DEFAULT
    memory.need_graph(graph, n)
    mixing = make_mixing(graph, n, options.seed)
    if not program.is_directed:
        check_symmetric(mixing, program.name)
    return mixing
