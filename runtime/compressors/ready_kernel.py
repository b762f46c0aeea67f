"""Kernels of ready-made compressors: they ask `compress` for a message's arrays, and look at what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..arrays.backend import Array, Backend
from ..codecs.packets import Packet
from ..plugin_calls import call_plugin, check_count, wrong_answer
from .kernels import float_bits

if TYPE_CHECKING:
    from .ready import ReadyMade


class ReadyKernel:
    """`Kernel` of a ready-made compressor."""

    def __init__(self, by: ReadyMade, backend: Backend, d: int) -> None:
        self._by, self._backend = by, backend
        by.sends.size(by, d)
        self.words = _draws_of(by, d)
        self.form = by.sends.form
        self.codec = by.sends.codec(by, d, float_bits(backend))

    def compress(self, vectors: Array, words: Array | None) -> Packet:
        """Asks the compressor."""
        from ..chance.uniforms import uniforms

        xp, device = self._backend.xp, self._backend.device
        drawn = (
            xp.zeros((vectors.shape[0], 0), dtype=xp.float64, device=device)
            if words is None
            else uniforms(self._backend, words)
        )
        plugin = f"compressor `{self._by.name}`"
        parts = call_plugin(plugin, "compress", self._by.compress, xp, vectors, drawn)
        self._verify_shapes(plugin, parts, *vectors.shape)
        wrong = self._by.sends.fault(self._by, xp, parts, vectors)
        if wrong is not None:
            raise wrong_answer(plugin, "compress", *wrong)
        return self._by.sends.packet(self._by, self._backend, parts)

    def _verify_shapes(self, plugin: str, parts: Any, rows: int, d: int) -> None:
        """Raise SetupError unless the arrays of a message have the shapes that they must have."""
        wanted = self._by.sends.shapes(self._by, rows, d)
        several = parts if isinstance(parts, tuple | list) else (parts,)
        if len(several) != len(wanted):
            raise wrong_answer(plugin, "compress", f"{len(several)} arrays", " and ".join(wanted))
        for (what, shape), part in zip(wanted.items(), several, strict=True):
            found = getattr(part, "shape", None)
            if found != shape:
                kind = type(part).__name__ if found is None else f"{what} of shape {tuple(found)}"
                raise wrong_answer(plugin, "compress", kind, f"{what} of shape {shape}")

    def expand(self, packet: Packet) -> Array:
        """As `sends` has it."""
        return self._by.sends.expand(self._by, self._backend, packet)


def _draws_of(by: ReadyMade, d: int) -> int:
    """As the class says, if that many can be drawn."""
    plugin = f"compressor `{by.name}`"
    return check_count(plugin, "draws", call_plugin(plugin, "draws", by.draws, d))
