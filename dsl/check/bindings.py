"""Compressor expressions: `rand_k(k = 5)`, `quantize(s = 4) of top_k(k = 100)`, and their class against a contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..syntax import nodes as n
from ..text.records import record
from ..text.source import Span
from . import contract_errors
from . import program as p
from .arguments import fits
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
)
from .expressions import infer
from .kinds import Kind
from .world import DeclaredCompressor, Here

Value: TypeAlias = p.Expr | str | p.CompressorCall
"""An argument: an expression, a word or text, a compressor."""


@record
class Bound:
    """A compressor expression, checked: what it is, its class and form, None where an argument has an error."""

    call: p.CompressorCall
    actual: Class | None
    form: Form | None


def compressor_call(expr: n.Expr, here: Here, given: frozenset[str] = frozenset()) -> Bound | None:
    """A checked compressor expression; None, and said so, where it is none. `given` are arguments that every
    application of the compressor supplies."""
    match expr:
        case n.Name():
            return _call(expr, (), expr.span, here, given)
        case n.Call():
            _unnamed(expr, here)
            return None if expr.arguments else _call(expr.function, expr.keywords, expr.span, here, given)
        case n.Compose():
            return _composed(expr, here, given)
        case _:
            here.bag.add(contract_errors.no_compressor(expr.span))
            return None


def _composed(expr: n.Compose, here: Here, given: frozenset[str]) -> Bound | None:
    outer = compressor_call(expr.outer, here, given)
    inner = compressor_call(expr.inner, here)
    if outer is None or inner is None:
        return None
    if _collective(outer, here) or _collective(inner, here):
        return None
    if inner.form is Form.DENSE:
        here.bag.add(contract_errors.nothing_kept(outer.call.name, inner.call.name, inner.call.span))
        return None
    if outer.form is Form.SPARSE:
        here.bag.add(contract_errors.keeps_again(outer.call.name, inner.call.name, outer.call.span))
        return None
    call = p.CompressorCall(outer.call.name, outer.call.arguments, inner.call, expr.span)
    known = (
        None if outer.actual is None or inner.actual is None else composed_class(outer.actual, inner.actual)
    )
    return Bound(call, known, inner.form)


def _collective(part: Bound, here: Here) -> bool:
    """Whether a part of another compressor runs exchanges of its own, which none can; says so."""
    found = part.actual is Class.COLLECTIVE
    if found:
        here.bag.add(contract_errors.collective_composed(part.call.name, part.call.span))
    return found


def _unnamed(call: n.Call, here: Here) -> None:
    """Arguments without a name: say which name would fit."""
    family = here.world.registry.compressors.get(call.function.id)
    for i, argument in enumerate(call.arguments):
        names = [a.name for a in family.arguments] if family is not None else []
        name = names[i] if i < len(names) else ""
        error = contract_errors.unnamed_argument(call.function.id, name, argument.span.text, argument.span)
        here.bag.add(error)


# --- one compressor ------------------------------------------------------------------------------------------


def _call(
    name: n.Name, keywords: tuple[n.Keyword, ...], span: Span, here: Here, given: frozenset[str]
) -> Bound | None:
    family = here.world.registry.compressors.get(name.id)
    if family is None:
        error = contract_errors.unknown_compressor(name.id, name.span, here.world.registry.compressors)
        here.bag.add(error)
        return None
    arguments = _arguments(name.id, family, keywords, here)
    seen = {keyword.name.id for keyword in keywords}
    if seen <= {"shared", *(argument.name for argument in family.arguments)}:
        for argument in family.arguments:
            if argument.default is None and argument.name not in seen | given:
                here.bag.add(contract_errors.missing_argument(name.id, argument, span))
                arguments = None
    if arguments is None:
        return Bound(p.CompressorCall(name.id, (), None, span), None, None)
    call = p.CompressorCall(name.id, tuple(arguments.items()), None, span)
    known = known_arguments(family, arguments)
    return Bound(call, family.classify(known), family.form(known))


def _arguments(
    compressor: str, family: CompressorContract, keywords: tuple[n.Keyword, ...], here: Here
) -> dict[str, Value] | None:
    """The arguments by name; None, and said so, when one of them does not fit."""
    allowed = {argument.name: argument for argument in family.arguments}
    found: dict[str, Value | None] = {}
    for keyword in keywords:
        key = keyword.name.id
        if key in found:
            here.bag.add(contract_errors.repeated_argument(key, keyword.name.span))
        elif key == "shared":
            _check_shared(compressor, keyword, here)
        elif key in allowed:
            found[key] = _argument(compressor, allowed[key], keyword.value, here)
        else:
            known = {*allowed, "shared"}
            here.bag.add(contract_errors.unknown_argument(compressor, key, keyword.name.span, known))
            found[key] = None
    fitting = {key: value for key, value in found.items() if value is not None}
    return fitting if len(fitting) == len(found) else None


def _check_shared(compressor: str, keyword: n.Keyword, here: Here) -> None:
    """`shared` is every compressor's and known before the rounds, so that it stands as a word in the text."""
    if not isinstance(keyword.value, n.Boolean):
        argument, span = Argument("shared", ArgumentKind.BOOL), keyword.value.span
        here.bag.add(contract_errors.argument_kind(compressor, argument, span.text, span))


