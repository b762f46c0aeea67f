"""Points that generated programs number: those at which a gradient may be asked for again, by the names that hold them.

A binding makes a new point, unless it is a plain copy (`x_old = x`). A point that no path asks at twice has no number: no
later call needs to recognise it; and a call after which no path asks again leaves no result to remember.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TypeAlias

from ..check.kinds import Kind
from ..text.records import record, structure
from . import instructions as ir
from .forms import whole_of
from .traverse import INSTRUCTIONS, bound_slots

Source: TypeAlias = ir.Use | ir.Global
Block: TypeAlias = tuple[ir.Instruction, ...]


Path: TypeAlias = tuple[int, ...]
"""The way to an instruction or block: places in blocks, and which of a branch's blocks."""

INIT, ROUND = (0,), (1,)


def mark_points(plan: ir.Plan) -> ir.Plan:
    """The plan with `tracked` set, names whose points, and minibatches, generated programs number; and with `last` set on
    every call after which none asks again at its point."""
    asked = _Asked(gradients_of(plan))
    first = asked.block(plan.round, ROUND, asked.block(plan.init, INIT, _Held({}, frozenset())))
    asked.repeated_until_settled(plan.round, ROUND, first)
    init, round = _marked(plan.init, INIT, asked.followed), _marked(plan.round, ROUND, asked.followed)
    return replace(plan, init=init, round=round, tracked=asked.tracked())


def _marked(block: Block, path: Path, followed: set[Path]) -> Block:
    return tuple(_marked_one(part, (*path, place), followed) for place, part in enumerate(block))


def _marked_one(instruction: ir.Instruction, path: Path, followed: set[Path]) -> ir.Instruction:
    match instruction:
        case ir.CallOracle():
            return replace(instruction, last=path not in followed)
        case ir.Branch():
            then = _marked(instruction.then, (*path, 0), followed)
            return replace(
                instruction, then=then, otherwise=_marked(instruction.otherwise, (*path, 1), followed)
            )
        case ir.Repeat():
            return replace(instruction, body=_marked(instruction.body, (*path, 0), followed))
        case _:
            return instruction


def gradients_of(plan: ir.Plan) -> frozenset[str]:
    """The slots of gradients before a name is bound to them: a name that is bound to a gradient is at a new point."""
    calls = INSTRUCTIONS.walk(plan)
    return frozenset(call.target.name for call in calls if isinstance(call, ir.CallOracle))


def copies_of(instruction: ir.Instruction, gradients: frozenset[str]) -> Mapping[str, Source]:
    """The source of each name that an instruction binds to a plain copy; its other names are bound to something new."""
    if not isinstance(instruction, ir.Compute):
        return {}
    pairs = zip(instruction.targets, instruction.values, strict=True)
    found = {target.name: _copied(target, value) for target, value in pairs}
    return {n: source for n, source in found.items() if source is not None and _name(source) not in gradients}


def point_of(call: ir.CallOracle) -> Source | None:
    """The name that holds the point of a call, of all nodes where a row for each was asked for."""
    return _name_in(whole_of(call.point))


def batch_of(call: ir.CallOracle) -> Source | None:
    """The name that holds the minibatch of a call, None without one."""
    return None if call.extra is None else _name_in(whole_of(call.extra))


def _copied(target: ir.Slot, value: ir.Pure) -> Source | None:
    """The source of a plain copy; one value that becomes a family is none: each node's row is a point of its own."""
    return _name_in(_same_entries(value)) if target.family == value.family else None


def _same_entries(value: ir.Pure) -> ir.Pure:
    """The value without what changes how it is held: zeros written out, a group's value for each of its nodes."""
    while isinstance(value, ir.Operation) and value.operator in ("dense", "of_group"):
        (value,) = value.arguments
    return value


def _name_in(value: ir.Pure) -> Source | None:
    return value if isinstance(value, ir.Use | ir.Global) else None


# --- asked before --------------------------------------------------------------------------------------------


@record
class _Point:
    """The point that the last binding of a name made, or (`older`) one before it; a constant is one point throughout."""

    name: str
    older: bool = False


