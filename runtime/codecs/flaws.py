"""Check of packets against the roles of their fields: types of arrays, a row a message, coordinates in order and range."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any

from ..arrays.namespace import namespace_of
from .packets import Packet, Role, roles, within

Flaw = tuple[str, str]
"""Words for an error: the thing found, and the thing wanted."""


def flaw(found: object, rows: int, d: int) -> Flaw | None:
    """The first flaw of an object as a packet of `rows` messages, of vectors with d entries; None where it has none."""
    wanted = f"a packet of {rows}: a dataclass derived from `Packet`, each array with a row a message"
    if not (isinstance(found, Packet) and is_dataclass(found)):
        return type(found).__name__, wanted
    for name, role, _ in roles(type(found)):
        value = getattr(found, name)
        if role is None:
            flaws = (_flaw_of_part(name, part, rows, d) for part in within(value))
            wrong = next(filter(None, flaws), None)
        elif tuple(getattr(value, "shape", ())[:1]) != (rows,):
            wrong = _without_rows(value, name), wanted
        else:
            wrong = _flaw_of_array(value, name, role, d)
        if wrong:
            return wrong
    return None


def _flaw_of_part(name: str, part: object, rows: int, d: int) -> Flaw | None:
    """The flaw of a packet in a field without a role; anything else in such a field is a flaw."""
    if isinstance(part, Packet):
        return flaw(part, rows, d)
    wanted = "a field that is `Floats`, `Symbols`, `Indices` or `Mask`, or a packet"
    return f"a packet whose `{name}` does not say what it is", wanted


def _without_rows(value: Any, name: str) -> str:
    """Words for a field that has not a row a message."""
    shape = getattr(value, "shape", None)
    if not shape:
        return f"a packet whose `{name}` is {type(value).__name__}"
    return f"a packet of {shape[0]} row{'s' if shape[0] != 1 else ''}"


def _flaw_of_array(array: Any, name: str, role: Role, d: int) -> Flaw | None:
    """The flaw of an array as a field of this role: its type, or its coordinates."""
    xp = namespace_of(array)
    types: dict[Role, Any] = {
        Role.FLOATS: "real floating",
        Role.SYMBOLS: ("integral", "bool"),
        Role.INDICES: xp.int64,
        Role.MASK: "bool",
    }
    if not xp.isdtype(array.dtype, types[role]):
        return f"a packet whose `{name}` is of type {array.dtype}", role.value
    if role is Role.INDICES and not _in_order(xp, array, d):
        wanted = f"coordinates from 0 to {d - 1} that ascend in each row"
        return f"a packet whose `{name}` are others", wanted
    return None


def _in_order(xp: Any, indices: Any, d: int) -> bool:
    if indices.ndim != 2:
        return False
    within_d = bool(xp.all((indices >= 0) & (indices < d)))
    return within_d and bool(xp.all(indices[:, 1:] > indices[:, :-1]))
