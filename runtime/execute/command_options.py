"""The options of `run` and `compare` beside those of a run: files, screens, and how many runs there are. No single run
depends on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from cablese.dsl.text.records import record

from .declared import Declared, Option, options_of

_COUNT = re.compile(r"auto|0*[1-9][0-9]{0,4}")
_PART = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


def is_part(text: str) -> bool:
    """True for `I/N` with I from 1 to N."""
    found = _PART.fullmatch(text)
    return found is not None and int(found[1]) <= int(found[2])


@record
class CommandOptions:
    """Checked options of one command; `make_command` checks."""

    seeds: Annotated[
        int,
        Declared(
            "Run under S seeds, from --seed on: medians and quartiles in table and plot",
            "S",
            least=1,
            most=10_000,
        ),
    ] = 1
    sweep: Annotated[
        tuple[str, ...],
        Declared(
            "A run for each value in a list, such as 'gamma = gamma * [1/4, 1, 4]'",
            "NAME=…[…]…",
            repeated=True,
        ),
    ] = ()
    best: Annotated[
        str | None,
        Declared("Of a sweep: what the best setting is the best by", "METRIC", unset="by the runs"),
    ] = None
    budget: Annotated[
        str | None,
        Declared("Of a sweep: the best within bits_up=1e6, rounds=100, …", "NAME=B", unset="the end"),
    ] = None
    jobs: Annotated[
        str,
        Declared(
            "Run so many of several runs at once, each in a process; auto: as many as there are cores",
            "J",
            fits=_COUNT.fullmatch,
            takes="a whole number from 1, or auto",
            counts=True,
        ),
    ] = "1"
    slurm: Annotated[
        bool, Declared("Run nothing: write the script of a job array that does the runs into --out")
    ] = False
    part: Annotated[
        str | None,
        Declared(
            "Do the I-th share of N of the runs, and go on with those that were cut off: a task of an array",
            "I/N",
            fits=is_part,
            takes="I/N, such as 3/20: whole numbers, of which the first is at most the second",
        ),
    ] = None
    out: Annotated[
        str | None,
        Declared(
            "Write spec.alg, run.toml, trace.jsonl and plot.png there; runs that are finished there are not run again",
            "DIR",
            takes="a path",
        ),
    ] = None
    again: Annotated[bool, Declared("Run what is finished in --out again")] = False
    checkpoint_every: Annotated[
        int | None,
        Declared("Write a checkpoint into --out after every K rounds, beside those at signals", "K", least=1),
    ] = None
    resume: Annotated[
        str | None,
        Declared(
            "Go on in the folder that --out made: runs that are finished there are not run again",
            "DIR",
            takes="a path",
        ),
    ] = None
    trace: Annotated[str | None, Declared("Write every point as a line of JSON", "FILE", takes="a path")] = (
        None
    )
    save: Annotated[
        str | None,
        Declared(
            'Write the output\'s parts by name: a .safetensors or .npz, from which x0 = "file:…" starts',
            "FILE",
            takes="a path",
        ),
    ] = None
    plot: Annotated[
        str | None,
        Declared(
            "Draw the result: a .png, .pdf, .svg or .pgf, or - for the terminal", "FILE", takes="a path"
        ),
    ] = None
    report: Annotated[
        str | None,
        Declared(
            "Write a page with curves to explore, costs, specs and their differences: an .html that needs no network",
            "FILE",
            takes="a path",
        ),
    ] = None
    live: Annotated[
        bool,
        Declared(
            "Serve the page of --report to browsers of this machine while runs go on; prints its address"
        ),
    ] = False
    strict: Annotated[bool, Declared("Take warnings for errors")] = False
    dry: Annotated[bool, Declared("Show parameters, messages, memory and ranks; run nothing")] = False
    quiet: Annotated[bool, Declared("No warnings, no progress bar, no closing table")] = False
    json: Annotated[bool, Declared("The result as JSON on standard output")] = False


COMMAND_OPTIONS: Mapping[str, Option] = options_of(CommandOptions)
"""The options of `CommandOptions`, in its order."""
