"""The regularisers and sets at hand; imports no array library until one is looked up."""

from __future__ import annotations

from typing import TypeVar

from ..families import Families
from .base import Regulariser

SHIPPED = {
    "l1": "norms",
    "elastic_net": "norms",
    "group_l1": "norms",
    "ball": "sets",
    "box": "sets",
    "simplex": "sets",
}
"""The modules of the shipped families."""

Family = TypeVar("Family", bound=type[Regulariser])


def families() -> Families[Regulariser]:
    """The shipped regularisers, none looked for yet, with room for others."""
    return Families("regulariser", Regulariser, SHIPPED, _guarded)


def _guarded(family: type[Regulariser]) -> type[Regulariser]:
    from .guarded import guarded  # needs an array library, as names of shipped ones do not

    return guarded(family)


_FAMILIES = families()


def registry() -> Families[Regulariser]:
    """All regularisers by name."""
    return _FAMILIES


def register(family: Family) -> Family:
    """Class decorator: make the family known under its `name`; `SetupError` if its contract is not complete."""
    _FAMILIES.register(family)
    return family
