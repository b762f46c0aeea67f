"""Kernels and codecs of plug-ins behind a door: what they answer is looked at before anything else uses it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import Any

from cablese.dsl.check.contracts import Form

from ..arrays.backend import Array, Backend
from ..codecs.flaws import flaw
from ..codecs.messages import whole_bytes
from ..codecs.packets import Packet, alike
from ..plugin_calls import PluginFailed, call_plugin, check_array, check_count, wrong_answer
from . import errors
from .papers import Papers

_NEEDED = ("compress", "expand")
_CODEC_NEEDS = ("encode", "decode", "bits")


class GuardedKernel:
    """A plug-in's kernel for vectors of d entries: what it is given is its own to write into."""

    reads_pieces = False

    def __init__(self, plugin: str, name: str, inner: Any, backend: Backend, d: int) -> None:
        """`plugin` is what messages call it, `name` what specs do."""
        if lacking := [part for part in _NEEDED if not callable(getattr(inner, part, None))]:
            wanted = "a kernel with `words`, `form`, `codec`, `compress` and `expand`"
            raise wrong_answer(
                plugin, "kernel", f"{type(inner).__name__}, which has no `{lacking[0]}`", wanted
            )
        self._plugin, self._inner, self._backend, self._d = plugin, inner, backend, d
        self._is_tried = False
        self.words = check_count(plugin, "words", call_plugin(plugin, "words", lambda: inner.words))
        self.form = call_plugin(plugin, "form", lambda: inner.form)
        codec = call_plugin(plugin, "codec", getattr, inner, "codec", None)
        if not all(callable(getattr(codec, part, None)) for part in _CODEC_NEEDS):
            raise errors.no_codec(name)
        self.codec = GuardedCodec(plugin, codec, d)

    def verify(self, form: Form, parts: Sequence[str]) -> None:
        """Raise PluginFailed unless the kernel is as its class says."""
        if self.form is not form:
            found = str(self.form) if isinstance(self.form, Form) else repr(self.form)
            raise wrong_answer(self._plugin, "form", found, f"{form}, as its class says")
        for part in parts:
            if getattr(self._inner, part, None) is None:
                wanted = "one with it, as its class picks blindly or redraws"
                raise wrong_answer(self._plugin, "kernel", f"one without `{part}`", wanted)

    def compress(self, vectors: Array, words: Array | None) -> Packet:
        """Compresses a copy: the caller's vectors stay as they are, whatever the plug-in does to them."""
        own = self._backend.xp.asarray(vectors, copy=True)
        packet = call_plugin(self._plugin, "compress", self._inner.compress, own, words)
        checked = self._packet("compress", packet, int(vectors.shape[0]))
        if not self._is_tried:
            self._is_tried = True
            self._try_again(checked, vectors, words)
        return checked

    def _try_again(self, first: Packet, vectors: Array, words: Array | None) -> None:
        """Raise PluginFailed unless the first vectors' messages come again as they were: a run must repeat."""
        own = self._backend.xp.asarray(vectors, copy=True)
        again = call_plugin(self._plugin, "compress", self._inner.compress, own, words)
        if not alike(self._backend, first, self._packet("compress", again, int(vectors.shape[0]))):
            raise errors.own_draws(self._plugin, "compress")

    def pick(self, words: Array) -> Array:
        """The coordinates of a blind kernel."""
        picked = call_plugin(self._plugin, "pick", self._inner.pick, words)
        rows, shape = int(words.shape[0]), tuple(getattr(picked, "shape", ()))
        if len(shape) != 2 or shape[:1] != (rows,):
            raise wrong_answer(self._plugin, "pick", _said(picked), f"coordinates of shape ({rows}, k)")
        return check_array(self._plugin, "pick", picked, shape, self._backend.xp.int64)

    def pack(self, indices: Array, entries: Array) -> Packet:
        """The packet of a blind kernel's entries."""
        packet = call_plugin(self._plugin, "pack", self._inner.pack, indices, entries)
        return self._packet("pack", packet, int(entries.shape[0]))

    def expand(self, packet: Any) -> Array:
        """As the plug-in has it, in the computations' type."""
        found = call_plugin(self._plugin, "expand", self._inner.expand, packet)
        shape = (packet.rows, self._d) if self.form is Form.DENSE else tuple(packet.indices.shape)
        return check_array(self._plugin, "expand", found, shape, self._backend.real)

    def _packet(self, part: str, found: Any, rows: int) -> Packet:
        packet = _packet_of(self._plugin, part, found, rows, self._d)
        if self.form is Form.SPARSE and not hasattr(packet, "indices"):
            wanted = f"a packet with `indices`, as its form is {self.form}"
            raise wrong_answer(self._plugin, part, f"a {type(packet).__name__}", wanted)
        return packet

    def __getattr__(self, part: str) -> Any:
        """As the plug-in's kernel has it."""
        function = getattr(self._inner, part)
        if not callable(function):
            return function

        @wraps(function)
        def guarded_part(*arguments: Any) -> Any:
            return call_plugin(self._plugin, part, function, *arguments)

        return guarded_part


