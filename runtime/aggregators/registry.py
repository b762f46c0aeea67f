"""The aggregators at hand, all of plug-ins: those that the language has stand in its own table."""

from __future__ import annotations

from typing import TypeVar

from ..families import Families
from .base import Aggregator

Family = TypeVar("Family", bound=type[Aggregator])


def families() -> Families[Aggregator]:
    """No aggregator looked for yet, with room for them."""
    return Families("aggregator", Aggregator, {}, _guarded)


def _guarded(family: type[Aggregator]) -> type[Aggregator]:
    from .guarded import guarded  # needs no array library, and no spec without an aggregator needs it

    return guarded(family)


_FAMILIES = families()


def registry() -> Families[Aggregator]:
    """All aggregators by name; each class fulfils the compiler's `AggregatorContract`."""
    return _FAMILIES


def register(family: Family) -> Family:
    """Class decorator: make the family known under its `name`; `SetupError` if its contract is not complete."""
    _FAMILIES.register(family)
    return family
