"""Compressors of plug-ins behind a door: their figures are looked at, and what goes wrong in them names them."""

from __future__ import annotations

from functools import cache, wraps
from math import isfinite
from typing import Any

from cablese.dsl.check.contracts import ArgumentValue

from ..arrays.backend import Array, Backend
from ..codecs.packets import Packet
from ..plugin_calls import asked, returned
from .base import Compressor, Kernel


class Guarded(Compressor):
    """What `guarded` puts in front of a plug-in's class; SetupError for what is not as `Compressor` has it."""

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

    def paper_bits(self, d: int, float_bits: int) -> float:
        """As the plug-in says, if it can be a size."""
        return self._figure("paper_bits", 0.0, d, float_bits)

    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The plug-in's kernel, guarded."""
        plugin = _plugin(self)
        return GuardedKernel(plugin, asked(plugin, "kernel", self._theirs("kernel"), backend, d), backend)

    def _theirs(self, part: str) -> Any:
        return getattr(super(), part)

    def _figure(self, part: str, least: float, *arguments: int) -> float:
        plugin = _plugin(self)
        found = asked(plugin, part, self._theirs(part), *arguments)
        wanted = f"a finite number, at least {least:g}"
        try:
            number = float(found)
        except (TypeError, ValueError):
            raise returned(plugin, part, repr(found), wanted) from None
        if not (isfinite(number) and number >= least):
            raise returned(plugin, part, repr(found), wanted)
        return number


class GuardedKernel:
    """A plug-in's kernel: what it is given is its own to write into."""

    def __init__(self, plugin: str, inner: Any, backend: Backend) -> None:
        self._plugin, self._inner, self._backend = plugin, inner, backend

    def compress(self, vectors: Array, words: Array | None) -> Packet:
        """Of a copy: the caller's vectors stay as they are, whatever the plug-in does to them."""
        own = self._backend.xp.asarray(vectors, copy=True)
        packet: Packet = asked(self._plugin, "compress", self._inner.compress, own, words)
        return packet

    def __getattr__(self, part: str) -> Any:
        """As the plug-in's kernel has it."""
        function = getattr(self._inner, part)
        if not callable(function):
            return function

        @wraps(function)
        def guarded_part(*arguments: Any) -> Any:
            return asked(self._plugin, part, function, *arguments)

        return guarded_part


def make_guarded(family: type[Compressor], arguments: dict[str, ArgumentValue]) -> Compressor:
    """A plug-in's compressor, guarded."""
    made: Compressor = asked(f"compressor `{family.name}`", "__init__", _front(family), **arguments)
    return made


@cache
def _front(family: type[Compressor]) -> type[Compressor]:
    """The class with the guard in front, and else as it is."""
    kept = {
        name: getattr(family, name) for name in ("__module__", "__qualname__", "__doc__", "codec", "paper")
    }
    return type(family.__name__, (Guarded, family), kept)


def _plugin(compressor: Compressor) -> str:
    return f"compressor `{compressor.name}`"
