import numpy as np
import pytest
from cablese.runtime.codecs.base import Codec
from cablese.runtime.codecs.codes import CodeCodec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import CodePacket, DensePacket, LevelPacket, Packet, map_packet
from cablese.runtime.codecs.symbols import level_dtype
from hypothesis import given, settings
from hypothesis import strategies as st

Case = tuple[Codec, Packet, int]


def dense(rows: int, d: int, float_bits: int, rng: np.random.Generator) -> Case:
    values = rng.standard_normal((rows, d)).astype(f"f{float_bits // 8}")
    return DenseCodec(d, float_bits), DensePacket(values), d * float_bits


def levels(rows: int, d: int, s: int, float_bits: int, rng: np.random.Generator) -> Case:
    scales = np.abs(rng.standard_normal(rows)).astype(f"f{float_bits // 8}")
    drawn = rng.integers(-s, s + 1, (rows, d)).astype(level_dtype(s))
    size = d * int(np.ceil(np.log2(2 * s + 1))) if s > 1 else 8 * (d // 5) + (0, 2, 4, 5, 7)[d % 5]
    return LevelCodec(d, s, float_bits), LevelPacket(scales, drawn), float_bits + size


def codes(rows: int, d: int, width: int, rng: np.random.Generator) -> Case:
    drawn = rng.integers(0, 1 << width, (rows, d)).astype(np.uint16)
    return CodeCodec(d, width), CodePacket(drawn), d * width


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows, d, float_bits = (
        draw(st.integers(0, 4)),
        draw(st.integers(1, 60)),
        draw(st.sampled_from([16, 32, 64])),
    )
    match draw(st.sampled_from(["dense", "levels", "codes"])):
        case "dense":
            return dense(rows, d, float_bits, rng)
        case "levels":
            return levels(
                rows, d, draw(st.sampled_from([1, 2, 3, 4, 7, 8, 127, 128, 1000, 40_000])), float_bits, rng
            )
        case _:
            return codes(rows, d, draw(st.sampled_from([6, 9, 12])), rng)


def fields(packet: Packet) -> list[np.ndarray]:
    held: list[np.ndarray] = []
    map_packet(lambda array: held.append(array) or array, packet)
    return held


@settings(deadline=None)
@given(cases())
def test_packets_come_back_at_exactly_the_stated_size(case: Case) -> None:
    codec, packet, size = case
    messages = codec.encode(packet)
    back = codec.decode(messages)
    for before, after in zip(fields(packet), fields(back), strict=True):
        assert (
            before.tobytes() == after.tobytes()
            and before.dtype == after.dtype
            and before.shape == after.shape
        )
        assert after.flags.writeable
    assert codec.fixed_bits == size
    assert codec.bits(packet).tolist() == [size] * len(messages)
    assert all(len(message) == whole_bytes(size) for message in messages)


@pytest.mark.parametrize("s", [1, 4, 1000])
def test_levels_outside_the_range_are_refused(s: int) -> None:
    from cablese.runtime.codecs.base import CodecError

    codec = LevelCodec(8, s, 32)
    message = codec.encode(LevelPacket(np.ones(1, np.float32), np.zeros((1, 8), level_dtype(s))))[0]
    with pytest.raises(CodecError, match=r"above|last bits"):
        codec.decode([message[:4] + b"\xff" * (len(message) - 4)])
