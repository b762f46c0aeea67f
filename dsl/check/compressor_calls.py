"""Compressor expressions: `rand_k(k = 5)`, `quantize(s = 4) of top_k(k = 100)`, and their class against a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ..syntax import nodes
from ..text.records import record
from ..text.source import Span
from . import compressor_errors
from . import program as core
from .arguments import fits
from .context import DeclaredCompressor, ExprContext
from .contracts import (
    Argument,
    ArgumentKind,
    ArgumentValue,
    Class,
    CompressorBinding,
    CompressorContract,
    Contract,
    Form,
    Trait,
    composed_class,
    composed_traits,
    with_implied,
)
from .expressions import infer
from .kinds import Kind

DIVIDED = "contracted"
"""The family that `Q / (1 + omega)` stands for."""

Value: TypeAlias = core.Expr | str | core.CompressorCall
"""An argument: an expression, a word or text, a compressor."""


@record
class Bound:
    """A checked compressor expression with its class and form, None where an argument has an error."""

    call: core.CompressorCall
    actual: Class | None
    form: Form | None


def compressor_call(
    expr: nodes.Expr, context: ExprContext, given: frozenset[str] = frozenset()
) -> Bound | None:
    """A checked compressor expression; None, and a report, for any other expression. `given` are arguments that every
    application of the compressor supplies."""
    match expr:
        case nodes.Name():
            return _call(expr, (), expr.span, context, given)
        case nodes.Call():
            _report_unnamed(expr, context)
            return None if expr.arguments else _call(expr.function, expr.keywords, expr.span, context, given)
        case nodes.Compose():
            return _composed(expr, context, given)
        case nodes.Binary("/", inner, divisor) if is_one_and_omega(divisor):
            return _divided(inner, expr.span, context)
        case _:
            context.bag.add(compressor_errors.no_compressor(expr.span))
            return None


def _composed(expr: nodes.Compose, context: ExprContext, given: frozenset[str]) -> Bound | None:
    """A composition of any length: all parts but the first keep coordinates. It does not matter how they are grouped."""
    first, *others = _parts(expr)
    parts = [compressor_call(first, context, given), *(compressor_call(part, context) for part in others)]
    found = [part for part in parts if part is not None and not _cannot_be_part(part, context)]
    if len(found) < len(parts):
        return None
    dense = [place for place, part in enumerate(found) if place and part.form is Form.DENSE]
    for place in dense:
        outer, inner = found[place - 1].call, found[place].call
        context.bag.add(compressor_errors.nothing_kept(outer.name, inner.name, inner.span))
    return None if dense else _joined(found, expr.span)


def is_one_and_omega(divisor: nodes.Expr) -> bool:
    """True for what stands under `Q / (1 + omega)`."""
    match divisor:
        case nodes.Binary("+", nodes.Number(one), nodes.Name("omega")):
            return one == 1
        case _:
            return False


def _divided(inner: nodes.Expr, span: Span, context: ExprContext) -> Bound | None:
    """`Q / (1 + omega)`: what is written so is `contracted(Q = …)`."""
    bound = compressor_call(inner, context)
    if bound is None or _cannot_be_part(bound, context):
        return None
    if bound.actual is not None and not bound.actual.is_unbiased:
        context.bag.add(compressor_errors.nothing_to_divide(inner.span.text, bound.actual, inner.span))
        return None
    actual = None if bound.actual is None else Class.CONTRACTIVE
    traits = bound.call.traits - {Trait.SELECTING}
    call = core.CompressorCall(DIVIDED, (("Q", bound.call),), None, span, traits=traits)
    return Bound(call, actual, bound.form)


def _parts(expr: nodes.Expr) -> list[nodes.Expr]:
    """The compressors of a composition, that which is applied last first."""
    return [*_parts(expr.outer), *_parts(expr.inner)] if isinstance(expr, nodes.Compose) else [expr]


def _joined(parts: list[Bound], span: Span) -> Bound:
    """Several compressors as one: its class and traits follow from those of two, from the outer end on."""
    first, *others = parts
    actual, traits = first.actual, first.call.traits
    for part in others:
        known = None if actual is None or part.actual is None else (actual, part.actual)
        actual = None if known is None else composed_class(*known, part.call.traits)
        traits = composed_traits(traits, part.call.traits)
    call: core.CompressorCall | None = None
    for part in reversed(others):
        own = part.call
        call = core.CompressorCall(own.name, own.arguments, call, own.span, own.shared, own.traits)
    whole = core.CompressorCall(first.call.name, first.call.arguments, call, span, traits=traits)
    return Bound(whole, actual, Form.SPARSE)


def _cannot_be_part(part: Bound, context: ExprContext) -> bool:
    """True, and reported, for a collective or joint compressor: parts of another run no exchanges and draw alone."""
    name, span = part.call.name, part.call.span
    family = context.world.registry.compressors.get(name)
    if part.actual is Class.COLLECTIVE:
        context.bag.add(compressor_errors.collective_composed(name, span))
    elif family is not None and family.joint({}):
        context.bag.add(compressor_errors.joint_composed(name, span))
    else:
        return False
    return True


def _report_unnamed(call: nodes.Call, context: ExprContext) -> None:
    """Report arguments without a name, with the name that would fit."""
    family = context.world.registry.compressors.get(call.function.id)
    for i, argument in enumerate(call.arguments):
        names = [a.name for a in family.arguments] if family is not None else []
        name = names[i] if i < len(names) else ""
        error = compressor_errors.unnamed_argument(call.function.id, name, argument.span.text, argument.span)
        context.bag.add(error)


# --- one compressor ------------------------------------------------------------------------------------------


def _call(
    name: nodes.Name,
    keywords: tuple[nodes.Keyword, ...],
    span: Span,
    context: ExprContext,
    given: frozenset[str],
) -> Bound | None:
    family = context.world.registry.compressors.get(name.id)
    if family is None:
        error = compressor_errors.unknown_compressor(name.id, name.span, context.world.registry.compressors)
        context.bag.add(error)
        return None
    arguments = _arguments(name.id, family, keywords, context)
    seen = {keyword.name.id for keyword in keywords}
    if seen <= {"shared", *(argument.name for argument in family.arguments)}:
        for argument in family.arguments:
            if argument.default is None and argument.name not in seen | given:
                context.bag.add(compressor_errors.missing_argument(name.id, argument, span))
                arguments = None
    if arguments is None:
        return Bound(core.CompressorCall(name.id, (), None, span), None, None)
    shared = any(k.name.id == "shared" and k.value == nodes.Boolean(True, k.span) for k in keywords)
    known = known_arguments(family, arguments)
    if shared and family.joint(known):
        context.bag.add(compressor_errors.joint_and_shared(name.id, span))
    traits = with_implied(family.traits(known))
    call = core.CompressorCall(name.id, tuple(arguments.items()), None, span, shared, traits)
    return Bound(call, family.classify(known), family.form(known))


def _arguments(
    compressor: str, family: CompressorContract, keywords: tuple[nodes.Keyword, ...], context: ExprContext
) -> dict[str, Value] | None:
    """The arguments by name; None, and a report, when one of them does not fit."""
    allowed = {argument.name: argument for argument in family.arguments}
    found: dict[str, Value | None] = {}
    for keyword in keywords:
        key = keyword.name.id
        if key in found:
            context.bag.add(compressor_errors.repeated_argument(key, keyword.name.span))
        elif key == "shared":
            _check_shared(compressor, keyword, context)
        elif key in allowed:
            found[key] = _argument(compressor, allowed[key], keyword.value, context)
        else:
            known = {*allowed, "shared"}
            context.bag.add(compressor_errors.unknown_argument(compressor, key, keyword.name.span, known))
            found[key] = None
    fitting = {key: value for key, value in found.items() if value is not None}
    return fitting if len(fitting) == len(found) else None


def _check_shared(compressor: str, keyword: nodes.Keyword, context: ExprContext) -> None:
    """Report a `shared` that is no literal: every compressor has it, and it is known before the rounds."""
    if not isinstance(keyword.value, nodes.Boolean):
        argument, span = Argument("shared", ArgumentKind.BOOL), keyword.value.span
        context.bag.add(compressor_errors.argument_kind(compressor, argument, span.text, span))


def _argument(compressor: str, argument: Argument, value: nodes.Expr, context: ExprContext) -> Value | None:
    """An argument's value, of the kind that it takes; None, and a report, otherwise."""
    match argument.kind:
        case ArgumentKind.WORD:
            if isinstance(value, nodes.Name) and value.id in argument.choices:
                return value.id
        case ArgumentKind.TEXT:
            if isinstance(value, nodes.Text):
                return value.value
        case ArgumentKind.NORM:
            if isinstance(value, nodes.Name) and value.id == "inf":
                return "inf"
            if isinstance(value, nodes.Number) and value.value == 2:
                return infer(value, context)
        case ArgumentKind.COMPRESSOR:
            bound = compressor_call(value, context)
            if bound is None or _cannot_be_part(bound, context):
                return None
            return bound.call
        case ArgumentKind.INT | ArgumentKind.REAL | ArgumentKind.BOOL:
            checked = infer(value, context)
            if checked.kind is Kind.UNKNOWN or not fits(compressor, argument, checked, context):
                return None
            return checked
    context.bag.add(compressor_errors.argument_kind(compressor, argument, value.span.text, value.span))
    return None


