"""The class of aggregators: one vector made of those that nodes sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from cablese.dsl.check.contracts import ArgumentKind
from cablese.dsl.check.reserved import LANGUAGE_NAMES

from ..plugin_contracts import Plugin

if TYPE_CHECKING:
    from ..arrays.backend import Array


class Aggregator(Plugin, ABC):
    """A function of a family of vectors, as specs write it at the server: `name(m)`, or `name(m, f)` with a whole number.

    Subclasses are registered by name; `arguments` are empty or the one number. An aggregator keeps nothing from call to
    call: checkpoints and equal runs over ranks rest on that.
    """

    @classmethod
    def flaw(cls) -> str:
        """As of every plug-in; the name is free, and at most one argument, a whole number without a default, is taken."""
        if flaw := super().flaw():
            return flaw
        if cls.name in LANGUAGE_NAMES:
            return f"`{cls.name}` is {LANGUAGE_NAMES[cls.name]}"
        fits = len(cls.arguments) <= 1 and all(
            argument.kind is ArgumentKind.INT and argument.default is None for argument in cls.arguments
        )
        return "" if fits else "its `arguments` are more than one whole number without a default"

    @abstractmethod
    def aggregate(self, xp: Any, vectors: Array, number: int | None) -> Array:
        """The aggregate (d,) of vectors (rows, d), at least one, in the order of the nodes; new, finite if they are.

        `number` is the spec's second argument, within its bounds; None for an aggregator without one.
        """
