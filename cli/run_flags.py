"""Flags of `run` and `compare`: the options of a run, and files and screens beside them."""

from __future__ import annotations

from collections.abc import Callable

import click
from cablese.runtime.execute.options import OPTIONS, Option

from .flags import Command, once, strict_option


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
    type = option.type if option.type in (int, float) else str
    return once(*names, option.field, type=type, metavar=option.metavar, help=help)


_RUN = tuple(flag_of(option) for option in OPTIONS.values())

set_option = flag_of(OPTIONS["settings"])

_OUTPUTS = (
    once(
        "--seeds",
        type=click.IntRange(1, 10_000),
        metavar="S",
        help="Run under S seeds, from --seed on: medians and quartiles in table and plot [1].",
    ),
    once(
        "--jobs",
        metavar="J",
        help="Run so many of several runs at once, each in a process, or auto: as many as there are cores [1].",
    ),
    once("--out", metavar="DIR", help="Write spec.alg, run.toml, trace.jsonl and plot.png there."),
    once(
        "--checkpoint-every",
        type=click.IntRange(1),
        metavar="K",
        help="Write a checkpoint into --out after every K rounds, beside those at signals.",
    ),
    once(
        "--resume",
        metavar="DIR",
        help="Go on in the folder that --out made: runs that are finished there are not run again.",
    ),
    once("--trace", metavar="FILE", help="Write every point as a line of JSON."),
    once(
        "--save",
        metavar="FILE",
        help='Write the output\'s parts by name: a .safetensors or .npz, from which x0 = "file:…" starts.',
    ),
    once("--plot", metavar="FILE", help="Draw the result: a .png, .pdf, .svg or .pgf."),
    click.option(
        "--sweep",
        metavar="NAME=…[…]…",
        multiple=True,
        help="A run for each value in a list, such as 'gamma = gamma * [1/4, 1, 4]'; may be repeated.",
    ),
    once("--best", metavar="METRIC", help="Of a sweep: what the best setting is the best by [by the runs]."),
    once(
        "--budget", metavar="NAME=B", help="Of a sweep: the best within bits_up=1e6, rounds=100, … [the end]."
    ),
    strict_option,
    once("--config", metavar="FILE", help="A TOML file with any of these options."),
    click.option("--force", is_flag=True, help="Let --out and --trace replace another run."),
    click.option("--dry", is_flag=True, help="Show parameters, messages, memory and ranks; run nothing."),
    click.option("--quiet", is_flag=True, help="No warnings, no progress bar, no closing table."),
    click.option("--json", is_flag=True, help="The result as JSON on standard output."),
)
"""Flags of files and screens, and of how many runs there are: no single run depends on them."""


def run_options(command: Command) -> Command:
    """Add the shared flags to a command, which takes them as keyword arguments."""
    for flag in reversed((*_RUN, *_OUTPUTS)):
        command = flag(command)
    return command
