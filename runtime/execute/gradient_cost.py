"""Gradients that a node computes on one way through a round, beginning with what it still holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from typing import Any, TypeAlias

from cablese.dsl.check.kinds import Kind
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.forms import whole_of
from cablese.dsl.plan.points import Source, batch_of, copies_of, gradients_of, point_of
from cablese.dsl.plan.traverse import INSTRUCTIONS, bound_slots, leaves
from cablese.dsl.text.records import record, structure

from .expected import A_PASS, AT_MOST, COUNTED, Values
from .formulas import Product, call
from .oracle_memory import Members, Memory, Where
from .schedules import InRound
from .told import Told, formula_of, untold

MOST_WORLDS, MOST_PASSES = 256, 64
"""Ways through a round, and passes of a loop, that are gone through one by one."""


@record
class Gradients:
    """Gradients a node computes: so many times those of all its samples, and so many of single samples beside.

    `busy` and `busy_single` are those of the busiest node instead of the mean. Numbers may be `Told`.
    """

    all_samples: float = 0.0
    single: float = 0.0
    busy: float = 0.0
    busy_single: float = 0.0
    note: str = ""

    def __add__(self, other: Gradients) -> Gradients:
        """The sum of both."""
        return Gradients(
            self.all_samples + other.all_samples,
            self.single + other.single,
            self.busy + other.busy,
            self.busy_single + other.busy_single,
            self.note or other.note,
        )

    def __mul__(self, times: float) -> Gradients:
        """So many times the gradients."""
        return Gradients(
            self.all_samples * times,
            self.single * times,
            self.busy * times,
            self.busy_single * times,
            self.note,
        )

    @property
    def plain(self) -> Gradients:
        """The same as plain numbers."""
        return self._with(float)

    @property
    def untold(self) -> Gradients:
        """The same without formulas."""
        return self._with(untold)

    def _with(self, change: Callable[[float], float]) -> Gradients:
        full, single, busy, busy_single = map(
            change, (self.all_samples, self.single, self.busy, self.busy_single)
        )
        return Gradients(full, single, busy, busy_single, self.note)

    def samples(self, of_node: int) -> float:
        """Gradients of single samples of a node that has so many."""
        return self.all_samples * of_node + self.single


Fact: TypeAlias = float | tuple[float, float] | Members
"""A drawn name: a bool's chance, the ends of an int, or a set."""


class TooManyWays(Exception):
    """The ways through a round, or the memories at its end, are too many to go through."""


@structure
class World:
    """One way through a round so far: its chance, what names hold, and what it cost."""

    chance: float = 1.0
    points: dict[str, Hashable] = field(default_factory=dict)  # of points and minibatches
    facts: dict[str, Fact] = field(default_factory=dict)
    sizes: dict[Hashable, float | None] = field(default_factory=dict)  # of minibatches, None for all samples
    memory: Memory = field(default_factory=Memory)
    cost: Gradients = field(default_factory=Gradients)

    def copy(self, chance: float = 1.0) -> World:
        """A world that goes its own way."""
        points, facts, sizes = dict(self.points), dict(self.facts), dict(self.sizes)
        return World(self.chance * chance, points, facts, sizes, self.memory.copy(), self.cost)

    def coin(self, name: str) -> float | None:
        """The chance of a coin, if it is one."""
        fact = self.facts.get(name)
        return fact if isinstance(fact, float) else None

    def members(self, slot: ir.Slot) -> Members | None:
        """A drawn set, if its draw is known."""
        fact = self.facts.get(slot.name)
        return fact if isinstance(fact, Members) else None


