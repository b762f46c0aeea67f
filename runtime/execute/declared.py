"""Declarations of options: a field of a dataclass, annotated, is a flag, a keyword, a key of files, and its checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cablese.dsl.text.records import record


@record
class Declared:
    """Facts of an option beside its type and default: words of its help, and values that it takes."""

    help: str
    metavar: str = ""  # the choices of a Literal unless given
    short: str = ""
    unset: str = ""  # the meaning of None
    in_python: str = ""  # values as Python writes them, where the command line writes others
    name: str = ""  # the field's unless given
    repeated: bool = False  # on the command line, one part each time
    least: float | None = None
    most: float | None = None
    above: float | None = None
    bits: int | None = None  # an int is below 2^bits
    fits: Callable[[str], object] = bool  # true for a text that is taken, alone or as one of several
    takes: str = ""  # such texts, in words
    hint: Callable[[str], str] = lambda text: ""  # a sentence on a text that is not taken
    reads: Callable[[str], float | None] | None = None  # a number with a unit, None of another text
    counts: bool = False  # a text that is a count, or a word for one


@record
class Option:
    """An option as the command line, Python, files and help know it."""

    field: str
    type: Any  # int, float, str, bool, a Literal, or a tuple of several values
    default: object
    declared: Declared

    @property
    def name(self) -> str:
        """The keyword of Python."""
        return self.declared.name or self.field

    @property
    def flag(self) -> str:
        """The spelling on the command line: `wire_check` is `--wire-check`."""
        return "--" + self.name.replace("_", "-")

    @property
    def metavar(self) -> str:
        """A placeholder of its value."""
        return self.declared.metavar or "|".join(get_args(self.type))

    @property
    def shown_default(self) -> str:
        """The default in words; empty for a switch and for a list."""
        match self.default:
            case None:
                return self.declared.unset
            case float():
                return f"{self.default:g}"
            case bool() | tuple():
                return ""
            case _:
                return str(self.default)


def options_of(table: type) -> dict[str, Option]:
    """Options by field, in order, from the hints of a dataclass that declares them."""
    hints = get_type_hints(table, include_extras=True)
    found = {}
    for each in fields(table):
        hint, declared = get_args(hints[each.name])
        form = get_args(hint)[0] if get_origin(hint) in (UnionType, Union) else hint  # X for `X | None`
        found[each.name] = Option(each.name, form, each.default, declared)
    return found
