"""Compressors that only say what they send: every kind of message, on both libraries, encoded and back."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind, Class, CompressorBinding, Form
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.packets import map_packet
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.bound import FixedCompressor
from cablese.runtime.compressors.identity import Identity
from cablese.runtime.compressors.ready import Entries, Floats, Levels, ReadyMade, Signs
from cablese.runtime.compressors.registry import make, register
from cablese.runtime.errors import SetupError
from compressor_tools import compressed, dense, on_host, same_bits

COUNT = (Argument("count", ArgumentKind.INT, doc="how many", least=1),)


class Halved(ReadyMade):
    name, doc, kind, sends = "halved", "half of every entry", Class.CONTRACTIVE, Floats()

    def delta(self, d: int) -> float:
        return 4 / 3

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        assert uniforms.shape == (vectors.shape[0], 0)
        return vectors / 2


class First(ReadyMade):
    name, doc, kind, sends, arguments = "first", "the first ones", Class.NEITHER, Entries("count"), COUNT

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        rows, k = vectors.shape[0], int(self.values["count"])  # type: ignore[arg-type]
        places = xp.zeros((rows, k), dtype=xp.int64) + xp.arange(k)
        return places, vectors[:, :k]


class Rounded(ReadyMade):
    name, doc, kind, sends, arguments = "rounded", "nearest levels", Class.NEITHER, Levels("count"), COUNT

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        s, scales = self.values["count"], xp.max(xp.abs(vectors), axis=1)
        safe = xp.where(scales > 0, scales, xp.full_like(scales, inf))
        return scales, xp.round(vectors / safe[:, None] * s)


class Coin(ReadyMade):
    name, doc, kind, sends = "coin", "random signs", Class.NEITHER, Signs()

    def draws(self, d: int) -> int:
        return d

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        return xp.max(xp.abs(vectors), axis=1), uniforms < 0.5


CASES = [
    (Halved, {}),
    (First, {"count": 3}),
    (Coin, {}),
    *((Rounded, {"count": s}) for s in (1, 5, 200, 40_000)),
]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_FAMILIES", rooms.families())


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("family", "arguments"), CASES, ids=lambda part: getattr(part, "name", ""))
@pytest.mark.parametrize("wire", ["float32", "float64"])
def test_messages_come_back_to_the_bit_and_have_the_stated_size(
    family: type[ReadyMade], arguments: dict[str, Any], wire: str
) -> None:
    register(family)
    compressor = make(CompressorBinding(family.name, tuple(arguments.items())))
    x = np.random.default_rng(0).standard_normal((5, 9))
    x[2] = 0
    kept = []
    for device in ("cpu", "strict"):
        here = backend(device, "float64", wire)
        kernel: Any = compressor.kernel(here, 9)
        packet = on_host(here, compressed(kernel, here, x))
        messages = kernel.codec.encode(packet)
        assert same_bits(kernel.codec.decode(messages), packet)
        bits = kernel.codec.bits(packet)
        assert (bits == compressor.bits(9, 64 if wire == "float64" else 32)).all()
        assert [len(m) for m in messages] == [-(-int(b) // 8) for b in bits]
        kept.append(packet)
        moved = map_packet(here.to_device, packet) if device == "cpu" else compressed(kernel, here, x)
        result = dense(kernel, here, moved, 9)
        assert np.isfinite(result).all()
        assert (np.count_nonzero(result, axis=1) <= compressor.density(9)).all()
    assert same_bits(*kept)


def test_what_the_receiver_uses_is_what_the_page_says() -> None:
    here, x = backend("cpu", "float64", "float64"), np.asarray([[4.0, -2.0, 1.0]])
    found = {}
    for family, arguments in ((Halved, {}), (First, {"count": 2}), (Rounded, {"count": 2}), (Coin, {})):
        kernel: Any = family(**arguments).kernel(here, 3)
        found[family.name] = dense(kernel, here, compressed(kernel, here, x), 3).tolist()[0]
    assert found["halved"] == [2, -1, 0.5]
    assert found["first"] == [4, -2, 0]
    assert found["rounded"] == [4, -2, 0]  # 1 / 4 of 2 levels is rounded to the even one
    assert {abs(entry) for entry in found["coin"]} == {4}


def test_form_and_codec_follow_from_what_is_sent() -> None:
    assert First.form({}) is Form.SPARSE
    assert Halved.form({}) is Form.DENSE
    assert Coin.codec == Signs.words


@pytest.mark.usefixtures("fresh")
def test_counts_out_of_range_are_refused() -> None:
    register(First)
    with pytest.raises(SetupError, match=r"first\(count = 0\).*at least 1"):
        make(CompressorBinding("first", (("count", 0),)))
    with pytest.raises(SetupError, match="keeps 4 coordinates"):
        First(count=4).kernel(backend("cpu", "float64", "float32"), 3)


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("lacking", ["sends", "kind", "compress", "doc"])
def test_a_class_that_does_not_say_everything_is_refused_by_name(lacking: str) -> None:
    members = {name: value for name, value in vars(Halved).items() if name not in (lacking, "codec")}
    with pytest.raises(SetupError, match=rf"Halved`.*`{lacking}`"):
        register(type("Halved", (ReadyMade,), members))


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ((), r'counts by `count`, so it needs `Argument\("count", ArgumentKind.INT, least=1\)`'),
        ((Argument("count", ArgumentKind.INT),), "counts by `count`"),
        ((Argument("count", ArgumentKind.INT, least=0),), "counts by `count`"),
        ((Argument("count", ArgumentKind.REAL, least=1),), "counts by `count`"),
    ],
)
def test_what_a_message_counts_by_is_stated_to_be_a_count(stated: tuple[Argument, ...], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        register(type("Uncounted", (First,), {"arguments": stated}))


class Mute(Identity):
    name = "mute"

    def kernel(self, backend: Any, d: int) -> Any:
        kernel: Any = super().kernel(backend, d)
        return type(kernel)(backend, None)


def test_a_kernel_without_a_codec_is_refused_by_name() -> None:
    compressor: Compressor = Mute()
    with pytest.raises(SetupError, match="`mute` has no codec"):
        FixedCompressor(
            "Q", CompressorBinding("mute", ()), compressor, backend("cpu", "float64", "float32"), 3
        )
