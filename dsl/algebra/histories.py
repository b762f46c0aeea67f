"""Histories: linear in what they hold, so that each atom of a value has its place in them; least and greatest are opaque."""

from __future__ import annotations

from collections.abc import Callable

from ..check import program as core
from ..check.kinds import Kind
from .combination import NOTHING, UNIT, Combination, atom, case_by_case
from .functions import LOCAL, is_local, key_of, opaque_number
from .ranges import ANY

OF_HISTORIES = ("history", "push", "[]", "sum[]", "mean[]", "min[]", "max[]")

_NEW, _OLD, _FILL = "newest:", "older:", "filled:"


def of_history(expr: core.Apply, arguments: tuple[Combination, ...]) -> Combination:
    """The value of an operator of histories."""
    number = expr.kind is Kind.REAL
    match expr.operator:
        case "history":
            return _linear(arguments[1], lambda held: _prefixed(f"{_FILL}{arguments[0].digest()}:", held))
        case "push":
            older = _linear(arguments[0], lambda held: _prefixed(_OLD, held))
            return older + _linear(arguments[1], lambda held: _prefixed(_NEW, held))
        case "[]":
            return case_by_case(lambda place: _entry(arguments[0], place, number), (arguments[1],))
        case "sum[]" | "mean[]":
            return _folded(arguments[0], number, expr.operator)
        case _:
            return case_by_case(lambda history: _opaque(history, number, expr.operator), (arguments[0],))


def _linear(value: Combination, moved: Callable[[str], str]) -> Combination:
    """The value with other atoms."""
    total = NOTHING
    for (guard, held), coefficient in value.terms.items():
        total = total + Combination({(guard, moved(held)): coefficient})
    return total


def _prefixed(prefix: str, held: str) -> str:
    return LOCAL * held.startswith(LOCAL) + prefix + held.removeprefix(LOCAL)


def _entry(history: Combination, place: Combination, number: bool) -> Combination:
    """The value at a place: what was pushed there, or filled in, where that is known."""
    total = NOTHING
    for (guard, held), coefficient in history.terms.items():
        own = held.startswith(LOCAL) or is_local(place)
        found = _at(held.removeprefix(LOCAL), place, number, own)
        total = total + Combination({(guard, UNIT): coefficient}) * found
    return total


def _at(held: str, place: Combination, number: bool, own: bool) -> Combination:
    """The part of the value at a place that one atom of a history makes."""
    at = place.coefficient().exact
    if at is None:
        return _atom(number, own, "entry", place.digest(), held)
    while at > 1 and held.startswith(_OLD):
        held, at = held.removeprefix(_OLD), at - 1
    if held.startswith(_OLD) or (held.startswith(_NEW) and at > 1):
        return NOTHING  # the one is older, the other newer than the value at this place
    if held.startswith((_NEW, _FILL)):
        value = held.removeprefix(_NEW) if held.startswith(_NEW) else held.split(":", 2)[2]
        return atom(LOCAL * (own and value != UNIT) + value)
    return _atom(number, own, "entry", str(at), held)


def _folded(history: Combination, number: bool, operator: str) -> Combination:
    total = NOTHING
    for (guard, held), coefficient in history.terms.items():
        own = _atom(number, held.startswith(LOCAL), operator, held)
        total = total + Combination({(guard, UNIT): coefficient}) * own
    return total


def _opaque(history: Combination, number: bool, operator: str) -> Combination:
    return _atom(number, is_local(history), operator, history.digest())


def _atom(number: bool, local: bool, *parts: str) -> Combination:
    if number:
        return opaque_number(ANY, local, *parts)
    return atom(key_of(local, *parts))
