"""The problem families at hand, and a problem dealt to nodes from a name with its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..families import Families
from . import errors
from .arguments import resolve, written
from .base import Problem, Scalar, Setting

if TYPE_CHECKING:
    from ..data.library import Library

SHIPPED = {
    "least_squares": "linear",
    "logreg": "linear",
    "nonconvex_logreg": "linear",
    "sigmoid_classification": "linear",
    "softmax": "layered",
    "two_layer": "layered",
    "matrix_factorisation": "factorisation",
    "quadratic": "quadratic",
    "bilinear_saddle": "bilinear",
    "bilinear_game": "games",
    "quadratic_game": "games",
    "matrix_game": "games",
    "policy_evaluation": "policy",
    "robust_least_squares": "robust",
    "robust_logreg": "robust",
    "python": "python",
    "network": "network",
    "torch": "network",
    "adversarial": "network_games",
    "game": "network_games",
}
"""The modules of the shipped families."""

DEFAULTS: Mapping[str, str] = {
    "minimize": 'logreg(data = "breast_cancer", l2 = 1e-3, bias = true, scale = "columns")',
    "vi": "bilinear_saddle(d = 20, lam = 0.5, seed = 0)",
}
"""Run where no problem is given, by the spec's kind of problem. Scaled: the set's own features reach 4000, and at
L = 1e5 a thousand rounds show no progress."""

Family = TypeVar("Family", bound=type[Problem])


def families() -> Families[Problem]:
    """The shipped problems, none looked for yet, with room for others."""
    return Families("problem", Problem, SHIPPED, _guarded)


def _guarded(family: type[Problem]) -> type[Problem]:
    from .guarded import (
        guarded,
    )  # needs an array library, as problems do and the names of shipped ones do not

    return guarded(family)


_FAMILIES = families()


def registry() -> Families[Problem]:
    """All problem families; each class fulfils the compiler's `ProblemContract`."""
    return _FAMILIES


def register(family: Family) -> Family:
    """Class decorator: make the family known under its `name`; `SetupError` if its contract is not complete."""
    _FAMILIES.register(family)
    return family


def make_problem(
    name: str,
    arguments: Mapping[str, Scalar],
    *,
    n: int,
    split: str,
    seed: int,
    added: Sequence[tuple[str, Mapping[str, Scalar]]] = (),
    library: Library | None = None,
) -> Problem:
    """The problem `name` with these arguments, dealt to `n` nodes by `split` (as `splits.deal`) under `seed`.

    `added`: names and arguments of regularisers and sets that are added to it. `library`: the data that was read so far.

    `SetupError` for an unknown name or argument, a missing one, a wrong type, a value out of range or unfit
    data.
    """
    family = _FAMILIES.get(name)
    if family is None:
        raise errors.unknown_problem(name, _FAMILIES)
    own_start = any(argument.name == "x0" for argument in family.arguments)
    x0 = "" if own_start else arguments.get("x0", "")
    complete = resolve(family, {k: v for k, v in arguments.items() if own_start or k != "x0"})
    if n < 1:
        raise errors.too_few_nodes(n)
    if seed < 0:
        raise errors.negative_seed(seed)
    text = written(family, complete)
    if x0 != "":
        from .starts import started, with_start

        family, text, complete = started(family), with_start(text, x0), complete | {"x0": x0}
    setting = Setting(text, n, split, seed, library)
    if not added:
        return family(setting, **complete)
    from .regularised import regularised, term

    return regularised(family)(setting, [term(*each) for each in added], **complete)
