"""Reports of exact rates for people, and the record for `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from ..report.fitted import FittedTable
from .instance import Instance
from .rates import Exact, Rate, Standing

if TYPE_CHECKING:
    from rich.console import RenderableType

_HEADINGS = ("spec", "guarantee", "class", "setting", "rounds", "left side at most", "worst/bound", "verdict")


def exact_report(found: Sequence[Exact], instance: Instance) -> Iterator[RenderableType]:
    """A row for each number of rounds, what was not translated, and what the words mean."""
    table = FittedTable(_HEADINGS, right=(4, 6), spare=(2, 3))
    for one in found:
        for rate in one.rates:
            verdict = one.standing.value if one.standing is not None and rate is one.rates[-1] else ""
            row = (one.spec, one.theorem, one.problem_class, one.setting, str(rate.rounds))
            table.add_row(*row, _left(one, rate), f"{rate.ratio:.4g}", verdict)
    if table.rows:
        yield f"the worst problem of a class with {instance}, each node's function in it"
        yield table
    notes = list(_notes(found))
    if notes:
        yield "\n".join(notes)
    if not found:
        yield "no guarantee is stated"


def _left(one: Exact, rate: Rate) -> str:
    """The left side in units: `0.1667 dist2_0`."""
    return "" if rate.left is None else f"{rate.left:.4g} {one.unit}"


def _notes(found: Sequence[Exact]) -> Iterator[str]:
    for one in found:
        where = f"{one.spec}, {one.theorem}"
        if one.reason:
            yield f"{where}: not translated: {one.reason}"
        elif one.worst_draws:
            names = ", ".join(one.worst_draws)
            yield (
                f"{where}: every draw of {names} is the worst one whose error is within the variance omega ||v||^2, "
                "where the theorem takes a mean: neither bounds the other"
            )
        elif not one.tight:
            yield f"{where}: conditions of the class are necessary ones alone: the worst case is at most this"


def refusals(found: Sequence[Exact], file: str) -> list[str]:
    """A line for every bound that some problem breaks."""
    return [
        f"{file}:{one.line}: guarantee {one.theorem} is refuted: after {rate.rounds} rounds the left side is "
        f"{rate.ratio:.4g} times the bound on the worst problem of the class {one.problem_class} ({one.setting})"
        for one in found
        if one.standing is Standing.REFUTED
        for rate in [max(one.rates, key=lambda rate: rate.ratio)]
    ]


def exact_record(found: Sequence[Exact], instance: Instance) -> dict[str, Any]:
    """Everything as a JSON object; numbers that are not finite are null."""
    return {
        "constants": {name: getattr(instance, name) for name in ("n", "d", "L", "mu")},
        "guarantees": [
            {
                "algorithm": one.spec,
                "line": one.line,
                "theorem": one.theorem,
                "class": one.problem_class,
                "setting": one.setting,
                "left": one.left,
                "unit": one.unit,
                "tight": one.tight,
                "paths": one.paths,
                "worst_draws": list(one.worst_draws),
                "verdict": None if one.standing is None else one.standing.value,
                "reason": one.reason,
                "rates": [
                    {"rounds": rate.rounds, "left": _finite(rate.left), "ratio": _finite(rate.ratio)}
                    for rate in one.rates
                ],
            }
            for one in found
        ],
        "failed": any(one.standing is Standing.REFUTED for one in found),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
