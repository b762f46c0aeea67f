"""The lint of defaults that a guarantee's condition never allows, tried under drawn constants."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from ..check import program as core
from ..check.scalars import KERNELS, computed
from ..text.diagnostics import Diagnostic
from . import doubts as say

_TRIALS = 64


class _Open(Exception):
    """A condition reads what is not drawn here."""


def never_allowed(program: core.Program) -> Iterator[Diagnostic]:
    """The first guarantee of a spec, where the conditions of all fail for every draw of the problem's constants and the
    compressors' figures; a method with the step of one theorem may state those of others."""
    conditions = [guarantee.condition for guarantee in program.guarantees]
    if conditions and not any(_may_hold(program, condition) for condition in conditions):
        (first, *_) = program.guarantees
        span = first.span if first.condition is None else first.condition.span
        yield say.never_allowed(first.theorem, span)


def _may_hold(program: core.Program, condition: core.Expr | None) -> bool:
    """True where there is no condition, where it holds in a draw, or where it reads what is not drawn."""
    try:
        return condition is None or any(_Draw(program, seed).value(condition) for seed in range(_TRIALS))
    except _Open:
        return True


class _Draw:
    """One draw of constants that fit each other: L <= L_mean2 <= L_max, L_pm <= L_mean2, calL <= L_sample,
    omega >= 0, delta >= 1."""

    def __init__(self, program: core.Program, seed: int) -> None:
        draws = Random(seed)
        n, d = 2 ** draws.randint(0, 12), 2 ** draws.randint(2, 24)
        smooth = 10 ** draws.uniform(-2, 2)
        mean = smooth * 10 ** draws.uniform(0, 1)
        typical = mean * 10 ** draws.uniform(0, 2)  # of a node's samples
        self._draws = draws
        self._known: dict[str, Any] = {
            "n": n,
            "d": d,
            "rounds": 10 ** draws.randint(2, 6),
            "L": smooth,
            "L_mean2": mean,
            "L_max": mean * 10 ** draws.uniform(0, 1),
            "L_i": mean,
            "L_pm": mean * draws.uniform(0, 1),
            "calL": typical,
            "L_sample": typical * 10 ** draws.uniform(0, 1),
            "mu": smooth * 10 ** draws.uniform(-4, 0),
            "samples": 2 ** draws.randint(2, 14),
        }
        self._known["samples_i"] = self._known["samples"]
        self._params = {param.symbol.name: param.value for param in program.params if not param.schedule}
        self._lost: dict[str, float] = {}  # the fraction that a compressor keeps, by its name

    def value(self, expr: core.Expr) -> Any:
        """The value of an expression; raises _Open."""
        match expr:
            case core.Literal():
                return expr.value
            case core.Constant() if expr.name in self._known:
                return self._known[expr.name]
            case core.ParamRead() if (value := self._params.get(expr.symbol.name)) is not None:
                return self.value(value)
            case core.Figure():
                return self._figure(expr.operator, expr.compressor.name)
            case core.Aggregate() if expr.operator in ("mean", "min", "max", "median"):
                return self.value(expr.argument)
            case core.Apply() if expr.operator in KERNELS:
                return computed(expr.operator, [self.value(part) for part in expr.arguments])
            case _:
                raise _Open

    def _figure(self, operator: str, compressor: str) -> float:
        """A figure of a compressor that keeps some share of the coordinates."""
        if compressor not in self._lost:
            self._lost[compressor] = 2.0 ** self._draws.uniform(-10, 0)
        kept = self._lost[compressor]
        match operator:
            case "omega":
                return 1 / kept - 1
            case "delta":
                return 1 / kept
            case "density":
                return kept * float(self._known["d"])
            case "ab_A":
                return (1 / kept - 1) / float(self._known["n"])
            case "ab_B":
                return 0.0
            case "share":
                return kept
            case _:
                raise _Open