def known_arguments(family: CompressorContract, values: Mapping[str, Value]) -> dict[str, ArgumentValue]:
    """The arguments whose values stand in the text; others count as their defaults, or as values that fit (the run,
    which knows all values, classifies again)."""
    arguments: dict[str, ArgumentValue] = {}
    for argument in family.arguments:
        value = values.get(argument.name)
        written = written_value(value) if value is not None else None
        found = argument.sample if written is None else written
        if found is not None:
            arguments[argument.name] = found
    return arguments


def written_value(value: Value) -> ArgumentValue | None:
    """An argument as far as it stands in the text: computed numbers do not, names of compressors do."""
    match value:
        case str():
            return value
        case core.Literal():
            return value.value
        case core.CompressorCall():
            written = ((name, written_value(argument)) for name, argument in value.arguments)
            known = tuple((name, argument) for name, argument in written if argument is not None)
            inner = None if value.inner is None else written_value(value.inner)
            assert inner is None or isinstance(inner, CompressorBinding)
            return CompressorBinding(value.name, known, inner)
        case _:
            return None


def check_class(
    name: str, declared: DeclaredCompressor, bound: Bound, span: Span, context: ExprContext
) -> None:
    """Report a compressor whose class does not meet the contract that the method was proved for."""
    contract, actual = declared.contract, bound.actual
    if contract is None or actual is None or contract.admits(actual):
        return
    alone = bound.call.inner is None and bound.call.name != DIVIDED
    written = bound.call.name if alone else span.text
    error = compressor_errors.wrong_class(
        name,
        contract,
        written,
        actual,
        span,
        declared.line.contract.span,
        _rebound(bound.call, contract, context),
    )
    context.bag.add(error)


