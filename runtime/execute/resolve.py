"""Params, compressor arguments and conditions -> numbers, once, before a run starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, assert_never

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import ArgumentValue, CompressorBinding
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.scalars import KERNELS, Number, computed
from cablese.dsl.check.schedules import depends_on_round
from cablese.dsl.syntax.build import MOST_INT
from cablese.dsl.text.source import Span

from ..compressors.base import Compressor, Shapes
from ..compressors.bound import REMEMBERED, Choose
from ..compressors.registry import make
from ..problems.base import SMOOTHNESS
from . import setup_errors as errors
from .schedules import InRound, Schedules

_FOLDS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "mean": lambda values: math.fsum(values) / len(values),
    "sum": sum,
    "min": min,
    "max": max,
    "median": lambda values: _median(sorted(values)),
}


class Resolver:
    """Values of a program's params and compressors under given constants; each is computed once, when first asked for."""

    def __init__(
        self,
        program: core.Program,
        constants: Callable[[str], Any],
        d: int,
        float_bits: int,
        shapes: Shapes = (),
        remedy: str = "",
    ) -> None:
        """`shapes`: the shapes of the model's blocks, which some compressors use; `remedy` for a constant of smoothness."""
        self._remedy = remedy
        self.program, self.constants, self.d, self.float_bits = program, constants, d, float_bits
        self._shapes = shapes or ((d,),)
        self._params = {param.symbol.name: param for param in program.params}
        self._declared = {c.symbol.name: c for c in program.compressors}
        self._changing = {param.symbol for param in program.params if param.schedule}
        self._changing |= {c.symbol for c in program.compressors if c.schedule}
        self._values: dict[str, Number] = {}
        self._bound: dict[str, Compressor] = {}
        self.bindings: dict[str, CompressorBinding] = {}
        self._computing = ""  # the param that is being computed
        self._schedules, self._at = Schedules(), dict[str, InRound]()

    def params(self) -> dict[str, Number]:
        """Every param that is no schedule, by name, checked against its `where`; raises SetupError."""
        values = {name: self.param(name) for name, q in self._params.items() if not q.schedule}
        for requirement in self.program.requires:
            if not self.changes(requirement.condition) and not self.value(requirement.condition):
                raise errors.requirement_broken(requirement.span, self._readings(requirement.condition))
        for name, param in self._params.items():
            if param.schedule:
                self.param_in_rounds(name)
        return values

    def param(self, name: str) -> Number:
        """One param's value."""
        if name not in self._values:
            self._values[name] = self._checked(self._params[name])
        return self._values[name]

    def _checked(self, param: core.Param) -> Number:
        name = param.symbol.name
        if param.value is None:
            raise errors.not_set(name, param.span)
        outer, self._computing = self._computing, name
        value: Number = self.value(param.value)
        self._values[name], self._computing = value, outer
        if isinstance(value, float) and not math.isfinite(value):
            raise errors.not_finite(name, value, _given_at(param), self._readings(param.value))
        if isinstance(value, int) and abs(value) > MOST_INT:
            raise errors.int_too_large(name, _given_at(param))
        condition = param.condition
        if condition is not None and not self.changes(condition) and not self.value(condition):
            raise errors.condition_broken(name, value, condition.span, self._readings(param.value))
        return value

    def compressor(self, name: str) -> Compressor:
        """One compressor with its arguments."""
        if name not in self._bound:
            self.bindings[name] = self._call_by_round(self._call(name))(0)
            self._bound[name] = self._made(self.bindings[name])
        return self._bound[name]

    def _made(self, binding: CompressorBinding) -> Compressor:
        """A compressor for the run's model and nodes."""
        n, made = self.constants("n"), make(binding).fitted(self._shapes)
        return made.among(n) if isinstance(n, int) else made

    def in_rounds(self, name: str) -> Choose:
        """One compressor as a function of the round and of the arguments that a call gives it."""
        call = self._call(name)
        bind = self._call_by_round(call)
        made = lru_cache(REMEMBERED)(self._made)

        def choose(k: int, given: Mapping[str, ArgumentValue]) -> tuple[CompressorBinding, Compressor]:
            binding = bind(k)
            if given:
                arguments = {**dict(binding.arguments), **given}
                binding = CompressorBinding(binding.name, tuple(arguments.items()), binding.inner)
            return binding, made(binding)

        return choose

    def written(self, name: str) -> str:
        """A compressor as the spec, or the command line, writes it."""
        return self._call(name).span.text

    def _call(self, name: str) -> core.CompressorCall:
        declared = self._declared[name]
        if declared.default is None:
            raise errors.compressor_not_set(name, declared.contract.value, declared.span)
        return declared.default

    def _call_by_round(self, call: core.CompressorCall) -> Callable[[int], CompressorBinding]:
        """A compressor's binding as a function of the round."""
        arguments = [(name, self._argument_by_round(value)) for name, value in call.arguments]
        inner = None if call.inner is None else self._call_by_round(call.inner)

        def bind(k: int) -> CompressorBinding:
            values = tuple((name, value(k)) for name, value in arguments)
            return CompressorBinding(call.name, values, None if inner is None else inner(k))

        return bind

    def _argument_by_round(
        self, value: core.Expr | str | core.CompressorCall
    ) -> Callable[[int], ArgumentValue]:
        match value:
            case str():
                word = value
                return lambda k: word
            case core.CompressorCall():
                return self._call_by_round(value)
            case _:
                return self.by_round(value)

    # --- expressions -----------------------------------------------------------------------------------------

    def value(self, expr: core.Expr) -> Any:
        """The value of an expression over constants, params and figures of compressors."""
        match expr:
            case core.Literal():
                return expr.value
            case core.ParamRead():
                return self.param(expr.symbol.name)
            case core.Constant():
                return self._constant(expr.name, expr.span)
            case core.Apply():
                values = [self.value(a) for a in expr.arguments]
                try:
                    return computed(expr.operator, values)
                except OverflowError:
                    raise errors.beyond_reals(expr.span) from None
            case core.Aggregate():
                values = self.value(expr.argument)
                return _FOLDS[expr.operator]([v.item() for v in values])
            case core.Figure():
                return self._figure(expr)
            case core.BlockMask():
                raise errors.no_constant(expr.span.text, self._computing, expr.span)
            case core.Read() | core.Counter() | core.Oracle() | core.Compress() | core.Who():
                raise TypeError(f"{type(expr).__name__} has no value before a run")
            case _:
                assert_never(expr)

    def constant(self, name: str) -> Any:
        """A constant, None where the problem has none of this name."""
        return self.constants(name)

    def _constant(self, name: str, span: Span) -> Any:
        value = self.constants(name)
        if value is None:
            other = self._remedy if name in SMOOTHNESS else ""
            raise errors.no_constant(name, self._computing, span, other)
        return value

    def _figure(self, figure: core.Figure) -> float:
        return self.figure(figure.operator, figure.compressor.name)

    def figure(self, operator: str, name: str) -> float:
        """One of `FIGURES` of a compressor."""
        return self._figure_of(operator, self.compressor(name), _drawn_alike(self._call(name)))

    def figure_in_rounds(self, operator: str, name: str) -> Callable[[int], float]:
        """One of `FIGURES` of a compressor, as a function of the round."""
        choose, alike = self.in_rounds(name), _drawn_alike(self._call(name))
        return lambda k: self._figure_of(operator, choose(k, {})[1], alike)

    def _figure_of(self, operator: str, compressor: Compressor, alike: bool) -> float:
        if not compressor.actual.has(operator):
            raise errors.no_figure(operator, compressor.name, compressor.actual.value)
        match operator:
            case "omega":
                return compressor.omega(self.d)
            case "delta":
                return compressor.delta(self.d)
            case "ab_A" | "ab_B" if alike:  # no error is averaged out, whatever the nodes compress
                return compressor.omega(self.d) if operator == "ab_A" else 0.0
            case "ab_A":
                return compressor.ab(self.d, self.constants("n"))[0]
            case "ab_B":
                return compressor.ab(self.d, self.constants("n"))[1]
            case "density":
                return compressor.density(self.d)
            case "bits":
                return compressor.bits(self.d, self.float_bits)
            case "share":
                return compressor.paper_bits(self.d, self.float_bits) / (self.d * self.float_bits)
            case _:
                raise TypeError(f"no figure {operator}")

    # --- schedules -------------------------------------------------------------------------------------------

    def changes(self, expr: core.Expr) -> bool:
        """True for an expression that depends on the round."""
        return depends_on_round(expr, self._changing)

    def by_round(self, expr: core.Expr) -> InRound:
        """An expression as a function of the round; one that does not change is computed once."""
        if not self.changes(expr):
            value: Number = self.value(expr)
            return lambda k: value
        match expr:
            case core.Counter():
                return lambda k: k
            case core.ParamRead():
                now = self.param_in_rounds(expr.symbol.name)
                return (lambda k: now(k - 1) if k else 0.0) if expr.previous else now
            case core.Apply():
                return _applied(expr, [self.by_round(a) for a in expr.arguments])
            case core.Figure():
                return self.figure_in_rounds(expr.operator, expr.compressor.name)
            case core.Aggregate():
                each, fold = self.by_round(expr.argument), _FOLDS[expr.operator]
                return lambda k: fold([value.item() for value in each(k)])
            case _:
                raise TypeError(f"{type(expr).__name__} has no value before a run")

    def param_in_rounds(self, name: str) -> InRound:
        """A param as a function of the round."""
        if name not in self._at:
            param = self._params[name]
            if not param.schedule or param.value is None:
                value = self.param(name)
                return lambda k: value
            rule = self.by_round(param.value)
            self._at[name] = self._schedules.add(_bounded(param, rule) if param.kind is Kind.INT else rule)
        return self._at[name]

    def schedules(self) -> dict[str, InRound]:
        """Params that depend on the round, as functions of it, in the order of the spec."""
        names = (name for name, param in self._params.items() if param.schedule)
        return {name: self.param_in_rounds(name) for name in names}

    def _readings(self, expr: core.Expr) -> dict[str, object]:
        """The values that an expression reads, by name: they explain a broken condition."""
        found: dict[str, object] = {}
        for part in _parts(expr):
            match part:
                case core.ParamRead() if part.symbol.name in self._values:
                    found[part.symbol.name] = self._values[part.symbol.name]
                case core.Constant() if part.kind.value in ("real", "int"):
                    found[part.name] = self.constants(part.name)
                case core.Figure():
                    found[f"{part.operator}({part.compressor.name})"] = self._figure(part)
                case _:
                    continue
        return found


