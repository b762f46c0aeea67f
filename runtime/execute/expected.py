"""How often messages are sent: expected numbers, from the plan and what is known before a run, for `--dry`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cablese.dsl.plan import instructions as i
from cablese.dsl.text.records import record

Number = Callable[[i.Pure], Any]
"""A pure expression -> its value, None where the run decides it."""

AT_MOST, A_PASS = "at most", "for each pass of a loop"


@record
class Expected:
    """How often something happens in a round, in the mean; `note` says where that is not known."""

    times: float
    note: str = ""

    def __mul__(self, other: Expected) -> Expected:
        """Of what are independent."""
        return Expected(self.times * other.times, self.note or other.note)


ALWAYS = Expected(1.0)


@dataclass(slots=True)
class Coin:
    """A drawn bool: its chance, or what it is on the way at hand."""

    chance: float


Fact = Coin | Expected
"""Of a variable: a bool's coin; a set's expected share of all nodes; an int's mean."""


class Meetings:
    """A walk through a plan that knows what was drawn."""

    def __init__(self, number: Number) -> None:
        self._number = number
        self._facts: dict[i.Slot, Fact] = {}

    def of(self, instructions: Sequence[i.Instruction]) -> dict[int, Expected]:
        """Transfer number -> how many of all its messages are sent, as a share, times how often it is met."""
        self._facts = {}
        return dict(self._walk(instructions, ALWAYS))

    def _walk(self, instructions: Sequence[i.Instruction], met: Expected) -> Iterator[tuple[int, Expected]]:
        for part in instructions:
            match part:
                case i.Transfer():
                    yield part.number, met * self._share(part.members)
                    self._bind_transfer(part)
                case i.Branch():
                    yield from self._branch(part, met)
                case i.Repeat():
                    yield from self._repeat(part, met)
                case i.DrawEvent():
                    self._know(part.target, self._drawn(part))
                case i.Compute():
                    facts = [self._copied(value) for value in part.values]
                    for target, fact in zip(part.targets, facts, strict=True):
                        self._know(target, fact)
                case i.Store():
                    self._know(part.target, None)
                case _:
                    continue

    # --- ways ------------------------------------------------------------------------------------------------

    def _branch(self, branch: i.Branch, met: Expected) -> Iterator[tuple[int, Expected]]:
        """Both ways by their chances; a coin is not thrown twice."""
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

    def _repeat(self, loop: i.Repeat, met: Expected) -> Iterator[tuple[int, Expected]]:
        """What a pass leaves behind is not known at the start of the next."""
        count = self._mean(loop.count)
        before = dict(self._facts)
        for _ in self._walk(loop.body, met):
            pass
        self._facts = {slot: fact for slot, fact in before.items() if self._facts.get(slot) is fact}
        passes = Expected(1.0, A_PASS) if count is None else count
        yield from self._walk(loop.body, met * passes)

    # --- facts -----------------------------------------------------------------------------------------------

    def _know(self, slot: i.Slot, fact: Fact | None) -> None:
        self._facts.pop(slot, None)
        if fact is not None:
            self._facts[slot] = fact

    def _copied(self, value: i.Pure) -> Fact | None:
        return self._facts.get(value.slot) if isinstance(value, i.Use) else None

    def _bind_transfer(self, transfer: i.Transfer) -> None:
        for parcel in transfer.parcels:
            fact = self._copied(parcel.payload)
            if parcel.chooses:
                odds = Expected(fact.chance) if isinstance(fact, Coin) else Expected(1.0, AT_MOST)
                fact = odds * self._share(transfer.members)
            self._know(parcel.target, fact)
        if transfer.tells is not None:
            self._know(transfer.tells, self._share(transfer.members))

    def _drawn(self, event: i.DrawEvent) -> Fact | None:
        numbers = [self._number(argument) for argument in event.arguments]
        match event.distribution:
            case "bernoulli":
                return None if numbers[0] is None else Coin(float(numbers[0]))
            case "choice":
                return None if None in numbers else Expected((numbers[0] + numbers[1]) / 2)
            case "sample" | "subset":
                return None if None in numbers else Expected(numbers[1] / numbers[0])
            case "each":
                return None if numbers[0] is None else Expected(float(numbers[0]))
            case _:
                return None

    def _share(self, members: i.Slot | None) -> Expected:
        """Of all nodes, those in a set."""
        if members is None:
            return ALWAYS
        fact = self._facts.get(members)
        return fact if isinstance(fact, Expected) else Expected(1.0, AT_MOST)

    def _mean(self, count: i.Pure) -> Expected | None:
        number, fact = self._number(count), self._copied(count)
        if number is not None:
            return Expected(float(number))
        return fact if isinstance(fact, Expected) else None

    def _chance(self, condition: i.Pure) -> float | None:
        coin, value = self._coin(condition)
        if coin is not UNKNOWN:
            return coin.chance if value else 1 - coin.chance
        number = self._number(condition)
        return None if number is None else float(bool(number))

    def _coin(self, condition: i.Pure) -> tuple[Coin, bool]:
        """The coin that decides a condition, and for which of its sides it holds."""
        if isinstance(condition, i.Operation) and condition.operator == "not":
            coin, value = self._coin(condition.arguments[0])
            return coin, not value
        fact = self._copied(condition)
        return (fact if isinstance(fact, Coin) else UNKNOWN), True


UNKNOWN = Coin(0.5)
"""That of a condition which is no coin."""