class GuardedCodec:
    """A plug-in's codec: as many messages as rows, and rows as messages."""

    def __init__(self, plugin: str, inner: Any, d: int) -> None:
        self._plugin, self._inner, self._d = plugin, inner, d
        fixed = call_plugin(plugin, "codec.fixed_bits", lambda: inner.fixed_bits)
        self.fixed_bits = None if fixed is None else check_count(plugin, "codec.fixed_bits", fixed, 1 << 62)

    def bits(self, packet: Any) -> Array:
        """int64 (rows,)."""
        found = call_plugin(self._plugin, "codec.bits", self._inner.bits, packet)
        shape = (packet.rows,)
        if tuple(getattr(found, "shape", ())) != shape:
            raise wrong_answer(self._plugin, "codec.bits", _said(found), f"whole numbers of shape {shape}")
        if "int" not in str(found.dtype):
            raise wrong_answer(
                self._plugin, "codec.bits", f"numbers of type {found.dtype}", "whole ones (int64)"
            )
        return found

    def encode(self, packet: Any) -> list[bytes]:
        """One bytes object a row."""
        rows = packet.rows
        wanted = f"a list of {rows} bytes"
        found = call_plugin(self._plugin, "codec.encode", self._inner.encode, packet)
        if not isinstance(found, list):
            raise wrong_answer(self._plugin, "codec.encode", type(found).__name__, wanted)
        if len(found) != rows:
            raise wrong_answer(self._plugin, "codec.encode", f"{len(found)} messages", wanted)
        if other := next((message for message in found if not isinstance(message, bytes)), None):
            raise wrong_answer(
                self._plugin, "codec.encode", f"a message that is {type(other).__name__}", wanted
            )
        return found

    def decode(self, messages: Sequence[bytes]) -> Any:
        """A packet of as many rows as there are messages."""
        found = call_plugin(self._plugin, "codec.decode", self._inner.decode, messages)
        return _packet_of(self._plugin, "codec.decode", found, len(messages), self._d)

    def verify_lengths(self, messages: Sequence[bytes], packet: Any) -> None:
        """Raise PluginFailed unless each message is as long as it is counted: who receives it rests on that."""
        for message, bits in zip(messages, self.bits(packet), strict=True):
            if len(message) != (length := whole_bytes(int(bits))):
                written = f"{len(message)} bytes for a message of {int(bits)} bits by its `bits`"
                raise self.unfaithful("encode", written, f"{length}")

    def unfaithful(self, part: str, found: str, wanted: str) -> PluginFailed:
        """Messages are not of the length that is counted, or do not come back as they were sent."""
        return wrong_answer(self._plugin, f"codec.{part}", found, wanted)

    def __getattr__(self, part: str) -> Any:
        """As the plug-in's codec has it."""
        return getattr(self._inner, part)


class GuardedPapers:
    """A plug-in's count of messages as its paper counts them."""

    def __init__(self, plugin: str, inner: Papers) -> None:
        self._plugin, self._inner = plugin, inner
        if not callable(getattr(inner, "sizes", None)):
            raise wrong_answer(plugin, "papers", type(inner).__name__, "an object with `fixed` and `sizes`")
        fixed = call_plugin(plugin, "papers.fixed", lambda: inner.fixed)
        self.fixed = None if fixed is None else check_count(plugin, "papers.fixed", fixed, 1 << 62)

    def sizes(self, packet: Any) -> Array:
        """(rows,)."""
        found = call_plugin(self._plugin, "papers.sizes", self._inner.sizes, packet)
        if tuple(getattr(found, "shape", ())) != (packet.rows,):
            raise wrong_answer(
                self._plugin, "papers.sizes", _said(found), f"numbers of shape ({packet.rows},)"
            )
        return found


def guarded_within(codec: object) -> GuardedCodec | None:
    """The plug-in's codec that a codec is, or is made of."""
    if isinstance(codec, GuardedCodec):
        return codec
    parts: Sequence[object] = getattr(codec, "parts", ())
    return next((found for part in parts if (found := guarded_within(part)) is not None), None)


def _packet_of(plugin: str, part: str, found: Any, rows: int, d: int) -> Packet:
    if wrong := call_plugin(plugin, part, flaw, found, rows, d):
        raise wrong_answer(plugin, part, *wrong)
    packet: Packet = found
    return packet


def _said(found: Any) -> str:
    shape = getattr(found, "shape", None)
    return type(found).__name__ if shape is None else f"an array of shape {tuple(shape)}"
