"""The command `cablese`: which commands there are; each stands in its own file."""

from __future__ import annotations

import click

from .check import check
from .compare import compare
from .doctor import doctor
from .explain import explain
from .fmt import fmt
from .guard import GuardedGroup, rank
from .listing import listing
from .run import run
from .show import show

PARALLEL = ("run", "compare")
"""What ranks do together; of anything else under a launcher, rank 0 does it alone."""


def _version(context: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"cablese {version('cablese')}")
        context.exit()


@click.group(
    cls=GuardedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.option("--debug", is_flag=True, help="Print the traceback of any error.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def app(context: click.Context, debug: bool) -> None:
    """Write a distributed method as its algorithm box, run it on real data, count every bit."""
    if rank() and context.invoked_subcommand not in PARALLEL:
        context.exit()


for command in (run, compare, check, explain, fmt, show, listing, doctor):
    app.add_command(command)


def main() -> None:
    """The entry point."""
    app(prog_name="cablese")


if __name__ == "__main__":
    main()
