"""Expected numbers of messages, from the plan and the numbers known before a run: for `--dry`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import nan
from random import Random
from typing import Any, Protocol, TypeAlias

import numpy as np
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import members_of
from cablese.dsl.text.records import record, structure

from ..errors import SetupError

InRound = Callable[[int], Any]
AT_MOST, A_PASS, ABOUT = "at most", "for each pass of a loop", "about"

COUNTED = ("bernoulli", "choice", "sample", "subset", "each")
"""Draws that decide how often messages are sent."""

LOOKED_AT = 2000
"""Number of rounds, drawn at random, that stand for all rounds of a longer run."""


def rounds_of(
    plan: ir.Plan, number: Callable[..., Any], schedules: Mapping[str, InRound], rounds: int
) -> Rounds:
    """The rounds of a run, in which the plan's counter and schedules are known; `number` and `rounds` as in `Rounds`,
    `schedules` by the names of the spec, in its order."""
    slots = (schedule.name for schedule in plan.schedules)
    by_round = {plan.counter: _itself, **dict(zip(slots, schedules.values(), strict=True))}
    return Rounds(number, by_round, rounds)


def at_both_ends(schedules: Mapping[str, InRound], rounds: int) -> dict[str, tuple[Any, Any]]:
    """Values of schedules in the first and in the last round, NaN where they have none."""
    return {name: (_or_nan(at, 0), _or_nan(at, max(0, rounds - 1))) for name, at in schedules.items()}


def _or_nan(at: InRound, k: int) -> Any:
    try:
        return at(k)
    except (SetupError, ArithmeticError):
        return nan


def _itself(k: int) -> int:
    return k


class Numbers(Protocol):
    """Values of expressions before a run, as numbers, by round, or as formulas: whatever has the arithmetic of numbers."""

    all: bool  # of every round

    def value(self, expr: ir.Pure) -> Any:
        """The value; None where only the run decides."""


class Rounds:
    """Values of pure expressions before a run: one number, or one a round for those that depend on it."""

    def __init__(self, number: Callable[..., Any], by_round: Mapping[str, InRound], rounds: int) -> None:
        """`number` gives an expression's value under values of some globals, None where only the run decides it; `by_round`
        are the globals that depend on the round."""
        self._number, self.by_round = number, by_round
        self.all = rounds <= LOOKED_AT
        self.looked_at = range(rounds) if self.all else sorted(Random(0).sample(range(rounds), LOOKED_AT))
        self._found: dict[ir.Pure, Any] = {}

    def value(self, expr: ir.Pure) -> Any:
        """The number, an array (rounds,), or None."""
        if expr not in self._found:
            self._found[expr] = self._value(expr)
        return self._found[expr]

    def _value(self, expr: ir.Pure) -> Any:
        known = self._number(expr)
        if known is not None or not self.looked_at:
            return known
        found = []
        for k in self.looked_at:
            found.append(self._at(expr, k))
            if found[-1] is None:
                return None
        return np.asarray(found, dtype=np.float64)

    def _at(self, expr: ir.Pure, k: int) -> Any:
        """The value in a round; None where it has none, which is an error once the run gets there."""
        try:
            return self._number(expr, Values(self.by_round, k))
        except (SetupError, ArithmeticError):
            return None


class Values(Mapping[str, Any]):
    """Values of globals in a round, each computed where it is read."""

    def __init__(self, by_round: Mapping[str, InRound], k: int) -> None:
        self._by_round, self._k = by_round, k

    def __getitem__(self, name: str) -> Any:
        return self._by_round[name](self._k)

    def __contains__(self, name: object) -> bool:
        return name in self._by_round

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_round)

    def __len__(self) -> int:
        return len(self._by_round)


@record
class Expected:
    """An expected number, the same in all rounds or one a round (rounds,); `note` says how to read it if it is not exact."""

    times: Any
    note: str = ""

    def __mul__(self, other: Expected) -> Expected:
        """The expected product of two independent numbers."""
        return Expected(self.times * other.times, self.note or other.note)


ALWAYS = Expected(1.0)

Met: TypeAlias = tuple[ir.Instruction, Expected]
"""An instruction, and the expected number of times that it is met."""


@structure
class Coin:
    """A drawn bool: its probability; in a branch that it decides, its value there as 1 or 0."""

    chance: Any  # a number, or one a round


Fact = Coin | Expected
"""Knowledge of a variable: a bool's coin, a set's expected share of all nodes, or an int's mean."""