def _given_at(param: core.Param) -> Span:
    """The place of a param's value: its line in the spec, or the option that gives another."""
    given = param.span if param.value is None else param.value.span
    return given if given.source.is_option else param.span


def _applied(expr: core.Apply, arguments: Sequence[InRound]) -> InRound:
    kernel = KERNELS[expr.operator]

    def at(k: int) -> Any:
        values = [argument(k) for argument in arguments]
        try:
            return kernel(*values)
        except OverflowError:
            raise errors.beyond_reals(expr.span) from None

    return at


def _bounded(param: core.Param, rule: InRound) -> InRound:
    """The rule of an int param, which raises SetupError beyond the range of ints."""

    def at(k: int) -> Any:
        value = rule(k)
        if abs(value) > MOST_INT:
            raise errors.int_too_large(param.symbol.name, _given_at(param), k)
        return value

    return at


def _parts(expr: core.Expr) -> list[core.Expr]:
    """An expression's operands at any depth, but for those of aggregates, which have many values."""
    if isinstance(expr, core.Apply):
        return [part for argument in expr.arguments for part in _parts(argument)]
    return [expr]


def _median(ordered: Sequence[float]) -> float:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _drawn_alike(call: core.CompressorCall) -> bool:
    """True where nodes share the draws of a compressor, or of a part of it."""
    return call.shared or (call.inner is not None and _drawn_alike(call.inner))
