"""Check of guarantees and laws (`guarantee`, `equals`), as far as one spec shows; both are kept as written too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..syntax import nodes
from . import kind_errors, line_errors
from . import program as core
from .compressor_calls import check_class, compressor_call, is_one_and_omega
from .constants import CONSTANTS
from .context import ExprContext, World
from .declarations import Lines
from .expressions import infer
from .guarantees import check_guarantee
from .kinds import KNOWN_TO_ALL, Kind
from .params import setup
from .rounds import Rounds

Given: TypeAlias = "core.Expr | core.CompressorCall | core.Symbol"
"""A value that a law gives: an expression (to a param or an event), a compressor call, or a compressor of this spec."""

Claims: TypeAlias = "tuple[tuple[object, ...], tuple[core.Guarantee, ...], tuple[core.Law, ...]]"
"""Guarantees and laws as written (`syntax.nodes`), and both as checked."""

EVERYONE = "everyone"
"""The value that `when` gives to an event of nodes: each node once, in order."""


def check_claims(lines: Lines, world: World, rounds: Rounds) -> Claims:
    """The claims of a spec: guarantees and laws as written, and as checked; mistakes are reported."""
    guarantees = tuple(check_guarantee(line, world, rounds) for line in lines.of(nodes.Guarantee))
    laws = tuple(_law(law, world, rounds) for law in lines.of(nodes.Equals))
    written = tuple(line for line in lines.rest if isinstance(line, nodes.Guarantee | nodes.Equals))
    return written, guarantees, laws


# --- laws ----------------------------------------------------------------------------------------------------


def _law(line: nodes.Equals, world: World, rounds: Rounds) -> core.Law:
    """The law of `equals OTHER(ARGUMENTS) when BINDINGS drawing PAIRS at rounds = COUNT`, as checked."""
    arguments = [(argument.name.id, _argument(argument.value, world)) for argument in line.arguments]
    bindings = [(binding.name.id, _binding(binding, world, rounds)) for binding in line.bindings]
    draws = {*rounds.findings.draws, *rounds.findings.compressor_sites}
    for pair in line.drawing:
        if pair.name.id not in draws and pair.name.id not in world.unparsed_names:
            world.bag.add(line_errors.unknown_draw(pair.name.id, pair.name.span, draws))
    if line.rounds is not None:
        count = infer(line.rounds, setup(world, purpose="a law"))
        if count.kind not in (Kind.INT, Kind.UNKNOWN):
            error = kind_errors.wrong_kind("`at rounds`", (Kind.INT,), count.kind, line.rounds.span)
            world.bag.add(error)
    plain = line.rounds is None and not line.drawing
    return core.Law(line.other.id, _without_errors(arguments), _without_errors(bindings), plain, line.span)


def _without_errors(pairs: Sequence[tuple[str, Given | None]]) -> tuple[tuple[str, Given], ...]:
    """The pairs that have a value: an error was reported for the others."""
    return tuple((name, value) for name, value in pairs if value is not None)


def _argument(value: nodes.Expr, world: World) -> Given | None:
    """The value given to a param or compressor of OTHER: it may name params and compressors of this spec."""
    if isinstance(value, nodes.Name) and value.id in world.compressors:
        return world.compressors[value.id].symbol
    context = setup(world, purpose="a law")
    if _is_compressor(value, world):
        bound = compressor_call(value, context)
        return None if bound is None else bound.call
    return infer(value, context)


def _is_compressor(value: nodes.Expr, world: World) -> bool:
    """True for a composition, or a registered compressor that no name of the spec or language hides."""
    known = world.registry.compressors
    match value:
        case nodes.Compose():
            return True
        case nodes.Binary("/", inner, divisor) if is_one_and_omega(divisor):
            return _is_compressor(inner, world)
        case nodes.Call():
            return value.function.id in known and not world.is_function(value.function.id)
        case nodes.Name():
            return not (value.id in world.params or value.id in CONSTANTS) and value.id in known
        case _:
            return False


def _binding(binding: nodes.Keyword, world: World, rounds: Rounds) -> Given | None:
    """The value that `when` gives to a name of this spec: `p = 1`, `Q = identity()`, `n = 1`, `c = true`, `S = everyone`."""
    name, value = binding.name.id, binding.value
    context = setup(world, purpose="a law")
    if name in world.compressors:
        bound = compressor_call(value, context)
        if bound is None:
            return None
        check_class(world.name, world.compressors[name], bound, value.span, context)
        return bound.call
    if name in rounds.findings.draws:
        return _event(name, rounds.findings.draws[name], value, context)
    if name in world.params or name == "n":
        wanted = world.params[name].kind if name in world.params else Kind.INT
        return _of_kind(f"`{name}`", wanted or Kind.UNKNOWN, infer(value, context), context)
    if name not in world.unparsed_names:
        known = {*world.params, *world.compressors, *rounds.findings.draws, "n"}
        world.bag.add(line_errors.unknown_binding(name, binding.name.span, known))
    return None


def _event(name: str, kind: Kind, value: nodes.Expr, context: ExprContext) -> Given | None:
    """The value that `when` gives to an event."""
    if kind is Kind.NODES:
        if not (isinstance(value, nodes.Name) and value.id == EVERYONE):
            context.bag.add(line_errors.not_everyone(name, value.span))
        return core.Constant(EVERYONE, Kind.NODES, KNOWN_TO_ALL, value.span)
    if kind is Kind.BATCH:
        context.bag.add(line_errors.fixed_batch(name, value.span))
        return None
    return _of_kind(f"event `{name}`", kind, infer(value, context), context)


def _of_kind(what: str, wanted: Kind, value: core.Expr, context: ExprContext) -> core.Expr:
    """The value, reported where it is not of the wanted kind; an int and a real pass for each other."""
    numbers = (Kind.INT, Kind.REAL)
    both_numbers = wanted in numbers and value.kind in numbers
    if not (Kind.UNKNOWN in (wanted, value.kind) or value.kind is wanted or both_numbers):
        context.bag.add(kind_errors.wrong_kind(what, (wanted,), value.kind, value.span))
    return value
