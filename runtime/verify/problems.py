"""Problems on which claims are tried: of each class some whose constants are exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cablese.dsl.check.program import ProblemKind
from cablese.dsl.text.records import record

from ..problems.base import Problem

HOMOGENEOUS = "homogeneous"
"""The class of problems whose nodes hold one function; it narrows those beside it."""

OF_GAMES = ("monotone", "strongly_monotone")
"""Classes of variational inequalities."""


@record
class Trial:
    """A problem as the command line writes it, a number of nodes, and the graph where it is not that of every method."""

    problem: str
    nodes: int
    graph: str | None = None

    def __str__(self) -> str:
        """The options of a run on it."""
        along = "" if self.graph is None else f" --graph '{self.graph}'"
        return f"--nodes {self.nodes} --problem '{self.problem}'{along}"


_MANY = Trial("quadratic(d = 10, mu = 1, L = 1, spread = 0, seed = 1)", 50)
"""Many nodes, which average noise away and not a bias."""

_STRONG = (
    Trial("quadratic(d = 6, mu = 0.2, L = 1, spread = 1, seed = 1)", 4),
    _MANY,
    Trial('logreg(data = "breast_cancer", scale = "rows", l2 = 0.05)', 3),
    Trial("quadratic(d = 3, mu = 0.5, L = 2, spread = 4, seed = 2)", 2),
)
_SMOOTH = (
    Trial("quadratic(d = 6, mu = 0.02, L = 1, spread = 1, seed = 1)", 4),
    _MANY,
    Trial('sigmoid_classification(data = "breast_cancer", scale = "columns")', 3),
    Trial("quadratic(d = 3, mu = 0.1, L = 2, spread = 4, seed = 2)", 2),
)
_CONVEX = (
    Trial("quadratic(d = 6, mu = 0.001, L = 1, spread = 1, seed = 1)", 4),
    Trial('least_squares(data = "diabetes", scale = "columns")', 3),
)
_ALIKE = (
    Trial("quadratic(d = 6, mu = 0.1, L = 1, spread = 0, seed = 1)", 4),
    Trial("quadratic(d = 3, mu = 0.5, L = 2, spread = 0, seed = 2)", 2),
)
_STRONG_GAMES = (
    Trial("bilinear_saddle(d = 3, lam = 0.5, seed = 1)", 4),
    Trial("bilinear_game(d = 2, lam = 0.7, samples = 5, seed = 2)", 2),
    Trial("quadratic_game(d = 3, mu = 0.5, L = 1, samples = 5, seed = 3)", 3),
)
_GAMES = (
    Trial("bilinear_game(d = 3, lam = 0, samples = 5, seed = 1)", 4),
    Trial("bilinear_game(d = 2, lam = 0, samples = 5, seed = 2)", 2),
)
_AWAY = (
    Trial('quadratic(d = 6, mu = 0.2, L = 1, spread = 1, seed = 1, x0 = "normal(1)")', 4),
    _STRONG[2],
)
_GAMES_AWAY = (
    Trial('bilinear_saddle(d = 3, lam = 0.5, seed = 1, x0 = "normal(1)")', 4),
    _STRONG_GAMES[1],
)

OF_CLASS: Mapping[str, Sequence[Trial]] = {
    "smooth": _SMOOTH,
    "convex": _CONVEX,
    "pl": _STRONG,
    "strongly_convex": _STRONG,
    "monotone": _GAMES,
    "strongly_monotone": _STRONG_GAMES,
}
"""Problems of each class of guarantees. Quadratics and logistic losses with a ridge are strongly convex, so `pl` too."""

LEAST_LOSS: Mapping[str, float] = {"sigmoid_classification": 0.0}
"""Bounds from below of losses that have no known minimum, with which f(x0) - f* is bounded from above."""


def trials_of(classes: Sequence[str]) -> dict[str, Sequence[Trial]]:
    """The problems of each of a guarantee's classes."""
    named = [name for name in classes if name != HOMOGENEOUS]
    if HOMOGENEOUS in classes:
        return {name: _ALIKE for name in named or ["smooth"] if name not in OF_GAMES}
    return {name: OF_CLASS[name] for name in named}


def general_trials(kind: ProblemKind) -> Sequence[Trial]:
    """The problems on which invariants and laws are tried."""
    return _AWAY if kind is ProblemKind.MINIMIZE else _GAMES_AWAY


def directed_trials(trials: Sequence[Trial]) -> Sequence[Trial]:
    """The same problems on a graph whose weights are not symmetric."""
    return [replace(trial, graph="directed_erdos_renyi(0.5)") for trial in trials]


def least_loss(problem: Problem) -> float | None:
    """A number that f is never below: its minimum, where that is known."""
    solution = problem.solution()
    if solution is not None:
        return solution.value
    return LEAST_LOSS.get(problem.written.partition("(")[0])
