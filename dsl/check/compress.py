"""`Q(e)`: a declared compressor applied to a value."""

from __future__ import annotations

from ..syntax import nodes
from . import call_errors, compressor_errors, expressions, kind_errors
from . import program as core
from .arguments import fits
from .context import DeclaredCompressor, ExprContext
from .contracts import Argument, CompressorContract, Contract
from .kinds import EVERYONE, KNOWN_TO_ALL, Domain, Kind, Placement, Spread, Where
from .name_lookup import failed
from .placements import Standing, widest


def infer_compress(call: nodes.Call, context: ExprContext) -> core.Expr:
    """The checked application; the name that its statement binds keys its random stream."""
    declared = context.world.compressors[call.function.id]
    context.findings.read_params.add(call.function.id)
    if not (_may_stand(call, context) and _collective_in_place(call, declared, context)):
        return failed(call.span, context)
    assert context.binds is not None
    site = context.findings.site("compressor", context.binds)
    context.findings.compressor_sites.add(context.binds)
    _note_given(call, declared)
    if len(call.arguments) != 1:
        found = len(call.arguments)
        context.bag.add(call_errors.argument_count(call.function.id, "1 value to compress", found, call.span))
        return failed(call.span, context)
    argument = expressions.infer(call.arguments[0], context.deeper())
    shared, settings = _settings(call, declared, context)
    if argument.kind is not Kind.VECTOR:
        if argument.kind is not Kind.UNKNOWN:
            what = f"compressor `{call.function.id}`"
            context.bag.add(kind_errors.wrong_kind(what, (Kind.VECTOR,), argument.kind, argument.span))
        return failed(call.span, context)
    _check_joint(call, declared, context)
    where = _where(argument, declared, context)
    return core.Compress(declared.symbol, argument, settings, site, shared, Kind.VECTOR, where, call.span)


def _may_stand(call: nodes.Call, context: ExprContext) -> bool:
    if context.binds is not None and context.evaluator.standing is Standing.BODY:
        return True
    context.bag.add(compressor_errors.compressor_in_condition(call.function.id, context.purpose, call.span))
    return False


def _collective_in_place(call: nodes.Call, declared: DeclaredCompressor, context: ExprContext) -> bool:
    if declared.contract is Contract.COLLECTIVE and not (context.collective and context.depth == 0):
        context.bag.add(compressor_errors.collective_elsewhere(call.function.id, call.span))
        return False
    return True


def _check_joint(call: nodes.Call, declared: DeclaredCompressor, context: ExprContext) -> None:
    """Report a joint compressor that some nodes, or others, apply."""
    default, evaluator = declared.default, context.evaluator
    name = default.function.id if isinstance(default, nodes.Call) else getattr(default, "id", "")
    family = context.world.registry.compressors.get(name)
    if family is None or not family.joint({}):
        return
    who = ""
    if context.world.on_graph:
        who = "nodes mix with their neighbours"
    elif evaluator.placement is not Placement.NODE:
        who = f"`{evaluator.placement.value}` compresses"
    elif evaluator.domain != EVERYONE and not _deals_among(default, family, evaluator.domain):
        who = (
            f"only nodes in `{evaluator.domain.name}` compress"
            if evaluator.domain.name
            else "only some compress"
        )
    if who:
        context.bag.add(compressor_errors.joint_elsewhere(call.function.id, call.span, who))


def _deals_among(default: nodes.Expr | None, family: CompressorContract, domain: Domain) -> bool:
    """True over a drawn set where the compressor says how many nodes share its draw."""
    given = {keyword.name.id for keyword in default.keywords} if isinstance(default, nodes.Call) else set()
    return domain.name.isidentifier() and not domain.bag and family.dealt_among() in given


def _where(argument: core.Expr, declared: DeclaredCompressor, context: ExprContext) -> Where:
    """The place of the result: each evaluator draws for itself, so that every node has a result of its own."""
    if declared.contract is Contract.COLLECTIVE:
        return KNOWN_TO_ALL
    evaluator = context.evaluator
    spread = widest((evaluator.fan, argument.where.spread))
    if spread is Spread.ONE:
        return Where(evaluator.placement)
    if evaluator.placement in (Placement.NODE, Placement.LINK, Placement.NEIGHBORS):
        spread = Spread.NODES
    domain = evaluator.domain if evaluator.fan is not Spread.ONE else argument.where.domain
    return Where(evaluator.placement, spread, domain if spread is Spread.NODES else EVERYONE)


def _note_given(call: nodes.Call, declared: DeclaredCompressor) -> None:
    given = frozenset(keyword.name.id for keyword in call.keywords)
    declared.always_given = given if declared.always_given is None else declared.always_given & given


def _settings(
    call: nodes.Call, declared: DeclaredCompressor, context: ExprContext
) -> tuple[bool, tuple[tuple[str, core.Expr], ...]]:
    """`shared`, which every compressor has, and the arguments given as values of the round."""
    shared, settings = declared.shared, []
    allowed = _arguments(declared, context)
    for keyword in call.keywords:
        name, value = keyword.name.id, keyword.value
        if name == "shared" and isinstance(value, nodes.Boolean):
            shared = value.value
        elif allowed is None:
            settings.append((name, expressions.infer(value, context.deeper())))
        elif name not in allowed:
            known = {*allowed, "shared"}
            context.bag.add(
                compressor_errors.unknown_argument(call.function.id, name, keyword.name.span, known)
            )
        else:
            checked = expressions.infer(value, context.deeper())
            fits(call.function.id, allowed[name], checked, context)
            settings.append((name, checked))
    return shared, tuple(settings)


def _arguments(declared: DeclaredCompressor, context: ExprContext) -> dict[str, Argument] | None:
    """The arguments of the bound compressor by name; None when none, or an unknown one, is bound."""
    bound = declared.default
    while isinstance(bound, nodes.Compose):
        bound = bound.outer
    name = (
        bound.id
        if isinstance(bound, nodes.Name)
        else bound.function.id
        if isinstance(bound, nodes.Call)
        else ""
    )
    family = context.world.registry.compressors.get(name)
    return None if family is None else {argument.name: argument for argument in family.arguments}
