"""Numbers of a plan that are known before a run: params, compressors and expressions that read n, d and the round."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.scalars import computed
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import VALUES
from cablese.dsl.text.diagnostics import InternalError
from cablese.dsl.text.source import Span

from . import setup_errors as errors
from .resolve import Resolver
from .schedules import InRound


class PlanResolver(Resolver):
    """Params and compressors of a program on nodes that all hold as many samples; nothing else is known of a problem."""

    def value(self, expr: core.Expr) -> Any:
        """The value of an expression; every node has the same, so that an aggregate is of one number."""
        if not isinstance(expr, core.Aggregate):
            return super().value(expr)
        one = self.value(expr.argument)
        return self.constants("n") * one if expr.operator == "sum" else one

    def constant(self, name: str) -> Any:
        """A constant; SetupError for one that only a problem has."""
        value = self.constants(name)
        if value is None:
            raise errors.no_problem(name)
        return value

    def _constant(self, name: str, span: Span) -> Any:
        value = self.constants(name)
        if value is None:
            raise errors.at(span, errors.no_problem(name, self._computing))
        return value


class PlanNumbers:
    """Values of a plan's pure expressions before a run, each worked out when it is asked for."""

    def __init__(self, plan: ir.Plan, resolver: Resolver) -> None:
        self.resolver = resolver
        params = resolver.program.params
        fixed = (param.symbol.name for param in params if not param.schedule)
        changing = (param.symbol.name for param in params if param.schedule)
        self.names = dict(zip(plan.params, fixed, strict=True))  # of the spec, by the plan's
        self.schedules = {name: self._in_rounds(name) for name in changing}

    def _in_rounds(self, name: str) -> InRound:
        """A param as a function of the round, whose rule is read when it is asked for the first time."""
        return lambda k: self.resolver.param_in_rounds(name)(k)

    def number(self, value: ir.Pure, given: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """The value of an expression, None where the run decides it; `given` are globals of a round.

        Without a problem raises SetupError for one that only a problem decides.
        """
        if any(self._is_of_the_run(part, given) for part in VALUES.walk(value)):
            return None
        try:
            return self._computed(value, given)
        except OverflowError:
            return None

    def _computed(self, value: ir.Pure, given: Mapping[str, Any]) -> Any:
        """The value of an expression that the run does not decide."""
        match value:
            case ir.Number():
                return value.value
            case ir.Global():
                return self._global(value, given)
            case ir.Operation():
                return computed(value.operator, [self._computed(part, given) for part in value.arguments])
            case _:
                raise InternalError("a value that only the run decides")

    def takes_all(self, value: ir.Pure) -> bool:
        """True of the size of a minibatch that is written so that it has every sample: `max(samples_i)`."""
        if not isinstance(value, ir.Global) or value.name not in self.names:
            return False
        params = self.resolver.program.params
        (default,) = (param.value for param in params if param.symbol.name == self.names[value.name])
        match default:
            case core.Aggregate(operator="max", argument=core.Constant(name="samples_i")):
                return True
            case _:
                return False

    def _is_of_the_run(self, value: ir.Pure, given: Mapping[str, Any]) -> bool:
        match value:
            case ir.Number() | ir.Operation():
                return False
            case ir.Global():
                named = value.name in given or value.name in self.names
                known = named and value.origin in (ir.Origin.PARAM, ir.Origin.COUNTER)
                constant = value.origin is ir.Origin.CONSTANT and value.kind in (Kind.INT, Kind.REAL)
                return value.family or not (known or constant)
            case _:
                return True

    def _global(self, value: ir.Global, given: Mapping[str, Any]) -> Any:
        if value.name in given:
            return given[value.name]
        if value.name in self.names:
            return self.resolver.param(self.names[value.name])
        if value.figure is not None:
            return self.resolver.figure(*value.figure)
        return self.resolver.constant(value.name)
