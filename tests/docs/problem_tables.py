"""The tables of docs/problems.md that follow the registries, made from them, so that they cannot drift."""

from __future__ import annotations

from collections.abc import Callable

from cablese.cli.listing import _signature
from cablese.runtime.regularisers.registry import SHIPPED, registry
from tables import table


def regularisers() -> str:
    """What may be added to a problem."""
    rows = (
        (
            f"`{_signature(registry()[name]).removesuffix('()')}`",
            registry()[name].doc,
            "; ".join(f"`{argument.name}`: {argument.meaning}" for argument in registry()[name].arguments),
        )
        for name in SHIPPED
    )
    return table(("added", "is", "arguments"), rows)


PROBLEM_TABLES: dict[str, Callable[[], str]] = {"regularisers": regularisers}
