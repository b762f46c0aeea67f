"""A problem's arguments: completed, checked for name, type and range, written back as a user would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from cablese.dsl.check.contracts import Argument, ArgumentKind, Called

from . import errors
from .base import Scalar


def resolve(contract: Called, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Every argument of the contract, in its order: the given values (checked) and the defaults."""
    known = {argument.name: argument for argument in contract.arguments}
    for name in given:
        if name not in known:
            raise errors.unknown_argument(contract, name)
    return {name: _value(contract, argument, given) for name, argument in known.items()}


def written(contract: Called, complete: Mapping[str, Scalar]) -> str:
    """`logreg(data = "a9a", l2 = 0.001)`: the problem as one would type it, defaults left out."""
    listed = [
        f"{argument.name} = {_literal(complete[argument.name])}"
        for argument in contract.arguments
        if argument.default is None or complete[argument.name] != argument.default
    ]
    return f"{contract.name}({', '.join(listed)})"


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        f'"{value}"' if isinstance(value, str) else f"{value:.17g}" if float(value) != value else repr(value)
    )


def _value(contract: Called, argument: Argument, given: Mapping[str, Scalar]) -> Scalar:
    if argument.name in given:
        return _checked(contract, argument, given[argument.name])
    default = argument.default
    if default is None:
        raise errors.missing_argument(contract, argument)
    assert isinstance(default, int | float | str)  # no problem takes a compressor
    return default


def _checked(contract: Called, argument: Argument, value: Scalar) -> Scalar:
    if not _fits(argument.kind, value):
        raise errors.wrong_type(contract, argument, value)
    if argument.choices and value not in argument.choices:
        raise errors.not_a_choice(contract, argument, value)
    if not argument.admits(value):
        raise errors.out_of_range(contract, argument, value)
    return float(value) if argument.kind is ArgumentKind.REAL else value


def _fits(kind: ArgumentKind, value: Scalar) -> bool:
    match kind:
        case ArgumentKind.BOOL:
            return isinstance(value, bool)
        case ArgumentKind.INT:
            return isinstance(value, int) and not isinstance(value, bool)
        case ArgumentKind.REAL | ArgumentKind.NORM:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ArgumentKind.WORD | ArgumentKind.TEXT:
            return isinstance(value, str)
        case ArgumentKind.COMPRESSOR:
            return False
        case _:
            assert_never(kind)
