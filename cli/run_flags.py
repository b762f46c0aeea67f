"""Flags of `run` and `compare`: the options of a run, and files and screens beside them."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import click
from cablese.runtime.execute.command_options import COMMAND_OPTIONS
from cablese.runtime.execute.declared import Option
from cablese.runtime.execute.options import OPTIONS

from .flags import Command, once


def whole_number(text: str) -> int:
    """A whole number, which may be written as 1e5; fails for a text that is none."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        number = inf
    if not (abs(number) <= _EXACT and number.is_integer()):
        raise click.BadParameter(f"{text!r} is not a whole number, such as 100 or 1e5.")
    return int(number)


_EXACT = 2**53  # floats tell whole numbers up to here apart
_TYPES: dict[object, Callable[[str], int] | type] = {int: whole_number, float: float}


def flag_of(option: Option) -> Callable[[Command], Command]:
    """The flag of an option of a run, with its default in brackets."""
    declared, default = option.declared, option.shown_default
    names = [declared.short, option.flag] if declared.short else [option.flag]
    repeated = "; may be repeated" if declared.repeated else ""
    help = f"{declared.help}{repeated} [{default}]." if default else f"{declared.help}{repeated}."
    if option.type is bool:
        return click.option(*names, option.field, is_flag=True, help=help)
    if declared.repeated:
        return click.option(*names, option.field, metavar=option.metavar, multiple=True, help=help)
    type = str if declared.reads is not None else _TYPES.get(option.type, str)
    return once(*names, option.field, type=type, metavar=option.metavar, help=help)


_RUN = tuple(flag_of(option) for option in OPTIONS.values())

set_option = flag_of(OPTIONS["settings"])

_COMMAND = (
    *(flag_of(option) for option in COMMAND_OPTIONS.values()),
    once("--config", metavar="FILE", help="A TOML file with any of these options."),
    click.option("--force", is_flag=True, help="Let --out and --trace replace another run."),
)
"""Flags of files and screens, and of how many runs there are: no single run depends on them."""


def run_options(command: Command) -> Command:
    """Add the shared flags to a command, which takes them as keyword arguments."""
    for flag in reversed((*_RUN, *_COMMAND)):
        command = flag(command)
    return command


def one_run_options(command: Command) -> Command:
    """Add the flags of a single run, without those of files and screens."""
    for flag in reversed(_RUN):
        command = flag(command)
    return command
