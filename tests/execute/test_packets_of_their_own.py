"""A compressor whose packets are of a type of its own: runs, counts, wire, ranks, lab and damage follow from its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb, log2
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind, Class, CompressorBinding, Form
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs import packets
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.codecs.packets import (
    At,
    Floats,
    Indices,
    Mask,
    Packet,
    PartsPacket,
    SparsePacket,
    Symbols,
    floats_of,
    roles,
)
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.execute.options import Options
from cablese.runtime.lab.information import information
from cablese.runtime.lab.measure import Setting, measure, subjects
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from emulated_ranks import emulated
from execute_runs import QUADRATIC, run
from trials import ended


@dataclass(frozen=True)
class Signs(Packet):
    """The sign of each of k entries, and their common size."""

    size: Floats
    negative: Symbols


@dataclass(frozen=True)
class Triage(Packet):
    """The k largest entries, of which signs are sent; those others that are positive, as they are."""

    places: Indices
    signs: Signs
    mask: Mask
    rest: Annotated[Floats, At("mask")]


class TriageCodec:
    """4 k bytes, a float, k bytes, d bits, and a float for each entry at the mask."""

    fixed_bits = None

    def __init__(self, d: int, k: int) -> None:
        self.d, self.k = d, k
        self.ends = np.cumsum([4 * k, 4, k, -(-d // 8)])

    def bits(self, packet: Triage) -> Any:
        return 8 * (int(self.ends[-1]) + 4 * packet.mask.sum(axis=1))

    def encode(self, packet: Triage) -> list[bytes]:
        return [
            b"".join(
                part.tobytes()
                for part in (
                    packet.places[i].astype("<u4"),
                    packet.signs.size[i].astype("<f4"),
                    packet.signs.negative[i].astype("u1"),
                    np.packbits(packet.mask[i]),
                    packet.rest[i][packet.mask[i]].astype("<f4"),
                )
            )
            for i in range(packet.rows)
        ]

    def decode(self, messages: Sequence[bytes]) -> Triage:
        return Triage(*map(self._stacked, zip(*map(self._row, messages), strict=True)))

    def _stacked(self, rows: tuple[Any, ...]) -> Any:
        if isinstance(rows[0], tuple):
            return Signs(*map(np.stack, zip(*rows, strict=True)))
        return np.stack(rows)

    def _row(self, message: bytes) -> tuple[Any, ...]:
        places, size, negative, mask, rest = (
            np.frombuffer(part, dtype)
            for part, dtype in zip(self._cut(message), ("<u4", "<f4", "u1", "u1", "<f4"), strict=True)
        )
        kept = np.unpackbits(mask)[: self.d].astype(bool)
        if len(rest) != kept.sum() or negative.max() > 1 or np.unpackbits(mask)[self.d :].any():
            raise CodecError("it is not as it was written")
        values = np.zeros(self.d, np.float32)
        values[kept] = rest
        return places.astype(np.int64), (size[0], negative.astype(bool)), kept, values

    def _cut(self, message: bytes) -> list[bytes]:
        whole = int(self.ends[-1])
        if len(message) < whole or (len(message) - whole) % 4:
            raise CodecError("it is cut short")
        return [message[a:b] for a, b in zip([0, *self.ends], [*self.ends, len(message)], strict=True)]


class TriageKernel:
    words, form = 0, Form.DENSE

    def __init__(self, d: int, k: int, real: Any = np.float64) -> None:
        self.codec, self.k, self.real = TriageCodec(d, k), k, real

    def compress(self, vectors: Any, words: Any) -> Triage:
        places = np.sort(np.argsort(-np.abs(vectors), axis=1, kind="stable")[:, : self.k], axis=1)
        top = np.take_along_axis(vectors, places, axis=1)
        mask = vectors > 0
        np.put_along_axis(mask, places, False, axis=1)
        size = np.abs(top).mean(axis=1).astype("f4")
        return Triage(places, Signs(size, top < 0), mask, np.where(mask, vectors, 0).astype("f4"))

    def expand(self, packet: Triage) -> Any:
        values = packet.rest.astype(self.real)
        signed = np.where(packet.signs.negative, -1.0, 1.0) * packet.signs.size[:, None]
        np.put_along_axis(values, packet.places, signed, axis=1)
        return values


class Triaged(Compressor):
    """Loses at most a share 1 - 1/d: the signs alone bring back a share 1/k of the k largest entries' squares."""

    name, doc, codec = (
        "triaged",
        "sorts entries by what they deserve",
        "places, a size, signs, a mask, floats",
    )
    arguments = (Argument("k", ArgumentKind.INT, doc="entries of which signs are sent", least=1),)
    kernels: ClassVar[type[TriageKernel]] = TriageKernel

    @classmethod
    def classify(cls, arguments: Any) -> Class:
        return Class.CONTRACTIVE

    def delta(self, d: int) -> float:
        return float(d) + 1e-6

    def density(self, d: int) -> float:
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        return 8.0 * (TriageCodec(d, self.values["k"]).ends[-1] + 4 * (d - self.values["k"]))

    def kernel(self, backend: Any, d: int) -> Any:
        return self.kernels(d, self.values["k"], backend.real)


