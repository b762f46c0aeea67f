"""The problems of a comparison: read, dealt and solved once for all its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypedDict

from ..arrays.backend import Backend
from ..data.library import Library
from ..problems.base import Oracle, Problem
from ..problems.reading import read_problem
from ..problems.registry import make_problem
from .options import Options

if TYPE_CHECKING:
    from ..problems.objective import Objective

_Key: TypeAlias = "tuple[str, int, str, int]"


class _Dealt(TypedDict):
    n: int
    split: str
    seed: int


class Problems:
    """Makes each problem, and each rank's oracles of it, the first time that a run asks; later runs share them."""

    def __init__(self, objective: Objective | None = None) -> None:
        """`objective` is one that a program holds, and is solved instead of a problem that options name."""
        self._objective = objective
        self._library = Library()
        self._problems: dict[_Key, Problem] = {}
        self._oracles: dict[tuple[Problem, str, str, int, int], Oracle] = {}

    def dealt(self, text: str, options: Options) -> Problem:
        """The problem that `text` calls for, dealt to the options' nodes."""
        key = (text, options.nodes, options.split, options.seed)
        if key not in self._problems:
            self._problems[key] = self._made(text, options)
        return self._problems[key]

    def _made(self, text: str, options: Options) -> Problem:
        dealt: _Dealt = {"n": options.nodes, "split": options.split, "seed": options.seed}
        if self._objective is None:
            (name, arguments), added = read_problem(text)
            return make_problem(name, arguments, **dealt, added=added, library=self._library)
        from ..problems.python import PythonProblem

        return PythonProblem.of(self._objective, **dealt)

    def oracle(self, problem: Problem, backend: Backend, first: int, last: int) -> Oracle:
        """The oracles of nodes first .. last - 1."""
        key = (problem, backend.name, str(backend.real), first, last)
        if key not in self._oracles:
            self._oracles[key] = problem.oracle(backend, first, last)
        return self._oracles[key]
