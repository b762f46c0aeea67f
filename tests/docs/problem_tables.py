"""The tables of docs/problems.md that follow the registries, made from them, so that they cannot drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cablese.cli.listing import _argument, _signature
from cablese.runtime.problems.registry import registry as problems
from cablese.runtime.problems.sampled import SHAPE
from cablese.runtime.regularisers.registry import SHIPPED, registry
from tables import table


def regularisers() -> str:
    """The table of regularisers and sets that may be added to a problem."""
    rows = (
        (
            f"`{_signature(registry()[name]).removesuffix('()')}`",
            registry()[name].doc,
            "; ".join(f"`{argument.name}`: {argument.meaning}" for argument in registry()[name].arguments),
        )
        for name in SHIPPED
    )
    return table(("added", "is", "arguments"), rows)


GAMES = (
    "bilinear_game",
    "quadratic_game",
    "matrix_game",
    "policy_evaluation",
    "robust_least_squares",
    "robust_logreg",
)


def games() -> str:
    """The games with samples."""
    rows = ((f"`{_without_data(problems()[name])}`", problems()[name].doc) for name in GAMES)
    return table(("game", "f_ij, and what is not monotone"), rows)


def _without_data(family: Any) -> str:
    """The signature, the arguments of data as an ellipsis."""
    own = [_argument(argument) for argument in family.arguments if argument not in SHAPE]
    return f"{family.name}({', '.join(own + ['…'] * (len(own) < len(family.arguments)))})"


PROBLEM_TABLES: dict[str, Callable[[], str]] = {"regularisers": regularisers, "games": games}
