"""`cablese compare SPEC SPEC …`: runs several specs on the same problem; one table, one figure."""

from __future__ import annotations

from typing import Any

import click

from . import flags
from .guard import Exit
from .run_flags import run_options


@click.command()
@flags.spec_arguments
@run_options
@flags.once(
    "--x",
    metavar="AXIS,…",
    help="Of the figure: rounds, bits_up, bits, seconds, predicted_seconds, … [by the runs].",
)
@flags.once(
    "--network",
    metavar="TEXT",
    help="Predict the seconds over links such as 'up = 100Mbps, down = 1Gbps, latency = 20ms', as `replay` does.",
)
@flags.once("--gradient-time", metavar="TIME", help="Of --network, as in `replay` [0s].")
def compare(specs: tuple[str, ...], **given: Any) -> Exit | None:
    """Run several specs on the same problem: one table, one plot. `--set` reaches who has the name.

    Settings of one alone stand behind it, 'marina(Q = rand_k(k = 1))', or name it: --set marina.gamma=0.1.
    """
    from cablese.runtime.execute.methods import find_method

    from .launch import read_request
    from .several import run_methods

    request = read_request(given)
    return run_methods([find_method(spec) for spec in specs], request)
