"""Stopping rules: conditions on a point, such as `grad_norm2 <= 1e-8 or bits_up >= 1e9`, that end a run after it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from math import isnan, nan

from cablese.dsl.check import scalars
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag, SpecError
from cablese.dsl.text.nearest import nearest
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source, Span

from ..errors import UsageError
from .interface import COUNTS, Point, larger_is_better

_RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIGNS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": scalars.divide,
    "^": scalars.power,
}


_EQUALITY = re.compile(r"(\w*)(\s*)(=<|=>|(?<![<>=!])==?(?![=<>]))")
_TURNED = {"=<": "<=", "=>": ">="}


@record
class StopRule:
    """A condition that ends a run at the first regular point where it holds; false where a metric of it is not measured."""

    written: str
    _condition: nodes.Expr

    def holds(self, point: Point) -> bool:
        """True where the run may end with this point."""
        return _holds(self._condition, point.metrics | {name: getattr(point, name) for name in COUNTS})

    def check_names(self, metrics: Collection[str]) -> None:
        """Raise UsageError unless all its names are counts of points or of these metrics."""
        for name in _names(self._condition):
            if name.id not in (*COUNTS, *metrics):
                raise _unknown(self.written, name.id, [*metrics, *COUNTS])


def read_stop_rule(text: str) -> StopRule:
    """The rule that a text states. Raises SpecError for wrong syntax, UsageError for what is no such condition."""
    bag = Bag()
    expr = parse_expression(Source("--stop", text), bag)
    mended = _EQUALITY.sub(_compared, text)
    if mended != text and parse_expression(Source("--stop", mended), Bag()) is not None:
        raise UsageError(
            f"--stop does not take `{text}`: rules compare by < <= > >=; write --stop '{mended}'."
        )
    if bag or expr is None:
        raise SpecError(tuple(bag))
    _check_condition(expr, text)
    return StopRule(text, expr)


def _compared(found: re.Match[str]) -> str:
    """An equality as the comparison that is meant: what grows, a count or a score, is to reach a number from below."""
    name, sign = found[1], found[3]
    grows = name in COUNTS or larger_is_better(name)
    return f"{name}{found[2]}{_TURNED.get(sign, '>=' if grows else '<=')}"


def _check_condition(expr: nodes.Expr, text: str) -> None:
    match expr:
        case nodes.Binary(operator="and" | "or"):
            _check_condition(expr.left, text)
            _check_condition(expr.right, text)
        case nodes.Unary(operator="not"):
            _check_condition(expr.operand, text)
        case nodes.Comparison() if all(sign in _RELATIONS for sign in expr.operators):
            for operand in expr.operands:
                _check_number(operand, text)
        case _:
            raise _unfit(text, expr.span, "is no comparison by < <= > >=")


def _check_number(expr: nodes.Expr, text: str) -> None:
    match expr:
        case nodes.Name() | nodes.Number():
            return
        case nodes.Unary(operator="-"):
            _check_number(expr.operand, text)
        case nodes.Binary() if expr.operator in _SIGNS:
            _check_number(expr.left, text)
            _check_number(expr.right, text)
        case _:
            raise _unfit(text, expr.span, "is no number, name of a metric or formula of these")


def _holds(expr: nodes.Expr, values: Mapping[str, float]) -> bool:
    match expr:
        case nodes.Binary(operator="and"):
            return _holds(expr.left, values) and _holds(expr.right, values)
        case nodes.Binary(operator="or"):
            return _holds(expr.left, values) or _holds(expr.right, values)
        case nodes.Unary(operator="not"):
            return _is_measured(expr.operand, values) and not _holds(expr.operand, values)
        case nodes.Comparison():
            numbers = [_number(operand, values) for operand in expr.operands]
            pairs = zip(expr.operators, numbers[:-1], numbers[1:], strict=True)
            return all(_RELATIONS[sign](a, b) for sign, a, b in pairs)  # false of nan
        case _:
            raise AssertionError("checked when it was read")


def _number(expr: nodes.Expr, values: Mapping[str, float]) -> float:
    match expr:
        case nodes.Name():
            return values.get(expr.id, nan)
        case nodes.Number():
            return expr.value
        case nodes.Unary():
            return -_number(expr.operand, values)
        case nodes.Binary():
            left, right = _number(expr.left, values), _number(expr.right, values)
            return nan if isnan(left) or isnan(right) else _SIGNS[expr.operator](left, right)
        case _:
            raise AssertionError("checked when it was read")


def _is_measured(expr: nodes.Expr, values: Mapping[str, float]) -> bool:
    return all(name.id in values for name in _names(expr))


def _names(expr: nodes.Expr) -> Iterator[nodes.Name]:
    match expr:
        case nodes.Name():
            yield expr
        case nodes.Unary():
            yield from _names(expr.operand)
        case nodes.Binary():
            yield from _names(expr.left)
            yield from _names(expr.right)
        case nodes.Comparison():
            for operand in expr.operands:
                yield from _names(operand)
        case _:
            return


def _unfit(text: str, span: Span, why: str) -> UsageError:
    return UsageError(
        f"--stop does not take `{text}`: `{span.text}` {why}; such as --stop 'grad_norm2 <= 1e-8 or bits_up >= 1e9'."
    )


def _unknown(text: str, name: str, names: Collection[str]) -> UsageError:
    if name == "seconds":
        return UsageError("--stop does not go by seconds, which differ each time: --max-seconds does.")
    if name in ("f_gap", "dist2"):
        return UsageError(f"--stop '{text}': `{name}` is not measured; ask for it with --metrics {name}.")
    if (plain := name.removesuffix("_avg")) != name and plain in names:
        return UsageError(
            f"--stop '{text}': this method returns no average, so that there is no `{name}`: take `{plain}`."
        )
    near = nearest(name, names)
    hint = f"did you mean `{near}`?" if near else f"there are {', '.join(names)}."
    return UsageError(f"--stop '{text}': no point of this run has `{name}`: {hint}")
