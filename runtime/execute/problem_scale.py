"""The scale of a problem: its size, its constants, and how far the start is from the solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cablese.dsl.check.guarantees import START_METRICS

from ..library import find_spec
from ..setup_steps import step
from .interface import Recording
from .options import Options
from .problems import Problems
from .scale import OF_PROBLEMS, Scale
from .session import Prepared, prepare
from .solved import measurable


def scale_of_problem(options: Options, games: bool, count: str, given: Mapping[str, float]) -> Scale:
    """The scale of the problem that options name, for methods of games or of minimisation; `given` numbers come first."""
    one = replace(options, rounds=1, every=1, settings=(), graph=None, groups=None, metrics=())
    spec, problems = find_spec("gda" if games else "gd"), Problems()
    problem = prepare(spec, one, problems).context.problem
    prepared = prepare(spec, replace(one, metrics=measurable(problem)), problems)
    with step(f"constants of {problem.name}"):
        known = {name: problem.constant(name) for name in OF_PROBLEMS if name != "L_i"}
    numbers = {name: float(value) for name, value in known.items() if value is not None}
    least, most = min(problem.samples), max(problem.samples)
    return Scale(
        options, problem.d, most if least == most else None, count, {**numbers, **_start(prepared), **given}
    )


def _start(prepared: Prepared) -> dict[str, float]:
    """The start's f(x0) - f* and ||x0 - x*||^2, as far as the solution is known."""
    recording = Recording()
    prepared.run(recording)
    metrics = recording.points[0].metrics
    return {name: metrics[metric] for name, metric in START_METRICS.items() if metric in metrics}