def _argument(compressor: str, argument: Argument, value: n.Expr, here: Here) -> Value | None:
    """An argument's value, of the kind that it takes; None, and said so, otherwise."""
    match argument.kind:
        case ArgumentKind.WORD:
            if isinstance(value, n.Name) and value.id in argument.choices:
                return value.id
        case ArgumentKind.TEXT:
            if isinstance(value, n.Text):
                return value.value
        case ArgumentKind.NORM:
            if isinstance(value, n.Name) and value.id == "inf":
                return "inf"
            if isinstance(value, n.Number) and value.value == 2:
                return infer(value, here)
        case ArgumentKind.COMPRESSOR:
            bound = compressor_call(value, here)
            if bound is None or _collective(bound, here):
                return None
            return bound.call
        case ArgumentKind.INT | ArgumentKind.REAL | ArgumentKind.BOOL:
            checked = infer(value, here)
            if checked.kind is Kind.UNKNOWN or not fits(compressor, argument, checked, here):
                return None
            return checked
    here.bag.add(contract_errors.argument_kind(compressor, argument, value.span.text, value.span))
    return None


def known_arguments(family: CompressorContract, values: Mapping[str, Value]) -> dict[str, ArgumentValue]:
    """The arguments whose values stand in the text; others count as their defaults, or as values that fit (the run,
    which knows all values, asks again)."""
    arguments: dict[str, ArgumentValue] = {}
    for argument in family.arguments:
        value = values.get(argument.name)
        written = written_value(value) if value is not None else None
        found = argument.sample if written is None else written
        if found is not None:
            arguments[argument.name] = found
    return arguments


def written_value(value: Value) -> ArgumentValue | None:
    """An argument as far as it stands in the text: numbers that are computed do not, of compressors their names do."""
    match value:
        case str():
            return value
        case p.Literal():
            return value.value
        case p.CompressorCall():
            written = ((name, written_value(argument)) for name, argument in value.arguments)
            known = tuple((name, argument) for name, argument in written if argument is not None)
            inner = None if value.inner is None else written_value(value.inner)
            assert inner is None or isinstance(inner, CompressorBinding)
            return CompressorBinding(value.name, known, inner)
        case _:
            return None


def check_class(name: str, declared: DeclaredCompressor, bound: Bound, span: Span, here: Here) -> None:
    """A compressor's class must be what the method was proved for."""
    contract, actual = declared.contract, bound.actual
    if contract is None or actual is None or contract.admits(actual):
        return
    written = bound.call.name if bound.call.inner is None else span.text
    error = contract_errors.wrong_class(
        name,
        contract,
        written,
        actual,
        span,
        declared.line.contract.span,
        _turned(bound.call, contract, here),
    )
    here.bag.add(error)


def _turned(call: p.CompressorCall, contract: Contract, here: Here) -> str:
    """The same compressor with one of its switches turned, where that is of the class asked for: `scaled = false`."""
    family = here.world.registry.compressors.get(call.name)
    if family is None or call.inner is not None:
        return ""
    arguments = dict(call.arguments)
    known = known_arguments(family, arguments)
    for switch in family.arguments:
        turned = {**known, switch.name: not known.get(switch.name, switch.default)}
        if switch.kind is ArgumentKind.BOOL and contract.admits(family.classify(turned)):
            kept = [f"{name} = {_written(value)}" for name, value in arguments.items() if name != switch.name]
            word = "true" if turned[switch.name] else "false"
            return f"{call.name}({', '.join([*kept, f'{switch.name} = {word}'])})"
    return ""


def _written(value: Value) -> str:
    return value if isinstance(value, str) else value.span.text
