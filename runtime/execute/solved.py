"""The solution that a run's metrics need: found before the run, or refused with the reason why there is none."""

from __future__ import annotations

from collections.abc import Collection

from ..problems.base import Problem, Solution
from ..setup_steps import step
from . import setup_errors as errors
from .optimality import slope_metric
from .options import SOLVED

FLAT = (
    "dist2 is the distance to one point among many that are as good, or to rounding: it means little unless a method is led "
    "to that one; f_gap and the gradient's norm tell how far a run is."
)
"""The remark on distances to a point from which f hardly rises in some direction."""


def solution_for(problem: Problem, asked: Collection[str]) -> Solution | None:
    """The solution, if one of the metrics that were asked for needs it; SetupError where one of them cannot be measured."""
    names = [name for name in SOLVED if name in asked]
    if not names:
        return None
    with step(f"solving {problem.name} for {'x*' if problem.kind == 'vi' else 'f*'}"):
        solution = problem.solution()
    always = slope_metric(problem)
    if solution is None:
        raise errors.no_solution(names, problem.written, problem.unsolved, always)
    if "f_gap" in names and problem.kind == "vi":
        raise errors.no_solution(
            ["f_gap"], problem.written, "a game has no one value that is minimised", always
        )
    if "dist2" in names and not solution.unique:
        raise errors.no_solution(
            ["dist2"], problem.written, "other points are as good as the known one", always
        )
    return solution


def measurable(problem: Problem) -> tuple[str, ...]:
    """The metrics of the solution that can be measured."""
    solution = problem.solution()
    if solution is None:
        return ()
    known = {"f_gap": problem.kind != "vi", "dist2": solution.unique}
    return tuple(name for name in SOLVED if known[name])
