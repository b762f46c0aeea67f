"""From a problem's name and arguments to a problem dealt to nodes; parsing of text is left to others."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from cablese.dsl.check.contracts import ProblemContract

from ..plugin_calls import asked
from . import errors
from .arguments import resolve, written
from .contracts import PROBLEMS, SHIPPED
from .guarded import GuardedProblem
from .plugins import Scalar, Setting, family

if TYPE_CHECKING:
    from .base import Problem

# the module of each shipped family; it has `make(name, arguments, setting)`
_MODULES: Mapping[str, str] = {
    "least_squares": "linear",
    "logreg": "linear",
    "nonconvex_logreg": "linear",
    "sigmoid_classification": "linear",
    "quadratic": "quadratic",
    "bilinear_saddle": "bilinear",
}


def contract(name: str) -> ProblemContract:
    """The contract of the problem called `name`; `SetupError` with the nearest name if there is none."""
    try:
        return PROBLEMS[name]
    except KeyError:
        raise errors.unknown_problem(name, PROBLEMS) from None


def make_problem(name: str, arguments: Mapping[str, Scalar], *, n: int, split: str, seed: int) -> Problem:
    """The problem `name` with these arguments, dealt to `n` nodes by `split` (as `splits.deal`) under `seed`.

    `SetupError` for an unknown name or argument, a missing one, a wrong type, a value out of range or unfit
    data.
    """
    found = contract(name)
    complete = resolve(found, arguments)
    if n < 1:
        raise errors.too_few_nodes(n)
    if seed < 0:
        raise errors.negative_seed(seed)
    setting = Setting(written(found, complete), n, split, seed)
    if name not in SHIPPED:
        made = asked(f"problem `{name}`", "make", family(name).make, complete, setting)
        return GuardedProblem(name, made, setting)
    module = import_module(f".{_MODULES[name]}", __package__)
    problem: Problem = module.make(name, complete, setting)
    return problem
