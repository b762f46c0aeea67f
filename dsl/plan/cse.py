"""Common values: one that a block computes twice, on operands that no instruction between binds, is computed once.

Gradients, aggregates of vectors and arithmetic of vectors: each is an array as long as the model, or one for each node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from ..check.kinds import Kind, Placement
from . import instructions as ir
from .forms import ELEMENTWISE
from .names import unused
from .traverse import INSTRUCTIONS, VALUES, bound_slots, leaves, members_of, values_of

Block: TypeAlias = tuple[ir.Instruction, ...]
Shared: TypeAlias = ir.Fold | ir.Operation

PLACEMENTS = {ir.SERVER: Placement.SERVER, ir.NODE: Placement.NODE, ir.EVERYONE: Placement.ALL}
"""The placement of a value that these roles hold."""

NAMED = {"+": "sum", "-": "difference", "*": "product", "/": "quotient"}
"""Words for operators in the names of slots."""


def share_values(plan: ir.Plan) -> ir.Plan:
    """The plan with a slot for every aggregate, and every result of arithmetic, of vectors that a block evaluates more than
    once, and without calls that ask for a gradient that the same name holds already."""
    taken = {slot.name for part in INSTRUCTIONS.walk(plan) for slot in bound_slots(part)}
    taken |= {part.counter for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Repeat)}
    taken |= {part.target for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Rebind)}
    taken |= {slot.name for slot in plan.states} | set(plan.params) | set(plan.compressors) | {plan.counter}
    return INSTRUCTIONS.map_blocks(plan, lambda block: _shared(_without_repeats(block), taken))


# --- gradients -----------------------------------------------------------------------------------------------


def _without_repeats(block: Block) -> Block:
    """The block without calls of an oracle whose results their targets hold."""
    held: list[ir.CallOracle] = []
    out: list[ir.Instruction] = []
    for instruction in block:
        if isinstance(instruction, ir.CallOracle) and instruction in held:
            continue
        bound = _bound(instruction)
        held = [call for call in held if not bound & {call.target.name, *_read(call)}]
        if isinstance(instruction, ir.CallOracle) and instruction.target.name not in _read(instruction):
            held.append(instruction)
        out.append(instruction)
    return tuple(out)


def _bound(instruction: ir.Instruction) -> set[str]:
    """The names that an instruction binds, those in its blocks too."""
    return {slot.name for part in INSTRUCTIONS.walk(instruction) for slot in bound_slots(part)}


def _read(call: ir.CallOracle) -> set[str]:
    """The names that a call reads."""
    members = set() if call.members is None else {call.members.name}
    return members | {leaf.name for leaf in leaves(call)}


# --- expressions ---------------------------------------------------------------------------------------------


def _shared(block: Block, taken: set[str]) -> Block:
    found = [tuple(_candidates(instruction)) for instruction in block]
    counts = Counter(chain.from_iterable(found))
    for place, values in enumerate(found):
        for value in values:
            readers = _readers(block, found, place, value) if counts[value] > 1 else []
            if len(readers) > 1:
                return _shared(_held(block, value, readers, taken), taken)
    return tuple(_inside(part, taken) for part in block)


def _inside(instruction: ir.Instruction, taken: set[str]) -> ir.Instruction:
    return INSTRUCTIONS.map_blocks(instruction, lambda block: _shared(_without_repeats(block), taken))


def _candidates(instruction: ir.Instruction) -> Iterator[Shared]:
    """The expressions of an instruction that may be shared, outermost first; points of oracles are known by their names."""
    if isinstance(instruction, ir.CallOracle) or _evaluators(instruction) not in PLACEMENTS:
        return
    picks = isinstance(instruction, ir.Compress) and instruction.blind
    for value in values_of(instruction):
        for part in VALUES.walk(value):
            if isinstance(part, ir.Fold | ir.Operation) and _may_be_shared(part, picks=picks):
                yield part


def _may_be_shared(value: Shared, *, picks: bool) -> bool:
    """True for an aggregate, and for a dense vector that is made of several: a multiple of one is computed again rather than
    held, and sparse changes may update an array in place. `picks`: only some entries are evaluated, which costs less."""
    if value.kind is not Kind.VECTOR:
        return False
    match value:
        case ir.Fold():
            return True
        case ir.Operation() if not picks:
            several = sum(each.kind is Kind.VECTOR for each in value.arguments) > 1
            return several and value.operator in ELEMENTWISE and not any(map(_of_groups, leaves(value)))
        case _:
            return False


def _of_groups(leaf: ir.Slot | ir.Global) -> bool:
    return isinstance(leaf, ir.Slot) and leaf.groups


def _readers(block: Block, candidates: Sequence[Sequence[Shared]], first: int, value: Shared) -> list[int]:
    """Places of the block's instructions, whose candidates are these, that evaluate a value with what it has at the first of
    them."""
    reads = {leaf.name for leaf in leaves(value)}
    alike = _evaluators(block[first]), members_of(block[first])
    found = []
    for place in range(first, len(block)):
        instruction = block[place]
        if value in candidates[place] and alike == (_evaluators(instruction), members_of(instruction)):
            found.append(place)
        if reads & _bound(instruction):
            break
    return found


def _evaluators(instruction: ir.Instruction) -> ir.Roles:
    """The roles that evaluate an instruction's expressions: of a message's payloads the sender."""
    if isinstance(instruction, ir.Transfer):
        return frozenset({ir.sender_of(instruction.route)})
    return instruction.roles


def _held(block: Block, value: Shared, readers: list[int], taken: set[str]) -> Block:
    """The block with the value in a slot of its own before its first reader."""
    first = block[readers[0]]
    name = unused(_name(value), taken)
    taken.add(name)
    roles = _evaluators(first)
    slot = ir.Slot(name, value.kind, value.family, PLACEMENTS[roles], value.form)
    members = members_of(first) if value.family else None
    hold = ir.Compute((slot,), (value,), members, roles, False, first.span)
    out = [
        _replaced(part, value, ir.Use(slot)) if place in readers else part for place, part in enumerate(block)
    ]
    return (*out[: readers[0]], hold, *out[readers[0] :])


def _name(value: Shared) -> str:
    word = NAMED.get(value.operator, value.operator)
    return "_".join((word if word.isidentifier() else "shared", *(leaf.name for leaf in leaves(value))))


def _replaced(instruction: ir.Instruction, old: ir.Pure, new: ir.Pure) -> ir.Instruction:
    """The instruction with an expression put in the place of an equal one."""

    def put(value: ir.Pure) -> ir.Pure:
        return new if value == old else VALUES.map_children(value, put)

    return VALUES.map_children(instruction, put)