def _rebound(call: core.CompressorCall, contract: Contract, context: ExprContext) -> str:
    """The same compressor with one of its switches turned, where that meets the contract: `scaled = false`."""
    parts: list[core.CompressorCall] = []
    part: core.CompressorCall | None = call
    while part is not None:
        parts.append(part)
        part = part.inner
    written = [_text(part, part.arguments) for part in parts]
    for place, part in enumerate(parts):
        for switched, arguments in _switched(part, context):
            found = _class(parts, {place: switched}, context)
            if found is not None and contract.admits(found):
                return " of ".join([*written[:place], _text(part, arguments), *written[place + 1 :]])
    return ""


Written: TypeAlias = tuple[tuple[str, Value | bool], ...]
"""Arguments as they are written, one of them perhaps a switch that was turned."""


def _switched(
    part: core.CompressorCall, context: ExprContext
) -> Iterator[tuple[dict[str, ArgumentValue], Written]]:
    """The arguments of a compressor with each of its switches turned, known ones and as they are written."""
    family = context.world.registry.compressors.get(part.name)
    for switch in () if family is None else family.arguments:
        if family is not None and switch.kind is ArgumentKind.BOOL:
            known = known_arguments(family, dict(part.arguments))
            turned = not known.get(switch.name, switch.default)
            kept: Written = tuple((name, value) for name, value in part.arguments if name != switch.name)
            yield {**known, switch.name: turned}, (*kept, (switch.name, turned))


def _class(
    parts: list[core.CompressorCall],
    instead: Mapping[int, Mapping[str, ArgumentValue]],
    context: ExprContext,
) -> Class | None:
    """The class of compressors one of the other, some with other arguments."""
    actual: Class | None = None
    for place, part in enumerate(parts):
        family = context.world.registry.compressors.get(part.name)
        if family is None:
            return None
        known = instead.get(place) or known_arguments(family, dict(part.arguments))
        own, traits = family.classify(known), with_implied(family.traits(known))
        actual = own if actual is None else composed_class(actual, own, traits)
    return actual


def _text(part: core.CompressorCall, arguments: Written) -> str:
    listed = ", ".join(f"{name} = {_written(value)}" for name, value in arguments)
    return f"{part.name}({listed})"


def _written(value: Value | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else value.span.text
