"""What is known before the first round: constants, params, schedules and compressors of a program, as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from cablese.dsl.check import program as core
from cablese.runtime.problems.base import Problem
from slow_graph import Network
from slow_numbers import apply, fold
from slow_wire import Squeezer


class Setup:
    """A program's constants, params and compressors for one problem; each is worked out when it is asked for."""

    def __init__(
        self,
        program: core.Program,
        problem: Problem,
        rounds: int,
        float_bits: int,
        network: Network | None = None,
    ) -> None:
        self.network = network
        self.problem, self.rounds, self.float_bits = problem, rounds, float_bits
        self._params = {param.symbol.name: param for param in program.params}
        self._compressors = {declared.symbol.name: declared for declared in program.compressors}
        self._counter = program.counter.name if program.counter else None
        self._vectors = {
            "x0": problem.start.astype(np.float64),
            "zeros": np.zeros(problem.d),
            "ones": np.ones(problem.d),
        }

    def param(self, name: str, round: int, previous: bool) -> Any:
        """A param in a round, or what it was in the round before (0 in round 0)."""
        if previous:
            return 0.0 if round == 0 else self.param(name, round - 1, False)
        value = self._params[name].value
        assert value is not None
        return self.number(value, round)

    def is_schedule(self, name: str) -> bool:
        """Whether a param depends on the round."""
        return self._params[name].schedule

    def constant(self, name: str, node: int | None = None) -> Any:
        """A constant of the problem or the run; those that each node has its own of need the node."""
        match name:
            case "n" | "d":
                return getattr(self.problem, name)
            case "rounds":
                return self.rounds
            case "x0" | "zeros" | "ones":
                return self._vectors[name]
            case "samples":
                assert len(set(self.problem.samples)) == 1
                return self.problem.samples[0]
            case "samples_i":
                return np.float64(self.problem.samples[_known(node)])
            case "node_index":
                return np.float64(_known(node))
            case "rho" | "norm_I_minus_W":
                assert self.network is not None
                return self.network.constant(name)
        value = self.problem.constant(name)
        return value if isinstance(value, float) else np.asarray(value)[_known(node)]

    def changes(self, name: str) -> bool:
        """Whether a compressor's arguments depend on the round."""
        return self._compressors[name].schedule

    def squeezer(self, name: str, round: int, given: Mapping[str, Any] | None = None) -> Squeezer:
        """A compressor with its arguments in a round, and those that are given where it is applied."""
        call = self._compressors[name].default
        assert call is not None
        return self._squeezer(call, round, given or {})

    def _squeezer(self, call: core.CompressorCall, round: int, given: Mapping[str, Any]) -> Squeezer:
        arguments = {key: self._argument(value, round) for key, value in call.arguments}
        inner = None if call.inner is None else self._squeezer(call.inner, round, {})
        d = self.problem.d if inner is None else inner.arguments["k"]
        lengths = tuple(math.prod(shape) for _, shape in self.problem.blocks)
        shapes = tuple(tuple(shape) for _, shape in self.problem.blocks)
        return Squeezer(
            call.name,
            {**arguments, **given},
            d,
            self.float_bits,
            inner,
            lengths,
            shapes,
            arguments.get("among") or self.problem.n,
            alike=call.shared or (inner is not None and inner.alike),
        )

    def _argument(self, value: core.Expr | str | core.CompressorCall, round: int) -> Any:
        match value:
            case str():
                return value
            case core.CompressorCall():
                return self._squeezer(value, round, {})
            case _:
                return self.number(value, round)

    def number(self, expr: core.Expr, round: int, node: int | None = None) -> Any:
        """An expression over constants, params, figures and the round's number; `node` inside of an aggregate."""
        match expr:
            case core.Literal():
                return expr.value
            case core.ParamRead():
                return self.param(expr.symbol.name, round, expr.previous)
            case core.Constant():
                return _plain(self.constant(expr.name, node))
            case core.Counter():
                return round
            case core.Figure():
                return self.squeezer(expr.compressor.name, round).figure(expr.operator)
            case core.Apply():
                return apply(expr.operator, [self.number(a, round, node) for a in expr.arguments])
            case core.Aggregate():
                each = [self.number(expr.argument, round, i) for i in range(self.problem.n)]
                return fold(expr.operator, each, 0)
            case _:
                raise AssertionError(f"{type(expr).__name__} before the rounds")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _known(node: int | None) -> int:
    assert node is not None, "read outside of any node"
    return node
