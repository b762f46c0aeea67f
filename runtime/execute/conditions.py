"""Conditions that depend on the round: checked for each round before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import CompressorBinding
from cablese.dsl.check.kinds import Kind
from cablese.dsl.text.source import Span

from ..compressors.bound import REMEMBERED
from ..errors import SetupError
from . import setup_errors as errors
from .resolve import Resolver

Check: TypeAlias = Callable[[int], object]
"""A check of one round; raises SetupError."""

AHEAD = 100_000
"""Number of rounds that are checked before the first one runs; the rest are checked from point to point, always ahead."""


class Conditions:
    """Checks of `where`, `require` and compressor arguments, as far as they depend on the round."""

    def __init__(self, resolver: Resolver, rounds: int) -> None:
        """Check the first `AHEAD` rounds; raises SetupError for the first condition that does not hold."""
        self._resolver, self._checked, self._rounds = resolver, 0, rounds
        self._checks = (*self._ints(), *self._conditions(), *self._requirements(), *self._compressors())
        self.hold_before(AHEAD)

    def hold_before(self, round: int) -> None:
        """Check the rounds before this one that were not checked yet; raises SetupError."""
        first, last = self._checked, min(round, self._rounds)
        self._checked = max(first, last)
        if self._checks:
            for k in range(first, last):
                for check in self._checks:
                    check(k)

    def _ints(self) -> Iterator[Check]:
        """Checks that int schedules stay in the range of ints: to evaluate one raises where it does not."""
        for param in self._resolver.program.params:
            if param.schedule and param.kind is Kind.INT:
                yield self._resolver.param_in_rounds(param.symbol.name)

    def _conditions(self) -> Iterator[Check]:
        """Checks of each `where` that depends on the round, or whose param does."""
        for param in self._resolver.program.params:
            condition = param.condition
            if condition is not None and (param.schedule or self._resolver.changes(condition)):
                yield self._condition(param.symbol.name, condition)

    def _condition(self, name: str, condition: core.Expr) -> Check:
        holds, value = self._resolver.by_round(condition), self._resolver.param_in_rounds(name)

        def check(k: int) -> None:
            if not holds(k):
                raise errors.condition_broken_in_round(name, value(k), k, condition.span)

        return check

    def _requirements(self) -> Iterator[Check]:
        for requirement in self._resolver.program.requires:
            if self._resolver.changes(requirement.condition):
                yield self._requirement(requirement)

    def _requirement(self, requirement: core.Require) -> Check:
        holds = self._resolver.by_round(requirement.condition)

        def check(k: int) -> None:
            if not holds(k):
                raise errors.requirement_broken_in_round(k, requirement.span)

        return check

    def _compressors(self) -> Iterator[Check]:
        """Checks of arguments that depend on the round; those that a call gives (`Q(e, k = j)`) are left to the run."""
        for declared in self._resolver.program.compressors:
            if declared.schedule and declared.default is not None:
                yield self._arguments(declared.symbol.name, declared.default.span)

    def _arguments(self, name: str, span: Span) -> Check:
        resolver, known = self._resolver, set[CompressorBinding]()
        choose = resolver.in_rounds(name)

        def check(k: int) -> None:
            try:
                binding, compressor = choose(k, {})
                if binding not in known:
                    compressor.bits(resolver.d, resolver.float_bits)
            except SetupError as error:
                raise errors.compressor_broken_in_round(k, str(error), span) from None
            if len(known) == REMEMBERED:
                known.clear()
            known.add(binding)

        return check
