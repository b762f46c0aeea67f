"""Params, `require`s and compressors: values known before the rounds, each computed from the ones above it."""

from __future__ import annotations

from ..syntax import nodes
from ..text.source import Span
from . import kind_errors, param_errors
from . import program as core
from .compressor_calls import check_class, compressor_call
from .context import DeclaredCompressor, DeclaredParam, ExprContext, Findings, World
from .contracts import Class, Contract
from .desugar import calls_in
from .expressions import infer
from .kinds import Kind
from .known import known_number
from .phrases import a_kind
from .placements import SETUP
from .scope import Scope

_SCALARS = (Kind.REAL, Kind.INT, Kind.BOOL)


def setup(world: World, binds: str | None = None, purpose: str = "a param") -> ExprContext:
    """The context of values known before the rounds: constants, params, and the round counter of schedules."""
    free = world.counter is not None or "k" not in world.bound
    counters = frozenset({world.counter_name}) if free else frozenset[str]()
    return ExprContext(world, Findings(world.bag), Scope(counters=counters), SETUP, binds, purpose)


# --- params --------------------------------------------------------------------------------------------------


def check_params(world: World) -> tuple[core.Param, ...]:
    """The params in the order of declaration, which is an order of dependency."""
    return tuple(_param(declared, world) for declared in world.params.values())


def _param(declared: DeclaredParam, world: World) -> core.Param:
    name = declared.line.name.id
    context = setup(world, name)
    value = infer(declared.value, context) if declared.value is not None else None
    kind = value.kind if value is not None else Kind.REAL
    if value is not None and kind not in (*_SCALARS, Kind.UNKNOWN):
        context.bag.add(param_errors.not_a_scalar(name, a_kind(kind), value.span))
        kind = Kind.UNKNOWN
    declared.kind, declared.schedule = kind, context.findings.saw_counter
    declared.known = known_number(value, world) if value is not None else None
    declared.reads = frozenset(context.findings.read_params)
    condition = declared.line.condition
    checked = _condition(condition, "`where`", world) if condition is not None else None
    return core.Param(declared.symbol, value, checked, declared.schedule, kind, declared.line.span)


def _condition(written: nodes.Expr, what: str, world: World) -> core.Expr:
    condition = infer(written, setup(world))
    if condition.kind not in (Kind.BOOL, Kind.UNKNOWN):
        world.bag.add(kind_errors.not_a_condition(what, condition.kind, condition.span))
    return condition


def check_requires(lines: tuple[nodes.Require, ...], world: World) -> tuple[core.Require, ...]:
    """The conditions that are checked when the values are known."""
    return tuple(core.Require(_condition(line.condition, "`require`", world), line.span) for line in lines)


# --- compressors ---------------------------------------------------------------------------------------------


def check_compressors(world: World) -> tuple[core.Compressor, ...]:
    """The compressors with their bound calls; call it after the rounds, which may supply arguments."""
    checked = tuple(_compressor(declared, world) for declared in world.compressors.values())
    for declared in world.compressors.values():
        _check_circle(declared, world)
    return checked


def note_shared(world: World) -> None:
    """Note `shared = true`, an argument that every compressor has and that is known before the rounds."""
    for declared in world.compressors.values():
        declared.shared = declared.default is not None and _asks_to_share(declared.default)


def _asks_to_share(expr: nodes.Expr) -> bool:
    keywords = [keyword for call in calls_in(expr) for keyword in call.keywords]
    return any(k.name.id == "shared" and k.value == nodes.Boolean(True, k.span) for k in keywords)


def _compressor(declared: DeclaredCompressor, world: World) -> core.Compressor:
    line = declared.line
    contract = declared.contract
    context = setup(world, purpose="an argument of a compressor")
    bound = None
    if declared.default is not None:
        bound = compressor_call(declared.default, context, declared.always_given or frozenset())
    if bound is not None and declared.default is not None:
        check_class(world.name, declared, bound, declared.default.span, context)
        _check_figures(declared, bound.actual, world)
        declared.reads = frozenset(context.findings.read_params)
    return core.Compressor(
        declared.symbol,
        contract or Contract.ANY,
        bound.call if bound is not None else None,
        declared.shared,
        False,
        line.span,
    )


def _check_figures(declared: DeclaredCompressor, actual: Class | None, world: World) -> None:
    """Report figures of an `any` that the one which is bound does not have."""
    name, bound = declared.symbol.name, declared.default
    for figure, span in declared.asked:
        if actual is not None and bound is not None and not actual.has(figure):
            world.bag.add(param_errors.no_figure_of_bound(figure, name, actual, bound.span, span))


def _check_circle(declared: DeclaredCompressor, world: World) -> None:
    """Report an argument of Q that depends on a figure of Q, if only through a param or compressor that does."""
    name, seen, ahead = declared.symbol.name, set[str](), sorted(declared.reads)
    while ahead:
        through = ahead.pop()
        if through == name:
            through = sorted(other for other in (seen or {name}) if name in _reads(other, world))[0]
            span = declared.default.span if declared.default else declared.line.span
            world.bag.add(param_errors.circle(name, through, span, _line(through, world)))
            return
        if through not in seen:
            seen.add(through)
            ahead += sorted(_reads(through, world))


def _reads(name: str, world: World) -> frozenset[str]:
    declared = world.params.get(name) or world.compressors[name]
    return declared.reads


def _line(name: str, world: World) -> Span:
    declared = world.params.get(name) or world.compressors[name]
    return declared.line.name.span
