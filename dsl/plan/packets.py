"""Which packets their receivers keep: those that someone who did not encode them sends on. The others are decoded only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..check.program import Route
from . import instructions as ir
from .traverse import INSTRUCTIONS, leaves, values_of

Reads = frozenset[tuple[ir.Role, str]]
"""Who reads which slots."""


def keep_packets_sent_on(plan: ir.Plan) -> ir.Plan:
    """The plan without the packets of messages that nobody sends on."""
    reads = frozenset(_reads(plan))
    return INSTRUCTIONS.map_children(plan, lambda part: _of_instruction(part, reads))


def _reads(plan: ir.Plan) -> Iterator[tuple[ir.Role, str]]:
    for instruction in INSTRUCTIONS.walk(plan):
        names = {leaf.name for value in values_of(instruction) for leaf in leaves(value)}
        yield from ((role, name) for role in _readers(instruction) for name in names)


def _readers(instruction: ir.Instruction) -> ir.Roles:
    if isinstance(instruction, ir.Transfer):
        return frozenset({ir.sender_of(instruction.route)})
    return instruction.roles


def _of_instruction(instruction: ir.Instruction, reads: Reads) -> ir.Instruction:
    if isinstance(instruction, ir.Transfer):
        message_items = (
            _of_item(message_item, instruction.route, reads) for message_item in instruction.message_items
        )
        return replace(instruction, message_items=tuple(message_items))
    return INSTRUCTIONS.map_children(instruction, lambda part: _of_instruction(part, reads))


def _of_item(message_item: ir.MessageItem, route: Route, reads: Reads) -> ir.MessageItem:
    """The sender has the packet that it encoded, under the same name."""
    packet = message_item.packet
    if packet is None:
        return message_item
    encoded = isinstance(message_item.payload, ir.Use) and message_item.payload.slot.name == packet.name
    has_it = {ir.sender_of(route)} if encoded else set()
    wanted = any((role, packet.name) in reads for role in ir.roles_of(packet.placement) - has_it)
    return message_item if wanted else replace(message_item, packet=None)