@record
class _Held:
    """The points that names may hold at an instruction, and those at which calls may have asked for a gradient by then."""

    names: Mapping[str, frozenset[_Point]]
    asked: frozenset[tuple[_Point, Path]]

    def joined(self, other: _Held) -> _Held:
        """The points after either of two branches."""
        none: frozenset[_Point] = frozenset()
        names = self.names.keys() | other.names.keys()
        either = {name: self.names.get(name, none) | other.names.get(name, none) for name in names}
        return _Held(either, self.asked | other.asked)

    def binding(self, new: frozenset[str], copies: Mapping[str, frozenset[_Point]]) -> _Held:
        """The points once `new` names are bound to new points, and others to copies; at points that no name holds any more
        nothing can be asked again."""
        if not new and not copies:
            return self
        names = {name: _aged(points, new) for name, points in self.names.items()}
        names |= {name: frozenset({_Point(name)}) for name in new}
        names |= {name: _aged(points, new) for name, points in copies.items()}
        held = frozenset(point for points in names.values() for point in points)
        asked = ((_older(point, new), call) for point, call in self.asked)
        return _Held(names, frozenset(each for each in asked if each[0] in held or each[0].name not in names))


def _aged(points: frozenset[_Point], bound: frozenset[str]) -> frozenset[_Point]:
    if all(point.older or point.name not in bound for point in points):
        return points
    return frozenset(_older(point, bound) for point in points)


def _older(point: _Point, bound: frozenset[str]) -> _Point:
    """The point, once names are bound anew."""
    return _Point(point.name, True) if point.name in bound and not point.older else point


@structure
class _Asked:
    """One pass over a plan that collects the points that may be asked at again, and the names that may hold each; and the
    calls that others may follow at the same point."""

    gradients: frozenset[str]
    again: set[str] = field(default_factory=set)
    followed: set[Path] = field(default_factory=set)
    holders: set[tuple[str, str]] = field(default_factory=set)  # (name, name whose binding made the point)
    batches: set[tuple[str, str]] = field(default_factory=set)  # (point's name, batch's name) of calls

    def tracked(self) -> frozenset[str]:
        """Names that may hold a point that may be asked at again, and the minibatches on which it is."""
        points = self.again | {holder for holder, made_by in self.holders if made_by in self.again}
        draws = {batch for point, batch in self.batches if point in points}
        return frozenset(points | draws | {holder for holder, made_by in self.holders if made_by in draws})

    def repeated_until_settled(self, block: Block, path: Path, held: _Held) -> _Held:
        """The points after the block has run any number of times."""
        while True:
            after = held.joined(self.block(block, path, held))
            if after == held:
                return held
            held = after

    def block(self, block: Block, path: Path, held: _Held) -> _Held:
        """The points after the instructions of a block."""
        for place, instruction in enumerate(block):
            held = self._step(instruction, (*path, place), held)
        return held

    def _step(self, instruction: ir.Instruction, path: Path, held: _Held) -> _Held:
        if isinstance(instruction, ir.Branch):
            then = self.block(instruction.then, (*path, 0), held)
            return then.joined(self.block(instruction.otherwise, (*path, 1), held))
        if isinstance(instruction, ir.Repeat):
            return self.repeated_until_settled(instruction.body, (*path, 0), held)
        if isinstance(instruction, ir.CallOracle) and instruction.operator != "loss":
            held = self._ask(instruction, path, held)
        sources = copies_of(instruction, self.gradients)
        copies = {name: _points(source, held) for name, source in sources.items()}
        bound = {slot.name for slot in bound_slots(instruction) if slot.kind in (Kind.VECTOR, Kind.BATCH)}
        held = held.binding(frozenset(bound - copies.keys()), copies)
        self.holders |= {(name, p.name) for name in bound for p in held.names[name]}
        return held

    def _ask(self, call: ir.CallOracle, path: Path, held: _Held) -> _Held:
        point, batch = point_of(call), batch_of(call)
        if point is None:
            return held
        points = _points(point, held)
        before = [(asked, other) for asked, other in held.asked if asked in points]
        self.again |= {asked.name for asked, _ in before}
        self.followed |= {other for _, other in before}
        if batch is not None:
            self.batches |= {(name, p.name) for name in (_name(point),) for p in _points(batch, held)}
        return replace(held, asked=held.asked | {(p, path) for p in points})


def _name(source: Source) -> str:
    return source.slot.name if isinstance(source, ir.Use) else source.name


def _points(source: Source, held: _Held) -> frozenset[_Point]:
    own = frozenset({_Point(_name(source))})
    return held.names.get(_name(source), own) if isinstance(source, ir.Use) else own
