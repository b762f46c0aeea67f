"""The options that `run` and `compare` share: one definition of each flag and its help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def once(*names: str, **attributes: Any) -> Callable[[Command], Command]:
    """An option that takes one value: given twice it is refused, as one of the two would be forgotten."""
    return click.option(*names, multiple=True, callback=_only, **attributes)


def _only(context: click.Context, option: click.Parameter, values: tuple[Any, ...]) -> Any:
    """The value of an option given at most once; None of one that is not given."""
    if len(values) > 1:
        name, given = max(option.opts, key=len), " and ".join(map(str, values))
        raise click.UsageError(f"{name} takes one value, and is given {len(values)}: {given}.", context)
    return values[0] if values else None


strict_option = click.option("--strict", is_flag=True, help="Take warnings for errors.")

_OPTIONS = (
    once("-n", "--nodes", type=int, metavar="N", help="Number of nodes [10]."),
    once("-k", "--rounds", type=int, metavar="K", help="Number of rounds [1000]."),
    once(
        "--problem",
        metavar="EXPR",
        help="Such as 'logreg(data = \"a9a.bz2\", l2 = 1e-3)' [logistic regression on breast_cancer].",
    ),
    click.option(
        "--set",
        "settings",
        metavar="NAME=EXPR",
        multiple=True,
        help="A param or a compressor; may be repeated.",
    ),
    once("--split", metavar="HOW", help="contiguous, shuffled, by_label or 'dirichlet(a)' [contiguous]."),
    once(
        "--graph",
        metavar="GRAPH",
        help="Of a method on a graph: ring, torus, complete, star, 'erdos_renyi(p)' or a file of edges [ring].",
    ),
    once("--groups", type=int, metavar="G", help="Of a method with groups: how many there are [1]."),
    once("--seed", type=int, metavar="S", help="Seed of all draws [0]."),
    once("--every", type=int, metavar="E", help="Rounds between points [a 200th of all, at least 10]."),
    once(
        "--max-memory", metavar="SIZE", help="Refuse what takes more a process, such as 4GB [what there is]."
    ),
    once(
        "--max-seconds", type=float, metavar="S", help="End after the round in which S seconds have passed."
    ),
    once("--metrics", metavar="f_gap,dist2", help="Solve the problem first and measure these as well."),
    click.option(
        "--thin",
        metavar="NAME=P",
        multiple=True,
        help="Measure a metric (loss, grad_norm2, residual2, dist2, average) at every P-th point only.",
    ),
    once("--out", metavar="DIR", help="Write spec.alg, run.toml, trace.jsonl and plot.png there."),
    once("--trace", metavar="FILE", help="Write every point as a line of JSON."),
    once("--plot", metavar="FILE", help="Draw the result: a .png, .pdf or .svg."),
    once("--device", metavar="cpu|cuda", help="Where arrays live [cpu]."),
    once("--dtype", metavar="float64|float32", help="Type of computations [float64]."),
    once("--wire", metavar="float32|float64|float16", help="Type of floats in messages [float32]."),
    once("--wire-check", metavar="sample|all", help="Messages that are really encoded and decoded [sample]."),
    once(
        "--server-rank",
        metavar="shared|dedicated",
        help="Under mpirun: rank 0 has nodes too, or not [shared].",
    ),
    once(
        "--patience",
        type=float,
        metavar="S",
        help="Under mpirun: how long a rank may be stopped before the run is ended [60].",
    ),
    click.option(
        "--alone",
        is_flag=True,
        help="A run of this process only, though a launcher started more: for tasks of `srun` or an array.",
    ),
    strict_option,
    once("--config", metavar="FILE", help="A TOML file with any of these options."),
    click.option("--force", is_flag=True, help="Let --out and --trace replace another run."),
    click.option("--dry", is_flag=True, help="Show parameters, messages, memory and ranks; run nothing."),
    click.option("--quiet", is_flag=True, help="No warnings, no progress bar, no closing table."),
    click.option("--json", is_flag=True, help="The result as JSON on standard output."),
)

spec_argument = click.argument("spec")
spec_arguments = click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
set_option = _OPTIONS[3]


def run_options(command: Command) -> Command:
    """Add the shared options to a command, which takes them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
