"""The command `cablese` and the list of its commands, each in its own file."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from .guard import GuardedGroup
from .streams import open_closed_streams

_FILES = {
    "run": "run",
    "compare": "compare",
    "new": "new",
    "check": "check",
    "explain": "explain",
    "fmt": "fmt",
    "show": "show",
    "trace": "trace",
    "diff": "diff",
    "like": "like",
    "cost": "cost",
    "verify": "verify",
    "certify": "certify",
    "plot": "plot",
    "runs": "stored",
    "replay": "replay",
    "reproduce": "reproduce",
    "list": "listing",
    "lab": "lab",
    "lsp": "lsp",
    "doctor": "doctor",
}
"""Each command's file and the function there, which bears the file's name; help lists them in this order."""


_NEW_OBJECTS = 100_000
"""New objects between two searches for garbage: what a start makes stays, and Python's 700 would look it through again and
again, for a tenth of the start's time."""


class Commands(Mapping[str, click.Command]):
    """All commands by name; each is imported when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        file = _FILES[name]
        command: click.Command = getattr(import_module(f"cablese.cli.{file}"), file)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(_FILES)

    def __len__(self) -> int:
        return len(_FILES)


def _version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"cablese {version('cablese')}")
        context.exit()


@click.group(
    cls=GuardedGroup,
    commands=Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option("--debug", is_flag=True, help="Print the traceback of any error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def app(debug: bool) -> None:
    """Write a distributed method as its algorithm box, run it on real data, count every bit."""


def main() -> None:
    """Run the command line, as `entry` does."""
    from .interrupts import before_the_end, end_at_once
    from .supervision import supervise

    end_at_once()
    gc.set_threshold(_NEW_OBJECTS)
    open_closed_streams()
    ends = supervise(sys.argv[1:])
    before_the_end(ends)
    try:
        app(prog_name="cablese")
    finally:
        end_at_once()
        ends()
        gc.freeze()  # the interpreter ends with a collection, which would look at every object: a tenth of a second


if __name__ == "__main__":
    main()
