"""Which packets their receivers keep: those that someone who did not encode them sends on. The others are decoded only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..check.program import Route
from . import instructions as i
from .traverse import INSTRUCTIONS, leaves, values_of

Reads = frozenset[tuple[i.Role, str]]
"""Who reads which slots."""


def keep_packets_sent_on(plan: i.Plan) -> i.Plan:
    """The plan without the packets of messages that nobody sends on."""
    reads = frozenset(_reads(plan))
    return INSTRUCTIONS.map_children(plan, lambda part: _of_instruction(part, reads))


def _reads(plan: i.Plan) -> Iterator[tuple[i.Role, str]]:
    for instruction in INSTRUCTIONS.walk(plan):
        names = {leaf.name for value in values_of(instruction) for leaf in leaves(value)}
        yield from ((role, name) for role in _readers(instruction) for name in names)


def _readers(instruction: i.Instruction) -> i.Roles:
    if isinstance(instruction, i.Transfer):
        return frozenset({i.sender_of(instruction.route)})
    return instruction.roles


def _of_instruction(instruction: i.Instruction, reads: Reads) -> i.Instruction:
    if isinstance(instruction, i.Transfer):
        parcels = (_of_parcel(parcel, instruction.route, reads) for parcel in instruction.parcels)
        return replace(instruction, parcels=tuple(parcels))
    return INSTRUCTIONS.map_children(instruction, lambda part: _of_instruction(part, reads))


def _of_parcel(parcel: i.Parcel, route: Route, reads: Reads) -> i.Parcel:
    """The sender has the packet that it encoded, under the same name."""
    packet = parcel.packet
    if packet is None:
        return parcel
    encoded = isinstance(parcel.payload, i.Use) and parcel.payload.slot.name == packet.name
    has_it = {i.sender_of(route)} if encoded else set()
    wanted = any((role, packet.name) in reads for role in i.roles_of(packet.placement) - has_it)
    return parcel if wanted else replace(parcel, packet=None)
