"""Packets that receivers keep because they send them on; all others are decoded and dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..check.program import Route
from . import instructions as ir
from .traverse import INSTRUCTIONS, leaves, values_of

Reads = frozenset[tuple[ir.Role, str]]
"""The slots that each role reads, by name."""


def keep_packets_sent_on(plan: ir.Plan) -> ir.Plan:
    """The plan in which messages bind only the packets that a receiver sends on."""
    reads = frozenset(_reads(plan))
    return INSTRUCTIONS.map_children(plan, lambda part: _pruned(part, reads))


def _reads(plan: ir.Plan) -> Iterator[tuple[ir.Role, str]]:
    for instruction in INSTRUCTIONS.walk(plan):
        names = {leaf.name for value in values_of(instruction) for leaf in leaves(value)}
        yield from ((role, name) for role in _readers(instruction) for name in names)


def _readers(instruction: ir.Instruction) -> ir.Roles:
    if isinstance(instruction, ir.Transfer):
        return frozenset({ir.sender_of(instruction.route)})
    return instruction.roles


def _pruned(instruction: ir.Instruction, reads: Reads) -> ir.Instruction:
    if isinstance(instruction, ir.Transfer):
        message_items = (
            _pruned_item(message_item, instruction.route, reads) for message_item in instruction.message_items
        )
        return replace(instruction, message_items=tuple(message_items))
    return INSTRUCTIONS.map_children(instruction, lambda part: _pruned(part, reads))


def _pruned_item(message_item: ir.MessageItem, route: Route, reads: Reads) -> ir.MessageItem:
    """The item without its packet, unless a role reads it that did not encode it: a sender has it under the same name."""
    packet = message_item.packet
    if packet is None:
        return message_item
    encoded = isinstance(message_item.payload, ir.Use) and message_item.payload.slot.name == packet.name
    has_it = {ir.sender_of(route)} if encoded else set()
    wanted = any((role, packet.name) in reads for role in ir.roles_of(packet.placement) - has_it)
    return message_item if wanted else replace(message_item, packet=None)
