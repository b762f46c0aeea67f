"""A spec as written -> a checked program, or every mistake in it. Each rule stands in its own file."""

from __future__ import annotations

from collections.abc import Sequence

from ..syntax import nodes
from ..text.diagnostics import Bag
from . import param_errors
from . import program as core
from .claims import Claims, check_claims
from .context import World
from .contracts import Registry
from .declarations import Lines, declare, sorted_lines
from .params import check_compressors, check_params, check_requires, note_shared
from .rounds import Rounds, check_rounds
from .schedules import with_schedules
from .uses import in_use


def check(
    spec: nodes.Spec, registry: Registry, bag: Bag, settings: Sequence[nodes.Keyword] = ()
) -> core.Program | None:
    """The checked program of a spec, or None if the bag holds an error (of this stage or of parsing).

    `settings` are the command line's `--set NAME=EXPR`: they take the place of the default of a param or compressor;
    inside EXPR, NAME means that default.
    """
    lines = sorted_lines(spec, bag)
    world = declare(spec, lines, registry, bag, settings)
    note_shared(world)
    params = check_params(world)
    requires = check_requires(lines.of(nodes.Require), world)
    rounds = check_rounds(lines, world)
    params, compressors = with_schedules(params, check_compressors(world))
    claims = check_claims(lines, world, rounds)
    if bag or rounds.output is None or lines.algorithm is None or world.problem is None:
        return None
    program = _program(spec, lines, world, rounds, (params, requires, compressors, claims))
    _check_settings(program, settings, bag)
    return None if bag else program


def _check_settings(program: core.Program, settings: Sequence[nodes.Keyword], bag: Bag) -> None:
    """Report settings of params and compressors on which nothing depends."""
    used = in_use(program) if settings else set()
    for setting in settings:
        if setting.name.id not in used:
            others = [other.name.id for other in settings if other is not setting]
            bag.add(param_errors.setting_of_nothing(setting.name.id, program.name, setting.name.span, others))


def _program(
    spec: nodes.Spec,
    lines: Lines,
    world: World,
    rounds: Rounds,
    declared: tuple[tuple[core.Param, ...], tuple[core.Require, ...], tuple[core.Compressor, ...], Claims],
) -> core.Program:
    params, requires, compressors, (claims, guarantees, laws) = declared
    assert lines.algorithm is not None
    assert world.problem is not None
    assert rounds.output is not None
    counted = world.counter is not None or world.counter_used
    return core.Program(
        name=world.name,
        source=lines.algorithm.source.value if lines.algorithm.source else "",
        problem=world.problem,
        on_graph=world.on_graph,
        is_directed=world.is_directed,
        compressors=compressors,
        params=params,
        requires=requires,
        states=rounds.states,
        init=rounds.init,
        round=rounds.round,
        counter=world.symbol(world.counter_name) if counted else None,
        output=rounds.output,
        invariants=rounds.invariants,
        claims=claims,
        laws=laws,
        guarantees=guarantees,
        span=spec.span,
    )
