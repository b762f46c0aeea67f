"""The problems of a comparison: read, dealt and solved once for all its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypedDict

from ..arrays.backend import Backend
from ..data.library import Library
from ..data.split_names import read_split
from ..problems.base import Oracle, Problem
from ..problems.reading import read_problem
from ..problems.registry import make_problem, registry
from ..setup_steps import step
from .options import Options

if TYPE_CHECKING:
    from ..problems.objective import Objective

_Key: TypeAlias = "tuple[str, int, str, int | None]"

_BLIND = ("contiguous", "column", "file")
"""Kinds of splits that draw nothing."""


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
        seed = options.seed if self._hears_of_seeds(text, options.split) else None
        key = (text, options.nodes, options.split, seed)
        if key not in self._problems:
            with step("setting the problem up"):
                self._problems[key] = self._made(text, options)
        return self._problems[key]

    def _hears_of_seeds(self, text: str, split: str) -> bool:
        """False where runs under all seeds solve the very same problem."""
        how = read_split(split)
        if self._objective is not None or how is None or how.kind not in _BLIND:
            return True
        (name, arguments), _ = read_problem(text)
        family = registry().get(name)
        return family is None or "x0" in arguments or not vars(family).get("seedless", False)

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
            with step(f"setting up gradients of {problem.name}"):
                self._oracles[key] = problem.oracle(backend, first, last)
        return self._oracles[key]
