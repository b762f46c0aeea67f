"""Statements of a spec, followed along one path of coins: the values of all names at the start and after each round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Spread

from . import errors
from .evaluate import WHOLE, Evaluator, Values


class Follower:
    """A run of a program whose vectors are unknown."""

    def __init__(self, program: core.Program, evaluator: Evaluator) -> None:
        self._program, self._evaluator = program, evaluator
        self._values: dict[str, Any] = {}
        evaluator.values = self._values

    def run(self, rounds: int) -> list[Values]:
        """The values after 0, 1, …, `rounds` rounds."""
        self._block(self._program.init)
        points: list[Values] = [dict(self._values)]
        for k in range(rounds):
            self._evaluator.round = k
            if self._program.counter is not None:
                self._evaluator.counters[self._program.counter.number] = k
            self._block(self._program.round)
            points.append(dict(self._values))
        return points

    def _block(self, block: core.Block) -> None:
        for statement in block:
            self._statement(statement)

    def _statement(self, statement: core.Stmt) -> None:
        match statement:
            case core.Assign():
                pairs = list(zip(statement.targets, statement.values, strict=True))
                self._bind(pairs)
            case core.Message():
                self._check_senders(statement)
                for item in statement.items:
                    self._bind([(item.target, item.value)])
            case core.Draw():
                self._draw(statement)
            case core.Branch():
                taken = statement.then if self._holds(statement.condition) else statement.otherwise
                self._block(taken)
            case core.Repeat():
                self._repeat(statement)
            case _:
                assert_never(statement)

    def _bind(self, pairs: Sequence[tuple[core.Target, core.Expr]]) -> None:
        found = [(target, self._value(target, value)) for target, value in pairs]
        for target, value in found:
            self._values[target.symbol.name] = value

    def _value(self, target: core.Target, value: core.Expr) -> Any:
        match target.where.spread:
            case Spread.ONE:
                return self._evaluator.read(value)
            case Spread.NODES:
                return self._evaluator.family(value)
            case _:
                raise errors.groups(target.span)

    def _check_senders(self, message: core.Message) -> None:
        """Raise NotTranslated where some nodes may send and others not."""
        if message.condition is not None and not self._holds(message.condition):
            raise errors.branches_differ(message.condition.span)

    def _holds(self, condition: core.Expr) -> bool:
        evaluator = self._evaluator
        if condition.where.spread is Spread.ONE:
            return bool(evaluator.number(condition))
        n = evaluator.space.instance.n
        found = {bool(evaluator.number(condition, node)) for node in range(n)}
        if len(found) > 1:
            raise errors.branches_differ(condition.span)
        return found.pop()

    def _repeat(self, repeat: core.Repeat) -> None:
        evaluator = self._evaluator
        spread = repeat.count.where.spread is not Spread.ONE
        count = evaluator.number(repeat.count, 0 if spread else None)  # nodes are alike
        for t in range(int(count)):
            if repeat.counter is not None:
                evaluator.counters[repeat.counter.number] = t
            self._block(repeat.body)

    # --- draws -----------------------------------------------------------------------------------------------

    def _draw(self, draw: core.Draw) -> None:
        evaluator, target = self._evaluator, draw.target
        match draw.distribution:
            case "bernoulli":
                (chance,) = draw.arguments
                spread = target.where.spread is Spread.NODES
                nodes = range(evaluator.space.instance.n) if spread else (None,)
                falls = [evaluator.coins.flip(float(evaluator.number(chance, node))) for node in nodes]
                self._values[target.symbol.name] = falls if spread else falls[0]
            case "minibatch" if not draw.arguments or evaluator.number(draw.arguments[0], 0) >= 1:
                self._values[target.symbol.name] = WHOLE
            case "subset" if self._is_everyone(draw):
                self._values[target.symbol.name] = WHOLE
            case "each" if evaluator.number(draw.arguments[0]) >= 1:
                self._values[target.symbol.name] = WHOLE
            case _:
                raise errors.random_draw(draw.distribution, draw.span)

    def _is_everyone(self, draw: core.Draw) -> bool:
        return self._evaluator.number(draw.arguments[1]) >= self._evaluator.space.instance.n
