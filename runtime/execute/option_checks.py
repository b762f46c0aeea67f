"""Values of options by field -> checked `Options`, or a sentence for each wrong one.

`session.prepare` checks that they fit the spec and the data.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin

from cablese.dsl.text.nearest import meant

from ..errors import UsageError
from .command_options import COMMAND_OPTIONS, CommandOptions
from .declared import Declared, Option
from .options import OPTIONS, Options

_SORTS = {int: "integer", float: "number", str: "string", bool: "boolean", tuple: "tuple"}
"""Types of values in words."""


class _Refused(Exception):
    """An option does not take a value, for the reason in words that follow the option's name; `hint` comes after them."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.hint = hint


def make_options(values: Mapping[str, object]) -> Options:
    """Options from values by field; values that are None take the default.

    Raises UsageError, one paragraph that names each wrong option and its values.
    """
    return Options(**_taken(OPTIONS, values))


def make_command(values: Mapping[str, object]) -> CommandOptions:
    """The options of a command from values by field, as `make_options` takes those of a run."""
    return CommandOptions(**_taken(COMMAND_OPTIONS, values))


def _taken(options: Mapping[str, Option], values: Mapping[str, object]) -> dict[str, Any]:
    """Checked values by field, without those that are None. Raises UsageError."""
    given = {name: value for name, value in values.items() if value is not None}
    for name, value in given.items():
        _check_is_text(options, name, value)
    taken: dict[str, Any] = {}
    wrong = []
    for option in options.values():
        if option.field in given:
            try:
                taken[option.field] = _checked(option, _plain(option, given.pop(option.field)))
            except _Refused as refused:
                wrong.append(f"{option.flag} {refused}.{refused.hint}")
    known = [option.field for option in options.values()]
    wrong += [f"`{name}` is no option of a run.{meant(name, known)}" for name in given]
    if wrong:
        raise UsageError(" ".join(wrong))
    return taken


def whole(flag: str, value: object, least: int = 1) -> int:
    """A whole number that is given from Python in the place of a flag. Raises UsageError."""
    try:
        number: int = _instance(int, value)
    except _Refused as refused:
        raise UsageError(f"{flag} {refused}.") from None
    if number < least:
        raise UsageError(f"{flag} must be at least {least}, not {number}.")
    return number


def settings_of(given: Mapping[str, object] | Iterable[str]) -> tuple[str, ...]:
    """The texts `NAME=VALUE` of a table, of several, or of one that is a text."""
    if isinstance(given, Mapping):
        return assignments(given)
    return (given,) if isinstance(given, str) else tuple(given)


def assignments(table: Mapping[str, object]) -> tuple[str, ...]:
    """The texts `NAME=VALUE` of a table."""
    return tuple(f"{name}={_expression(value)}" for name, value in table.items())


def _expression(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_is_text(options: Mapping[str, Option], name: str, value: object) -> None:
    """Raise UsageError for a text that UTF-8 files cannot keep: a file of that name could not be found again."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        flag = options[name].flag if name in options else f"--{name}"
        raise UsageError(f"{flag} is not UTF-8 text: rename the file that it names.") from None


def _plain(option: Option, value: object) -> object:
    """Lists and tables as tuples of texts, words in one text apart, counts as texts where a word may stand for one."""
    if isinstance(value, list):
        return tuple(value)
    if option.declared.counts and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    reads = option.declared.reads
    if isinstance(value, str) and reads is not None:
        return _read(option.declared, reads(value), value)
    if isinstance(value, Mapping) and option.declared.repeated:
        return assignments(value)
    if isinstance(value, str) and get_origin(option.type) is tuple:
        return (value,) if option.declared.repeated else tuple(part.strip() for part in value.split(","))
    return value


def _read(declared: Declared, number: float | None, text: str) -> float:
    """The number that was read from a text. Raises _Refused where it is none."""
    if number is None:
        raise _Refused(f"takes {declared.takes}, not {text!r}")
    return number


def _checked(option: Option, given: object) -> object:
    """A value of an option's type and within its bounds. Raises _Refused."""
    value, declared = _typed(option.type, given), option.declared
    for text in value if isinstance(value, tuple) else (value,):
        if declared.takes and declared.reads is None and not declared.fits(text):
            raise _Refused(f"takes {declared.takes}, not {text!r}", declared.hint(text))
    if isinstance(value, int | float):
        _check_bounds(declared, value, given)
    return value


def _check_bounds(declared: Declared, value: float, given: object) -> None:
    least, most, above, bits = declared.least, declared.most, declared.above, declared.bits
    if least is not None and value < least:
        raise _Refused(f"must be at least {least}, not {given}")
    if most is not None and value > most:
        raise _Refused(f"must be at most {most}, not {given}")
    if above is not None and value <= above:
        raise _Refused(f"must be greater than {above:g}, not {given}")
    if bits is not None and value >= 2**bits:
        raise _Refused(f"must be below 2^{bits}, not {given}")


def _typed(form: Any, value: object) -> object:
    """A value of a type: an int is also a number, a bool is not. Raises _Refused."""
    if get_origin(form) is tuple:
        return tuple(_typed(get_args(form)[0], part) for part in _instance(tuple, value))
    if get_origin(form) is Literal:
        *others, last = get_args(form)
        if isinstance(value, str) and value in (*others, last):
            return value
        raise _Refused(
            f"takes {', '.join(others)} or {last}, not {value!r}", meant(str(value), (*others, last))
        )
    if form is not float:
        return _instance(form, value)
    number = _instance(float, value)
    if abs(number) <= sys.float_info.max:  # false of nan
        return float(number)
    raise _Refused(f"does not take {value!r}: input should be a finite number")


def _instance(kind: type, value: object) -> Any:
    """A value of a type, whole numbers also as floats, `1e5`, and as NumPy has them. Raises _Refused."""
    whole = isinstance(value, Integral) or (isinstance(value, float) and value.is_integer())
    if kind is int and whole and not isinstance(value, bool):
        return int(value)  # type: ignore[call-overload]
    taken = Real if kind is float else kind
    if isinstance(value, taken) and isinstance(value, bool) is (kind is bool):
        return value
    raise _Refused(f"does not take {value!r}: input should be a valid {_SORTS[kind]}")
