"""Metrics of one's own, functions of a point: those of a problem, and those that `--metrics mine.py:accuracy` names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..errors import RunFailed, SetupError
from ..problems.base import Problem
from ..python_files import ask, named, place_of
from . import setup_errors as errors
from .interface import COUNTS
from .options import NAMED

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

TAKEN = frozenset(
    {*COUNTS, "seconds", "type", "loss", "grad_norm2", "residual2", "consensus", "f_gap", "dist2"}
)
"""Names that traces give to other things."""


@record
class OwnMetrics:
    """Functions of a point (d,), by name, and the hashes of the files that they come from."""

    functions: Mapping[str, Callable[[HostArray], float]]
    versions: Mapping[str, str]

    def measure(self, point: HostArray) -> dict[str, float]:
        """Every metric at a point; raises RunFailed for what fails or is no number."""
        try:
            return {name: _number(name, function, point) for name, function in self.functions.items()}
        except SetupError as error:
            raise RunFailed(str(error)) from error

    def try_at(self, start: HostArray) -> None:
        """Raise SetupError for a metric that fails at x0, or is no finite number there."""
        for name, function in self.functions.items():
            if not np.isfinite(value := _number(name, function, start)):
                raise errors.wrong_metric(
                    _written(name, function), f"{value} at the start", "a finite number"
                )


def own_metrics(problem: Problem, chosen: Sequence[str]) -> OwnMetrics:
    """The metrics of a problem, and those of files among the chosen ones."""
    functions: dict[str, Callable[[HostArray], float]] = dict(problem.metrics)
    versions: dict[str, str] = {}
    for reference in chosen:
        if reference in NAMED:
            continue
        found = named(reference, (), "a function of the point")
        if not callable(found.value):
            raise errors.wrong_metric(
                f"`{found.name}` of {found.file}", type(found.value).__name__, "a function of the point"
            )
        if found.name in functions:
            raise errors.metric_name_taken(found.name, place_of(found.value))
        functions[found.name] = found.value
        versions |= found.versions
    for name, function in functions.items():
        if name in TAKEN or name.endswith("_avg") or not name.isidentifier():
            raise errors.metric_name_taken(name, place_of(function))
    return OwnMetrics(functions, versions)


def _number(name: str, function: Callable[[HostArray], float], point: HostArray) -> float:
    found = ask(_written(name, function), function, point.copy())
    if found is None:
        raise errors.wrong_metric(_written(name, function), "None", "a number")
    try:
        value = np.asarray(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise errors.wrong_metric(_written(name, function), type(found).__name__, "a number") from None
    if value.size != 1:
        raise errors.wrong_metric(_written(name, function), f"an array of shape {value.shape}", "a number")
    return float(value.reshape(()))


def _written(name: str, function: Callable[[HostArray], float]) -> str:
    return f"the metric `{name}`{place_of(function)}"