SETTING = "triaged(k = 2)"


@pytest.fixture
def triaged(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "triaged", Triaged)


def packet() -> tuple[Any, Triage]:
    kernel = TriageKernel(6, 2)
    x = np.asarray([[3.0, -0.5, 0.25, 4, -1, 2], [-3, -4, -1, -2, -1, -1]])
    return kernel, kernel.compress(x, None)


@pytest.mark.usefixtures("triaged")
@pytest.mark.parametrize(
    "setting", [SETTING, "mixed(C = triaged(k = 2), threshold = 0)", "triaged(k = 1) of top_k(k = 3)"]
)
def test_it_runs_and_every_message_is_counted_as_it_is_written(setting: str) -> None:
    recording, _ = run("ef21", settings=(f"C={setting}",), rounds=8, wire_check="all")
    bits = [point.bits_up for point in recording.points]
    assert len(set(np.diff(bits))) > 1 or "of" in setting
    assert recording.points[-1].metrics["loss"] < recording.points[0].metrics["loss"]


@pytest.mark.usefixtures("triaged")
def test_ranks_give_the_same_points() -> None:
    text = find_spec("ef21").text
    given = Options(
        problem=QUADRATIC, nodes=4, rounds=5, every=1, settings=(f"C={SETTING}",), wire_check="all"
    )
    assert emulated(text, given, 3) == ended(text, given) != {}


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(packets).values() if isinstance(kind, type) and Packet in kind.__bases__]
)
def test_shipped_packets_say_of_every_field_what_it_is(kind: type[Packet]) -> None:
    for name, role, mask in packets.roles(kind):
        hint = str(kind.__annotations__[name])
        assert role is not None or "Packet" in hint
        assert not mask or mask in kind.__annotations__


@pytest.mark.usefixtures("triaged")
def test_the_lab_refutes_nothing_and_knows_the_information_in_it() -> None:
    chosen = Setting(dim=100, draws=50, repeats=1)
    [report] = measure(subjects(["triaged(k = 10)"], chosen, plugins()), chosen)
    assert report.refuted == ()
    sets = log2(comb(6, 2)), (log2(comb(6, 2)) + log2(comb(6, 0))) / 2  # of places, of masks
    signs = (0 + 0) / 2
    assert information(packet()[1], 6) == pytest.approx(sets[0] + 32 + signs + sets[1] + 32 * 2 / 2)


def test_rows_and_floats_follow_from_the_fields() -> None:
    found = packet()[1]
    assert found.rows == 2 and PartsPacket((found, found)).rows == 2
    assert [name for name, _, _ in roles(Triage)] == ["places", "signs", "mask", "rest"]
    assert [array.shape for array in floats_of(found)] == [(2,), (2, 6)]


def test_floats_that_outgrow_the_wire_are_told_as_of_shipped_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "triaged", Triaged)
    with (
        pytest.raises(RunFailed, match="rounded to the wire's floats, is not finite"),
        np.errstate(over="ignore"),
    ):
        run("ef21", settings=(f"C={SETTING}", "gamma=1e300"), rounds=3)


