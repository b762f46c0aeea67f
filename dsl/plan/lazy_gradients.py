"""Lazy gradients: an oracle's result that only blind compressors read is computed at the entries that they keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from ..check.kinds import Kind
from . import instructions as ir
from .traverse import INSTRUCTIONS, leaves, values_of


def mark_lazy(plan: ir.Plan) -> ir.Plan:
    """The plan with `lazy` set on every oracle call whose result only blind compressors take entries of."""
    return INSTRUCTIONS.map_blocks(plan, _mark)


def _mark(block: tuple[ir.Instruction, ...]) -> tuple[ir.Instruction, ...]:
    return tuple(_marked(part, block[place + 1 :]) for place, part in enumerate(block))


def _marked(instruction: ir.Instruction, following: tuple[ir.Instruction, ...]) -> ir.Instruction:
    """The instruction with `lazy` set; an oracle's result is read in its own block, before its name is bound again."""
    match instruction:
        case ir.CallOracle():
            name = instruction.target.name
            readers = tuple(takewhile(lambda part: not _makes(part, name), following))
            whole = {slot.name for reader in INSTRUCTIONS.walk(readers) for slot in _read_whole(reader)}
            return replace(instruction, lazy=instruction.operator != "loss" and name not in whole)
        case _:
            return INSTRUCTIONS.map_blocks(instruction, _mark)


def _makes(instruction: ir.Instruction, name: str) -> bool:
    return isinstance(instruction, ir.CallOracle) and instruction.target.name == name


def _read_whole(instruction: ir.Instruction) -> Iterator[ir.Slot]:
    """Slots that an instruction reads in more places than a blind compressor keeps."""
    if isinstance(instruction, ir.Compress) and instruction.blind:
        yield from _whole_in(instruction.operand)
        return
    for value in values_of(instruction):
        yield from _slots(value)


def _whole_in(operand: ir.Pure) -> Iterator[ir.Slot]:
    """Slots in a blind compressor's operand that are read whole: those under its numbers, such as norms, and its folds."""
    if operand.kind not in (Kind.VECTOR, Kind.MASK):
        yield from _slots(operand)
        return
    match operand:
        case ir.Operation():
            for argument in operand.arguments:
                yield from _whole_in(argument)
        case ir.Use():
            return
        case _:
            yield from _slots(operand)


def _slots(value: ir.Pure) -> Iterator[ir.Slot]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, ir.Slot))