class Walk:
    """Goes through blocks of a plan; `number` as in `Rounds`, `formula` that of an expression, `batch_size` None for a
    minibatch of all samples."""

    def __init__(
        self,
        plan: ir.Plan,
        number: Callable[..., Any],
        formula: Callable[[ir.Pure], Product | None],
        by_round: Mapping[str, InRound],
        batch_size: Callable[[ir.DrawEvent], float | None],
    ) -> None:
        self._number, self._formula = number, formula
        self._by_round, self._batch_size = by_round, batch_size
        self._states = {slot.name for slot in plan.states if slot.kind in (Kind.VECTOR, Kind.BATCH)}
        self._gradients = gradients_of(plan)
        read = (leaf for part in INSTRUCTIONS.walk(plan.round) for leaf in leaves(part))
        self._constants = {leaf.name for leaf in read if isinstance(leaf, ir.Global)}  # that a round reads
        self._round = 0
        self._new = 0
        self.looked_at_round = False

    def round(self, block: Sequence[ir.Instruction], start: World, round: int) -> list[World]:
        """The ways through a block, each with the memory of the next round."""
        self._round = round
        return [self._ended(world) for world in self._block(block, [start.copy()])]

    def _ended(self, world: World) -> World:
        """The knowledge of later rounds: points of states, numbered in the order of their names."""
        points: dict[Hashable, Hashable] = {}
        held = {}
        for name in sorted(self._states & world.points.keys()):
            point = world.points[name]
            held[name] = points.setdefault(point, point if point in self._constants else len(points))
        constants = {point: point for point, _ in world.memory.held if point in self._constants}
        memory = world.memory.next_round(points | constants)
        sizes = {points[batch]: size for batch, size in world.sizes.items() if batch in points}
        return World(world.chance, held, sizes=sizes, memory=memory, cost=world.cost)

    def _block(self, block: Sequence[ir.Instruction], worlds: list[World]) -> list[World]:
        for part in block:
            worlds = [after for world in worlds for after in self._step(part, world)]
            if len(worlds) > MOST_WORLDS:
                raise TooManyWays
        return worlds

    def _step(self, part: ir.Instruction, world: World) -> list[World]:
        match part:
            case ir.Branch():
                return self._branch(part, world)
            case ir.Repeat():
                return self._repeat(part, world)
            case ir.CallOracle() if part.operator != "loss":
                self._ask(part, world)
            case ir.DrawEvent():
                self._draw(part, world)
            case ir.Compute():
                self._compute(part, world)
            case ir.Transfer():
                self._transfer(part, world)
            case _:
                pass
        self._bind(part, world)
        return [world]

    # --- points and gradients --------------------------------------------------------------------------------

    def _another(self) -> int:
        """A number that nothing has yet; those of the round's start are small and not negative."""
        self._new -= 1
        return self._new

    def _bind(self, part: ir.Instruction, world: World) -> None:
        """Bindings make new points, unless they are plain copies."""
        copies = copies_of(part, self._gradients)
        bound = [slot.name for slot in bound_slots(part) if slot.kind in (Kind.VECTOR, Kind.BATCH)]
        points = {
            name: self._place(copies[name], world) if name in copies else self._another() for name in bound
        }
        if isinstance(part, ir.DrawEvent) and part.distribution == "minibatch":
            world.sizes[points[part.target.name]] = self._batch_size(part)
        world.points |= points

    def _place(self, source: Source, world: World) -> Hashable:
        """The point, or minibatch, that a name holds; a constant is its name."""
        if isinstance(source, ir.Global):
            return source.name
        return world.points.setdefault(source.slot.name, self._another())

    def _ask(self, call: ir.CallOracle, world: World) -> None:
        source, drawn = point_of(call), batch_of(call)
        batch = None if drawn is None else self._place(drawn, world)
        size = None if batch is None else world.sizes.get(batch)
        whole = call.extra is None or (batch is not None and size is None)
        where: Where | None = (
            None if source is None else (self._place(source, world), None if whole else batch)
        )
        if call.extra is not None and batch is None:
            where = None
        over = None if call.members is None else world.members(call.members) or self._unknown()
        own_point = call.point.family and whole_of(call.point) is call.point
        own_batch = not whole and call.extra is not None and whole_of(call.extra) is call.extra
        share = world.memory.ask(where, over, own_point or own_batch)
        note = AT_MOST if over is not None and not over.known else ""
        busy = 1.0 if share else 0.0  # some member holds none of it
        if whole or size is None:
            world.cost += Gradients(share, 0.0, busy, 0.0, note)
        elif share:
            world.cost += Gradients(0.0, share * size, 0.0, busy * size, note)

    def _unknown(self) -> Members:
        """A set that the run decides: at most all nodes, and another one each time."""
        return Members(self._another(), 1.0, 1.0, known=False)

    # --- draws -----------------------------------------------------------------------------------------------

    def _value(self, value: ir.Pure) -> Any:
        """A number in this round, with its formula where it is the same in all; None where the run decides."""
        known = self._number(value)
        if known is not None:
            return known if isinstance(known, bool) else Told(known, self._formula(value))
        found = self._number(value, Values(self._by_round, self._round))
        self.looked_at_round |= found is not None
        return found if found is None or isinstance(found, bool) else untold(found)

    def _draw(self, event: ir.DrawEvent, world: World) -> None:
        world.facts.pop(event.target.name, None)
        if event.distribution not in COUNTED:
            return
        numbers = [self._value(argument) for argument in event.arguments]
        if None not in numbers:
            world.facts[event.target.name] = self._drawn(event.distribution, *numbers)

    def _drawn(self, distribution: str, *numbers: Any) -> Fact:
        match distribution:
            case "bernoulli":
                chance: float = numbers[0]
                return chance
            case "choice":
                return numbers[0], numbers[1]
            case "sample":
                n, r = numbers
                return Members(self._another(), r / n, _met(n, r))
            case "subset":
                share = numbers[1] / numbers[0]
            case _:
                (share,) = numbers
        return Members(self._another(), share, share)

    def _copy(self, target: ir.Slot, value: ir.Pure, facts: Mapping[str, Fact], world: World) -> None:
        """The fact of a name that takes a value; none but of a plain copy."""
        world.facts.pop(target.name, None)
        if isinstance(value, ir.Use) and value.slot.name in facts:
            world.facts[target.name] = facts[value.slot.name]

    def _compute(self, part: ir.Compute, world: World) -> None:
        before = dict(world.facts)
        for target, value in zip(part.targets, part.values, strict=True):
            self._copy(target, value, before, world)

    def _transfer(self, transfer: ir.Transfer, world: World) -> None:
        if transfer.tells is not None and transfer.members is not None:
            self._copy(transfer.tells, ir.Use(transfer.members), dict(world.facts), world)
        for message_item in transfer.message_items:
            target = message_item.target
            self._copy(target, message_item.payload, dict(world.facts), world)
            if message_item.chooses:
                chance = world.coin(target.name)
                world.facts.pop(target.name, None)
                if chance is not None and transfer.members is None:
                    world.facts[target.name] = Members(self._another(), chance, chance)

    # --- ways ------------------------------------------------------------------------------------------------

    def _branch(self, branch: ir.Branch, world: World) -> list[World]:
        coin, holds = _coin(branch.condition)
        chance = world.coin(coin)
        if chance is None:
            value = self._value(branch.condition)
            if value is None:
                return self._either(branch, world)
            return self._block(branch.then if value else branch.otherwise, [world])
        found = []
        for falls in (1.0, 0.0):
            odds = chance if falls else 1.0 - chance
            if odds > 0:
                way = world.copy(odds if odds < 1 else 1.0)
                way.facts[coin] = falls
                found += self._block(branch.then if bool(falls) is holds else branch.otherwise, [way])
        return found

    def _either(self, branch: ir.Branch, world: World) -> list[World]:
        """Where the run decides, the dearer of the ways, after which nothing is taken for held."""
        ways = [self._block(block, [world.copy()]) for block in (branch.then, branch.otherwise)]
        dearer = max(ways, key=lambda way: sum(w.chance * (w.cost.all_samples + w.cost.single) for w in way))
        for way in dearer:
            way.memory, way.cost = Memory(), way.cost + Gradients(note=AT_MOST)
        return dearer

    def _repeat(self, loop: ir.Repeat, world: World) -> list[World]:
        count = self._value(loop.count)
        if count is not None:
            return self._told_passes(loop, world, count)
        drawn = world.facts.get(loop.count.slot.name) if isinstance(loop.count, ir.Use) else None
        if not isinstance(drawn, tuple):
            found = self._passes(loop, world, 1)
            for way in found:
                way.memory, way.cost = Memory(), way.cost + Gradients(note=A_PASS)
            return found
        least, most = map(int, drawn)
        if most - least >= MOST_PASSES:
            raise TooManyWays
        odds = 1 / (most - least + 1)
        found = [w for passes in range(least, most + 1) for w in self._passes(loop, world.copy(odds), passes)]
        for way in found:
            way.cost = way.cost.untold
        return found

    def _told_passes(self, loop: ir.Repeat, world: World, count: Told) -> list[World]:
        """So many passes; their number is in the formulas as it is written, where a pass takes one way."""
        whole = int(count)
        if not whole or formula_of(whole) == count.formula:
            return self._passes(loop, world, whole)
        before = world.copy()
        found = self._passes(loop, world, whole)
        cost = self._cost_of_passes(loop, before, count) if len(found) == 1 else None
        for way in found:
            way.cost = way.cost.untold if cost is None else cost
        return found

    def _cost_of_passes(self, loop: ir.Repeat, world: World, count: Told) -> Gradients | None:
        """The cost after passes of which all but the first are alike; None where they are not."""
        costs = [world.cost]
        for _ in range(3):
            (world,) = self._block(loop.body, [world])
            costs.append(world.cost)
        first, second, third = (after + before * -1.0 for before, after in pairwise(costs))
        return costs[0] + first + second * (count - 1.0) if second == third else None

    def _passes(self, loop: ir.Repeat, world: World, count: int) -> list[World]:
        """Passes one by one, and of many the rest as the last of those."""
        worlds = [world]
        for done in range(min(count, MOST_PASSES)):
            if done == MOST_PASSES - 1:
                worlds = [self._rest(way, count - done, loop) for way in worlds]
                break
            worlds = self._block(loop.body, worlds)
        return worlds

    def _rest(self, world: World, passes: int, loop: ir.Repeat) -> World:
        before = world.cost
        ways = self._block(loop.body, [world])
        if len(ways) > 1:
            raise TooManyWays
        more = ways[0].cost + before * -1.0
        ways[0].cost = before + more * float(passes)
        return ways[0]


def _met(n: Told, r: Told) -> Told:
    """The mean share of n nodes that r draws with replacement hit."""
    value = 1 - (1 - 1 / float(n)) ** float(r)
    if n.formula is None or r.formula is None:
        return untold(value)
    return Told(value, call("met", n.formula, r.formula))


def _coin(condition: ir.Pure) -> tuple[str, bool]:
    """The name of a coin that decides a condition, and for which of its sides it holds."""
    if isinstance(condition, ir.Operation) and condition.operator == "not":
        name, holds = _coin(condition.arguments[0])
        return name, not holds
    return (condition.slot.name if isinstance(condition, ir.Use) else ""), True