@pytest.mark.usefixtures("triaged")
def test_messages_that_are_damaged_are_refused_or_are_those_of_what_they_hold() -> None:
    """By the codec or, where it looks at nothing, by what its packet's fields say."""
    kernel: Any = rooms.make(CompressorBinding("triaged", (("k", 2),))).kernel(
        backend("cpu", "float64", "float32"), 6
    )
    refused = 0
    for message in kernel.codec.encode(packet()[1]):
        for bit in range(8 * len(message)):
            damaged = bytearray(message)
            damaged[bit // 8] ^= 1 << bit % 8
            try:
                found = kernel.codec.decode([bytes(damaged)])
            except (CodecError, SetupError):
                refused += 1
                continue
            assert kernel.codec.encode(found) == [bytes(damaged)]
            assert (
                (found.places >= 0).all() and (found.places < 6).all() and (np.diff(found.places) > 0).all()
            )
    assert refused > 100


def spoil(**fields: Any) -> Any:
    return lambda found: replace(
        found, **{name: change(getattr(found, name)) for name, change in fields.items()}
    )


@dataclass(frozen=True)
class Mute(Packet):
    """Says nothing of its field."""

    codes: Any


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            spoil(places=lambda a: a + 5),
            "whose `places` are others, and must give coordinates from 0 to 5 that ascend",
        ),
        (spoil(places=lambda a: a[:, ::-1]), "whose `places` are others"),
        (
            spoil(places=lambda a: a.astype("i4")),
            "whose `places` is of type int32, and must give coordinates, int64",
        ),
        (spoil(mask=lambda a: a.astype("u1")), "whose `mask` is of type uint8, and must give bools"),
        (spoil(rest=lambda a: a.astype(int)), "whose `rest` is of type int64, and must give floats"),
        (spoil(rest=lambda a: a[:1]), "of 1 row, and must give a packet of 4"),
        (spoil(rest=list), "whose `rest` is list"),
        (spoil(signs=lambda s: replace(s, negative=s.negative * 0.5)), "`negative` is of type float64"),
        (spoil(signs=lambda s: s.negative), "whose `signs` does not say what it is"),
        (lambda found: Mute(found.rest), "whose `codes` does not say what it is"),
        (
            lambda found: found.rest,
            "ndarray, and must give a packet of 4: a dataclass derived from",
        ),
    ],
)
def test_packets_that_are_not_what_their_fields_say_are_told(
    monkeypatch: pytest.MonkeyPatch, change: Any, says: str
) -> None:
    class Spoilt(TriageKernel):
        def compress(self, vectors: Any, words: Any) -> Any:
            return change(super().compress(vectors, words))

    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "triaged", type("Spoilt", (Triaged,), {"kernels": Spoilt}))
    with pytest.raises(RunFailed, match=f"the compressor `triaged` gives as its `compress` .*{says}"):
        run("ef21", settings=(f"C={SETTING}",), rounds=2)


class Frugal(TriageKernel):
    """Sends coordinates and positive values in the shipped packet, and of zeros nothing."""

    form = Form.SPARSE

    def __init__(self, d: int, k: int, real: Any = np.float64) -> None:
        super().__init__(d, k, real)
        self.codec: Any = FrugalCodec(k)

    def compress(self, vectors: Any, words: Any) -> Any:
        places = super().compress(vectors, words).places
        return SparsePacket(places, np.maximum(np.take_along_axis(vectors, places, axis=1), 0).astype("f4"))

    def expand(self, packet: Any) -> Any:
        return packet.values.astype(self.real)


class FrugalCodec:
    fixed_bits = None

    def __init__(self, k: int) -> None:
        self.k = k

    def bits(self, packet: SparsePacket) -> Any:
        return 8 * (4 * self.k + self.k + 4 * np.count_nonzero(packet.values, axis=1))

    def encode(self, packet: SparsePacket) -> list[bytes]:
        rows = zip(packet.indices.astype("<u4"), packet.values.astype("<f4"), strict=True)
        return [b"".join((i.tobytes(), (v != 0).tobytes(), v[v != 0].tobytes())) for i, v in rows]

    def decode(self, messages: Sequence[bytes]) -> SparsePacket:
        k = self.k
        indices = np.stack([np.frombuffer(m[: 4 * k], "<u4") for m in messages]).astype(np.int64)
        there = np.stack([np.frombuffer(m[4 * k : 5 * k], bool) for m in messages])
        values = np.zeros(there.shape, "f4")
        values[there] = np.concatenate([np.frombuffer(m[5 * k :], "<f4") for m in messages])
        return SparsePacket(indices, values)


def test_sizes_that_depend_on_a_sparse_packet_s_values_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """They were counted by coordinates alone, as those of shipped codecs."""
    family = type(
        "Frugally", (Triaged,), {"kernels": Frugal, "form": classmethod(lambda cls, arguments: Form.SPARSE)}
    )
    written: list[int] = []

    class Counted(FrugalCodec):
        def encode(self, packet: SparsePacket) -> list[bytes]:
            found = super().encode(packet)
            written.extend(map(len, found))
            return found

    monkeypatch.setattr(f"{__name__}.FrugalCodec", Counted)
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "triaged", family)
    recording, _ = run(
        "ef21", settings=("C=triaged(k = 4)", "gamma=1e-3"), rounds=4, every=4, wire_check="all"
    )
    assert 0 < recording.points[-1].bits_up - recording.points[0].bits_up == 8 * sum(written) // 2
