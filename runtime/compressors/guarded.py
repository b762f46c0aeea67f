"""Compressors of plug-ins behind a door: what they answer is looked at, and what goes wrong in them names them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any, cast

from cablese.dsl.check.contracts import ArgumentValue, Class, Form, Trait, Traits

from ..arrays.backend import Backend
from ..families import behind
from ..plugin_calls import call_plugin, check_count, wrong_answer
from .base import Compressor, Kernel, Meaning, Shapes
from .collective import Averaging, Collective
from .papers import Papers

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


class Guarded(Compressor):
    """The guard that `guarded` puts in front of a plug-in's class; SetupError for what is not as `Compressor` has it."""

    def __init__(self, **arguments: ArgumentValue) -> None:
        """As the plug-in has it."""
        call_plugin(_plugin(self), "__init__", super().__init__, **arguments)

    @classmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """As the plug-in says, if it is a class."""
        return cast(Class, cls._one_of("classify", tuple(Class), arguments))

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """As the plug-in says, if it is a form."""
        return cast(Form, cls._one_of("form", tuple(Form), arguments))

    @classmethod
    def picks_blindly(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """As the plug-in says."""
        return cls._answer("picks_blindly", arguments)

    @classmethod
    def redraws(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """As the plug-in says."""
        return cls._answer("redraws", arguments)

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """As the plug-in says, if they are traits that one compressor can have."""
        found = call_plugin(_plugin(cls), "traits", super().traits, arguments)
        if not (isinstance(found, set | frozenset) and all(isinstance(one, Trait) for one in found)):
            raise wrong_answer(_plugin(cls), "traits", repr(found), "a set of Trait")
        if {Trait.HOMOGENEOUS, Trait.SCALE_FREE} <= found:
            both = f"{Trait.HOMOGENEOUS.value} and {Trait.SCALE_FREE.value}"
            raise wrong_answer(_plugin(cls), "traits", both, "one of the two: none but 0 has both")
        return frozenset(found)

    def omega(self, d: int) -> float:
        """As the plug-in says, if it can be one."""
        return self._figure("omega", 0.0, d)

    def delta(self, d: int) -> float:
        """As the plug-in says, if it can be one."""
        return self._figure("delta", 1.0, d)

    def density(self, d: int) -> float:
        """As the plug-in says, if it can be one."""
        return self._figure("density", 0.0, d)

    def bits(self, d: int, float_bits: int) -> float:
        """As the plug-in says, if it can be a size."""
        return self._figure("bits", 0.0, d, float_bits)

    def formula(self, float_bits: int) -> str:
        """As the plug-in says, if it is a text."""
        return self._text("formula", float_bits)

    def entropy_formula(self, float_bits: int) -> str:
        """As the plug-in says, if it is a text."""
        return self._text("entropy_formula", float_bits)

    def meaning_of_bits(self, d: int) -> Meaning:
        """As the plug-in says, if it is one."""
        found = call_plugin(_plugin(self), "meaning_of_bits", super().meaning_of_bits, d)
        if not isinstance(found, Meaning):
            raise wrong_answer(_plugin(self), "meaning_of_bits", repr(found), "a Meaning")
        return found

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """As the plug-in says, if it can be a size."""
        return self._figure("entropy_bits", 0.0, d, float_bits)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """As the plug-in says, if it can be a size."""
        return self._figure("paper_bits", 0.0, d, float_bits)

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The plug-in's, guarded."""
        from .guarded_kernel import GuardedPapers

        plugin = _plugin(self)
        return GuardedPapers(
            plugin, call_plugin(plugin, "papers", self._theirs("papers"), kernel, backend, d)
        )

    def fitted(self, shapes: Shapes) -> Compressor:
        """As the plug-in makes it, guarded."""
        plugin = _plugin(self)
        found = call_plugin(plugin, "fitted", self._theirs("fitted"), shapes)
        if not isinstance(found, Compressor):
            raise wrong_answer(plugin, "fitted", type(found).__name__, "a Compressor")
        return found if isinstance(found, Guarded) else _behind(found)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The plug-in's kernel, guarded."""
        from .guarded_kernel import GuardedKernel

        plugin = _plugin(self)
        inner = call_plugin(plugin, "kernel", self._theirs("kernel"), backend, d)
        kernel = GuardedKernel(plugin, self.name, inner, backend, d)
        blind = ("pick", "pack") if self.picks_blindly(self.values) else ()
        seeded = ("pick", "kept") if self.redraws(self.values) else ()
        kernel.verify(self.form(self.values), (*blind, *seeded))
        return kernel

    @classmethod
    def _one_of(cls, part: str, members: tuple[Enum, ...], arguments: Mapping[str, ArgumentValue]) -> Enum:
        found = call_plugin(_plugin(cls), part, getattr(super(), part), arguments)
        if not any(found is member for member in members):
            raise wrong_answer(_plugin(cls), part, repr(found), f"one of {', '.join(map(str, members))}")
        return cast(Enum, found)

    @classmethod
    def _answer(cls, part: str, arguments: Mapping[str, ArgumentValue]) -> bool:
        return _bool(_plugin(cls), part, call_plugin(_plugin(cls), part, getattr(super(), part), arguments))

    def _theirs(self, part: str) -> Any:
        return getattr(super(), part)

    def _text(self, part: str, float_bits: int) -> str:
        found = call_plugin(_plugin(self), part, self._theirs(part), float_bits)
        if not isinstance(found, str):
            raise wrong_answer(_plugin(self), part, repr(found), "a text")
        return found

    def _figure(self, part: str, least: float, *arguments: int) -> float:
        plugin = _plugin(self)
        found = call_plugin(plugin, part, self._theirs(part), *arguments)
        wanted = f"a finite number, at least {least:g}"
        try:
            number = float(found)
        except (TypeError, ValueError):
            raise wrong_answer(plugin, part, repr(found), wanted) from None
        if not (isfinite(number) and number >= least):
            raise wrong_answer(plugin, part, repr(found), wanted)
        return number


class GuardedCollective(Guarded, Collective):
    """The same in front of a plug-in's collective class."""

    def widths(self, d: int) -> tuple[int, ...]:
        """As the plug-in says, if that many floats can be sent."""
        plugin = _plugin(self)
        found = call_plugin(plugin, "widths", self._theirs("widths"), d)
        if not (isinstance(found, tuple) and all(isinstance(width, int) and width >= 0 for width in found)):
            raise wrong_answer(plugin, "widths", repr(found), "a tuple of whole numbers from 0 on")
        return found

    def words(self, d: int) -> int:
        """As the plug-in says, if that many can be drawn."""
        return check_count(
            _plugin(self), "words", call_plugin(_plugin(self), "words", self._theirs("words"), d)
        )

    def averaging(self, backend: Backend, d: int, words: HostArray) -> Averaging:
        """The plug-in's, guarded."""
        from .guarded_averaging import GuardedAveraging

        plugin = _plugin(self)
        inner = call_plugin(plugin, "averaging", self._theirs("averaging"), backend, d, words)
        return GuardedAveraging(plugin, inner, backend, self.widths(d), d)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """There is none, as of every collective compressor."""
        return Collective.kernel(self, backend, d)


@cache
def guarded(family: type[Compressor]) -> type[Compressor]:
    """A plug-in's class with the guard in front."""
    front = GuardedCollective if issubclass(family, Collective) else Guarded
    return behind(front, family, ("codec", "paper"))


def _behind(made: Compressor) -> Compressor:
    """A plug-in's object, guarded."""
    front = guarded(type(made))
    found = front.__new__(front)
    vars(found).update(vars(made))
    return found


def _bool(plugin: str, part: str, found: object) -> bool:
    if not isinstance(found, bool):
        raise wrong_answer(plugin, part, repr(found), "True or False")
    return found


def _plugin(compressor: Compressor | type[Compressor]) -> str:
    return f"compressor `{compressor.name}`"
