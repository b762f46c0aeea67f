"""Compressor expressions: `rand_k(k = 5)`, `quantize(s = 4) of top_k(k = 100)`, and their class against a contract."""

from __future__ import annotations

from collections.abc import Mapping
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
    composed_class,
    composed_traits,
    with_implied,
)
from .expressions import infer
from .kinds import Kind

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
        case _:
            context.bag.add(compressor_errors.no_compressor(expr.span))
            return None


def _composed(expr: nodes.Compose, context: ExprContext, given: frozenset[str]) -> Bound | None:
    outer = compressor_call(expr.outer, context, given)
    inner = compressor_call(expr.inner, context)
    if outer is None or inner is None:
        return None
    if _is_collective_part(outer, context) or _is_collective_part(inner, context):
        return None
    if inner.form is Form.DENSE:
        context.bag.add(compressor_errors.nothing_kept(outer.call.name, inner.call.name, inner.call.span))
        return None
    if outer.form is Form.SPARSE:
        context.bag.add(compressor_errors.keeps_again(outer.call.name, inner.call.name, outer.call.span))
        return None
    traits = composed_traits(outer.call.traits, inner.call.traits)
    call = core.CompressorCall(outer.call.name, outer.call.arguments, inner.call, expr.span, traits=traits)
    known = (
        None if outer.actual is None or inner.actual is None else composed_class(outer.actual, inner.actual)
    )
    return Bound(call, known, inner.form)


def _is_collective_part(part: Bound, context: ExprContext) -> bool:
    """True, and reported, for a collective compressor: a part of another cannot run exchanges of its own."""
    found = part.actual is Class.COLLECTIVE
    if found:
        context.bag.add(compressor_errors.collective_composed(part.call.name, part.call.span))
    return found


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
            if bound is None or _is_collective_part(bound, context):
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
    written = bound.call.name if bound.call.inner is None else span.text
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
    family = context.world.registry.compressors.get(call.name)
    if family is None or call.inner is not None:
        return ""
    arguments = dict(call.arguments)
    known = known_arguments(family, arguments)
    for switch in family.arguments:
        rebound = {**known, switch.name: not known.get(switch.name, switch.default)}
        if switch.kind is ArgumentKind.BOOL and contract.admits(family.classify(rebound)):
            kept = [f"{name} = {_written(value)}" for name, value in arguments.items() if name != switch.name]
            word = "true" if rebound[switch.name] else "false"
            return f"{call.name}({', '.join([*kept, f'{switch.name} = {word}'])})"
    return ""


def _written(value: Value) -> str:
    return value if isinstance(value, str) else value.span.text
