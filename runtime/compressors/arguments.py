"""Arguments of a compressor: a binding's, completed to those that the compressor is built with."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue

from ..codecs.sizes import ENCODINGS
from . import errors
from .base import Compressor

ENCODE = Argument(
    "encode",
    ArgumentKind.WORD,
    default="fixed",
    choices=ENCODINGS,
    doc="fields of one size; Rice codes where shorter; a table of frequencies where shorter still",
)
"""How quantisers write their symbols."""


def whole(arguments: Mapping[str, ArgumentValue], name: str) -> int:
    """A complete argument of kind INT."""
    value = arguments[name]
    assert isinstance(value, int)
    return value


def real(arguments: Mapping[str, ArgumentValue], name: str) -> float:
    """A complete argument of kind REAL."""
    value = arguments[name]
    assert isinstance(value, int | float)
    return float(value)


def complete(family: type[Compressor], given: Mapping[str, ArgumentValue]) -> dict[str, ArgumentValue]:
    """The arguments with defaults filled in, kinds and bounds checked: counts as ints, norms as 2.0 or inf."""
    known = [argument.name for argument in family.arguments]
    for name in given:
        if name not in known:
            raise errors.unknown_argument(family.name, name, known)
    return {argument.name: _value(family.name, argument, given) for argument in family.arguments}


def _value(family: str, argument: Argument, given: Mapping[str, ArgumentValue]) -> ArgumentValue:
    value = given.get(argument.name, argument.default)
    if value is None:
        raise errors.missing_argument(family, argument.name)
    taken, expected = _converted(argument, value)
    if taken is None:
        raise errors.wrong_kind(family, argument.name, value, expected)
    if not argument.admits(taken):
        raise errors.out_of_bounds(family, argument, taken)
    return taken


def _converted(argument: Argument, value: ArgumentValue) -> tuple[ArgumentValue | None, str]:
    """The value in the argument's kind (None if it has another), and that kind in words."""
    match argument.kind:
        case ArgumentKind.INT:
            return _whole(value), "a whole number"
        case ArgumentKind.REAL:
            return (float(value) if _is_number(value) else None), "a number"  # type: ignore[arg-type]
        case ArgumentKind.BOOL:
            return (value if isinstance(value, bool) else None), "true or false"
        case ArgumentKind.WORD:
            return (value if value in argument.choices else None), f"one of {', '.join(argument.choices)}"
        case ArgumentKind.NORM:
            return _norm(value), "2 or inf"
        case _:
            return value, ""


def _is_number(value: ArgumentValue) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: ArgumentValue) -> int | None:
    if (
        not isinstance(value, (int, float))
        or isinstance(value, bool)
        or value != value // 1
        or abs(value) == inf
    ):
        return None
    return int(value)


def _norm(value: ArgumentValue) -> float | None:
    return (
        {2: 2.0, "2": 2.0, inf: inf, "inf": inf}.get(value) if isinstance(value, (int, float, str)) else None
    )


def level_formula(s: int, name: str = "s") -> str:
    """Bits of a float and d levels from -s to s in fields, as `Compressor.formula` has it; `name` is the argument's."""
    return "fb + trits(d)" if s == 1 else f"fb + d * ceil_log2(2 * {name} + 1)"