class Meetings:
    """A walk through a plan that adds up expected messages and keeps facts about drawn variables.

    `met`: the expected number of times that the walk comes to an instruction.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._all, self._number = numbers.all, numbers.value
        self._facts: dict[ir.Slot, Fact] = {}
        self.statements: dict[int, Expected] = {}  # how often each is met, whoever sends
        self.shares: dict[int, Expected] = {}  # of all nodes that take part in it

    def in_rounds(self, instructions: Sequence[ir.Instruction]) -> dict[int, Expected]:
        """Number of a transfer -> expected share of all its messages that are sent, times how often it is met; for each
        round, where rounds differ."""
        found = self.leaves(instructions)
        return {part.number: met for part, met in found if isinstance(part, ir.Transfer)}

    def leaves(self, instructions: Sequence[ir.Instruction]) -> list[tuple[ir.Instruction, Expected]]:
        """Every instruction but branches and loops, with the same number."""
        self._facts = {}
        return list(self._walk(instructions, ALWAYS))

    def in_the_mean(self, met: Expected) -> Expected:
        """The mean over the rounds."""
        if not isinstance(met.times, np.ndarray):
            return met
        return Expected(float(met.times.mean()), met.note or ("" if self._all else ABOUT))

    def _walk(self, instructions: Sequence[ir.Instruction], met: Expected) -> Iterator[Met]:
        for part in instructions:
            match part:
                case ir.Branch():
                    yield from self._branch(part, met)
                case ir.Repeat():
                    yield from self._repeat(part, met)
                case _:
                    yield part, met * self._share(members_of(part))
                    self._learn(part, met)

    def _learn(self, part: ir.Instruction, met: Expected) -> None:
        """Keep the facts that an instruction tells."""
        match part:
            case ir.Transfer():
                self.statements[part.number], self.shares[part.number] = met, self._share(part.members)
                self._bind_transfer(part)
            case ir.DrawEvent():
                self._know(part.target, self._drawn(part))
            case ir.Compute():
                facts = [self._copied(value) for value in part.values]
                for target, fact in zip(part.targets, facts, strict=True):
                    self._know(target, fact)
            case ir.Store():
                self._know(part.target, None)
            case _:
                pass

    # --- branches and loops ----------------------------------------------------------------------------------

    def _branch(self, branch: ir.Branch, met: Expected) -> Iterator[Met]:
        """Both branches, each with its probability; inside them the coin of the condition is known."""
        before, chance = dict(self._facts), self._chance(branch.condition)
        coin, value = self._coin(branch.condition)
        known = []
        for way, block in ((True, branch.then), (False, branch.otherwise)):
            self._facts = dict(before)
            odds = Expected(1.0, AT_MOST) if chance is None else Expected(chance if way else 1 - chance)
            held = coin.chance
            coin.chance = float(way is value)
            yield from self._walk(block, met * odds)
            coin.chance = held
            known.append(self._facts)
        then, otherwise = known
        self._facts = {slot: fact for slot, fact in then.items() if otherwise.get(slot) is fact}

    def _repeat(self, loop: ir.Repeat, met: Expected) -> Iterator[Met]:
        """The body of a loop, times its passes; facts about variables that a pass binds are not kept for the next."""
        count = self._mean(loop.count)
        before = dict(self._facts)
        for _ in self._walk(loop.body, met):
            pass
        self._facts = {slot: fact for slot, fact in before.items() if self._facts.get(slot) is fact}
        passes = Expected(1.0, A_PASS) if count is None else count
        yield from self._walk(loop.body, met * passes)

    # --- facts -----------------------------------------------------------------------------------------------

    def _know(self, slot: ir.Slot, fact: Fact | None) -> None:
        self._facts.pop(slot, None)
        if fact is not None:
            self._facts[slot] = fact

    def _copied(self, value: ir.Pure) -> Fact | None:
        return self._facts.get(value.slot) if isinstance(value, ir.Use) else None

    def _bind_transfer(self, transfer: ir.Transfer) -> None:
        for message_item in transfer.message_items:
            fact = self._copied(message_item.payload)
            if message_item.chooses:
                odds = Expected(fact.chance) if isinstance(fact, Coin) else Expected(1.0, AT_MOST)
                fact = odds * self._share(transfer.members)
            self._know(message_item.target, fact)
        if transfer.tells is not None:
            self._know(transfer.tells, self._share(transfer.members))

    def _drawn(self, event: ir.DrawEvent) -> Fact | None:
        if event.distribution not in COUNTED:
            return None
        numbers = [self._number(argument) for argument in event.arguments]
        match event.distribution:
            case "bernoulli":
                return None if numbers[0] is None else Coin(numbers[0])
            case "choice":
                return None if _unknown(numbers) else Expected((numbers[0] + numbers[1]) / 2)
            case "sample" | "subset":
                return None if _unknown(numbers) else Expected(numbers[1] / numbers[0])
            case "each":
                return None if numbers[0] is None else Expected(numbers[0])
            case _:
                return None

    def _share(self, members: ir.Slot | None) -> Expected:
        """The expected share of all nodes that is in a set."""
        if members is None:
            return ALWAYS
        fact = self._facts.get(members)
        return fact if isinstance(fact, Expected) else Expected(1.0, AT_MOST)

    def _mean(self, count: ir.Pure) -> Expected | None:
        number, fact = self._number(count), self._copied(count)
        if number is not None:
            return Expected(number)
        return fact if isinstance(fact, Expected) else None

    def _chance(self, condition: ir.Pure) -> Any:
        coin, value = self._coin(condition)
        if coin is not UNKNOWN:
            return coin.chance if value else 1 - coin.chance
        number = self._number(condition)
        return None if number is None else 1.0 * number

    def _coin(self, condition: ir.Pure) -> tuple[Coin, bool]:
        """The coin that decides a condition, and the side of the coin on which the condition holds."""
        if isinstance(condition, ir.Operation) and condition.operator == "not":
            coin, value = self._coin(condition.arguments[0])
            return coin, not value
        fact = self._copied(condition)
        return (fact if isinstance(fact, Coin) else UNKNOWN), True


def _unknown(numbers: Sequence[Any]) -> bool:
    return any(number is None for number in numbers)


UNKNOWN = Coin(0.5)
"""The coin of a condition that is no drawn bool."""
