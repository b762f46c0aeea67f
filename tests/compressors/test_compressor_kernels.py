"""What holds for the kernel of every family, at every float type and on every library."""

from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Class, Form, Trait
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.messages import whole_bytes
from cablese.runtime.codecs.packets import map_packet
from compressor_tools import bind, binding, compose, compressed, dense, every, on_host, same_bits

TYPES = [("float64", "float32"), ("float64", "float64"), ("float32", "float32"), ("float64", "float16")]
TYPES += [("float32", "float64"), ("float32", "float16")]
STRICT_TYPES = [pair for pair in TYPES if pair[1] != "float16"]


def vectors(rows: int, d: int, real: str = "float64") -> np.ndarray:
    """Normal, spread over many magnitudes, sparse, zero, constant."""
    rng = np.random.default_rng(d)
    x = rng.standard_normal((rows, d))
    x[1] *= 10.0 ** rng.uniform(-6, 3, d)
    x[2] *= rng.random(d) < 0.2
    x[3] = 0
    x[4] = -1.5
    return x.astype(real)


@pytest.mark.parametrize(("real", "wire"), TYPES)
@pytest.mark.parametrize("d", [1, 2, 9, 100])
def test_the_receiver_gets_what_the_sender_uses(real: str, wire: str, d: int) -> None:
    numpy = backend("cpu", real, wire)
    for compressor in every(d):
        kernel = compressor.kernel(numpy, d)
        packet = compressed(kernel, numpy, vectors(5, d, real))
        messages = kernel.codec.encode(packet)
        received = kernel.codec.decode(messages)
        used = kernel.expand(packet)
        assert used.dtype == np.dtype(real)
        assert np.isfinite(used).all()
        assert kernel.expand(received).tobytes() == used.tobytes()
        assert same_bits(packet, received)
        assert [len(m) for m in messages] == [whole_bytes(b) for b in kernel.codec.bits(packet).tolist()]


@pytest.mark.parametrize(("real", "wire"), STRICT_TYPES)
@pytest.mark.parametrize("d", [1, 20, 112])
def test_another_library_and_device_give_the_same_bits(real: str, wire: str, d: int) -> None:
    numpy, strict = backend("cpu", real, wire), backend("strict", real, wire)
    x = vectors(5, d, real)
    for compressor in every(d):
        here, there = compressor.kernel(numpy, d), compressor.kernel(strict, d)
        packet, far = compressed(here, numpy, x), compressed(there, strict, x)
        assert same_bits(packet, on_host(strict, far))
        assert strict.to_host(there.expand(far)).tobytes() == here.expand(packet).tobytes()
        assert np.array_equal(strict.to_host(there.codec.bits(far)), here.codec.bits(packet))


def test_tiles_are_the_same_on_another_library() -> None:
    d = 70_000
    numpy, strict = backend("cpu", "float64", "float32"), backend("strict", "float64", "float32")
    x = np.random.default_rng(2).standard_normal((2, d))
    for compressor in (bind("quantize", s=3), bind("natural"), bind("rand_k", k=50), bind("top_k", k=50)):
        here, there = compressor.kernel(numpy, d), compressor.kernel(strict, d)
        assert same_bits(compressed(here, numpy, x), on_host(strict, compressed(there, strict, x)))


@pytest.mark.parametrize(
    "compressor",
    [bind("quantize", s=3), bind("natural"), bind("natural_dithering", s=5)],
    ids=["quantize", "natural", "natural_dithering"],
)
def test_working_in_tiles_changes_no_bit(compressor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cablese.runtime.compressors import kernels

    d, numpy = 70_000, backend("cpu", "float64", "float32")
    x = np.random.default_rng(0).standard_normal((11, d))
    kernel = compressor.kernel(numpy, d)
    tiled = compressed(kernel, numpy, x)
    alone = [compressed(kernel, numpy, x[:1]), compressed(compressor.kernel(numpy, d), numpy, x[:1])]
    assert all(same_bits(map_packet(lambda a: a[:1], tiled), one) for one in alone)
    with monkeypatch.context() as whole:
        whole.setattr(kernels, "in_tiles", lambda backend, d: False)
        if compressor.name.startswith("natural"):
            assert same_bits(tiled, compressed(kernel, numpy, x))
    assert kernels.in_tiles(numpy, d)


@pytest.mark.parametrize("d", [1, 20, 112])
def test_rows_do_not_depend_on_one_another(d: int) -> None:
    numpy = backend("cpu", "float64", "float32")
    x = vectors(5, d)
    for compressor in every(d):
        kernel = compressor.kernel(numpy, d)
        packet = compressed(kernel, numpy, x)
        words = np.random.default_rng([0, 77]).integers(
            0, 2**64 - 1, (5, kernel.words), np.uint64, endpoint=True
        )
        for row in range(5):
            alone = kernel.compress(x[row : row + 1], words[row : row + 1] if kernel.words else None)
            assert same_bits(map_packet(lambda a, row=row: a[row : row + 1], packet), alone)


def test_no_rows_are_no_messages() -> None:
    numpy = backend("cpu", "float64", "float32")
    for compressor in every(20):
        kernel = compressor.kernel(numpy, 20)
        packet = compressed(kernel, numpy, np.zeros((0, 20)))
        assert kernel.codec.encode(packet) == []
        assert kernel.expand(packet).shape[0] == 0


def test_zero_goes_to_zero() -> None:
    numpy = backend("cpu", "float64", "float32")
    for compressor in every(20):
        if compressor.name == "sign":  # which has a bit an entry, and none for 0
            continue
        kernel = compressor.kernel(numpy, 20)
        assert not dense(kernel, numpy, compressed(kernel, numpy, np.zeros((3, 20))), 20).any()


@pytest.mark.parametrize("library", ["cpu", "strict"])
@pytest.mark.parametrize("d", [1, 112])
def test_what_is_stated_to_be_odd_is(library: str, d: int) -> None:
    at_hand = backend(library, "float64", "float32")
    x = np.concatenate((vectors(5, d), np.asarray([[-0.0, *[2.5, -2.5] * d]])[:, :d]))
    for compressor in every(d):
        kernel = compressor.kernel(at_hand, d)
        here, there = (dense(kernel, at_hand, compressed(kernel, at_hand, part), d) for part in (x, -x))
        rows = slice(None) if Trait.ODD in compressor.actual_traits else slice(0, 2)  # of which no entry is 0
        if compressor.name != "tree8":
            np.testing.assert_array_equal(there[rows], -here[rows], compressor.name)


def test_traits_are_those_of_the_mathematics() -> None:
    """Written down apart from the families: all but those of signs and the tree are odd, all but three scale."""
    traits: dict[str, set[str]] = {trait.value: set() for trait in Trait}
    for compressor in every(20):
        for trait in compressor.actual_traits:
            traits[trait.value].add(compressor.name)
    families = {compressor.name for compressor in every(20)} - {"composition"}
    signs = {"sign", "scaled_sign", "block_sign"}
    for trait in traits.values():
        trait.discard("composition")
    assert families - traits["odd"] == {*signs, "tree8"}
    assert traits["odd in law"] == traits["odd"]
    assert families - traits["homogeneous"] == {"sign", "natural", "round_to", "threshold_k"}
    assert traits["scale-free"] == {"sign"}
    assert families - traits["zero to zero"] == {"sign"}
    assert traits["selecting"] == {"identity", "rand_k", "top_k", "threshold_k", "mixed"}
    drawn = {"rand_k", "quantize", "ternary", "natural", "natural_dithering", "rand_p", "mvss"}
    drawn |= {"contracted"}  # of what is drawn
    assert families - traits["deterministic"] == drawn


def test_a_switch_may_change_the_traits() -> None:
    assert Trait.SELECTING in bind("rand_k", k=2, scaled=False).actual_traits
    assert Trait.SELECTING not in bind("rand_k", k=2).actual_traits


def test_parts_decide_the_traits_of_a_whole() -> None:
    scaled, top = {Trait.HOMOGENEOUS, Trait.ODD, Trait.ODD_IN_LAW, Trait.ZERO}, binding("top_k", k=2)
    assert compose(binding("quantize", s=2), top).actual_traits == scaled
    assert compose(binding("natural"), top).actual_traits == scaled - {Trait.HOMOGENEOUS}
    assert compose(binding("scaled_sign"), top).actual_traits == {
        Trait.DETERMINISTIC,
        Trait.HOMOGENEOUS,
        Trait.ZERO,
    }
    assert compose(binding("sign"), top).actual_traits == {Trait.DETERMINISTIC, Trait.SCALE_FREE}
    assert bind("mixed", C=binding("sign"), threshold=0).actual_traits == {Trait.DETERMINISTIC}
    assert bind("mixed", C=top, threshold=0).actual_traits == bind("top_k", k=2).actual_traits


@pytest.mark.parametrize("wire", ["float32", "float64"])
@pytest.mark.parametrize("name", ["rand_k", "top_k"])
def test_keeping_all_coordinates_is_the_identity(name: str, wire: str) -> None:
    numpy = backend("cpu", "float64", wire)
    x = vectors(5, 20)
    kernel = bind(name, k=20).kernel(numpy, 20)
    assert kernel.codec.fixed_bits == 20 * numpy.wire.itemsize * 8
    assert np.array_equal(
        dense(kernel, numpy, compressed(kernel, numpy, x), 20), x.astype(wire).astype(float)
    )


def test_a_blind_kernel_is_pick_then_pack() -> None:
    numpy = backend("cpu", "float64", "float32")
    x = vectors(5, 112)
    for k in (1, 5, 56, 112):
        compressor = bind("rand_k", k=k)
        kernel: Any = compressor.kernel(numpy, 112)
        words = np.random.default_rng(4).integers(0, 2**64 - 1, (5, kernel.words), np.uint64)
        picked = kernel.pick(words)
        packed = kernel.pack(picked, np.take_along_axis(x, picked, axis=1))
        assert same_bits(packed, kernel.compress(x, words))
        assert compressor.picks_blindly(compressor.values)
        assert compressor.form(compressor.values) is Form.SPARSE


def test_rand_k_sends_scaled_entries_rounded_to_the_wire() -> None:
    numpy = backend("cpu", "float64", "float32")
    x = vectors(5, 30)
    for scaled, factor in ((True, 30 / 7), (False, 1.0)):
        kernel = bind("rand_k", k=7, scaled=scaled).kernel(numpy, 30)
        packet: Any = compressed(kernel, numpy, x)
        expected = (np.take_along_axis(x, packet.indices, axis=1) * factor).astype(np.float32)
        assert packet.values.tobytes() == expected.tobytes()


def test_of_equal_magnitudes_top_k_keeps_the_first() -> None:
    numpy = backend("cpu", "float64", "float32")
    x = np.asarray([[1, -2, 2, -2, 0, 1.0], [0, 0, 0, 0, 0, 0], [3, 1, -1, 1, -1, 5]])
    packet: Any = compressed(bind("top_k", k=3).kernel(numpy, 6), numpy, x)
    assert packet.indices.tolist() == [[1, 2, 3], [0, 1, 2], [0, 1, 5]]


def test_results_of_quantize_follow_the_formula_in_its_order() -> None:
    numpy = backend("cpu", "float64", "float32")
    x = vectors(5, 40)
    for s, norm, order in ((1, 2, 2), (4, 2, 2), (1000, "inf", np.inf)):
        kernel = bind("quantize", s=s, norm=norm).kernel(numpy, 40)
        packet: Any = compressed(kernel, numpy, x)
        words = np.random.default_rng([0, 77]).integers(0, 2**64 - 1, (5, 20), np.uint64, endpoint=True)
        halves = np.stack((words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)), axis=-1).reshape(5, 40)
        kept = {1: 30, 4: 28, 1000: 32}[s]
        u = (halves >> np.uint64(32 - kept)).astype(float) * 2.0**-kept
        norms = packet.scales.astype(float)[:, None]
        assert (norms >= np.abs(x)).all()
        assert np.allclose(norms[:, 0], np.linalg.norm(x, order, axis=1), rtol=2e-7)
        below_wire = np.nextafter(packet.scales, np.float32(0)).astype(float)
        assert (below_wire[norms[:, 0] > 0] < np.linalg.norm(x, order, axis=1)[norms[:, 0] > 0]).all()
        places = x / np.where(norms > 0, norms, 1) * s
        levels = np.sign(x) * np.floor(np.abs(np.rint(places * 2.0**kept)) * 2.0**-kept + u)
        assert np.array_equal(kernel.expand(packet), norms * levels / s)


@pytest.mark.parametrize("size", [1e-30, 1e-200, 1e-310, 5e-324, 1e30])
def test_tiny_and_huge_vectors_keep_levels_in_range(size: float) -> None:
    for real, wire in TYPES:
        numpy = backend("cpu", real, wire)
        x = (np.asarray([[1.0, -1.0, 0.3, 0.0]]) * size).astype(real)
        for norm in (2, "inf"):
            kernel = bind("quantize", s=127, norm=norm).kernel(numpy, 4)
            with np.errstate(over="ignore", invalid="ignore"):
                packet: Any = compressed(kernel, numpy, x)
            if np.isfinite(packet.scales).all():
                assert np.abs(packet.levels.astype(int)).max() <= 127
                assert same_bits(packet, kernel.codec.decode(kernel.codec.encode(packet)))


def test_natural_gives_the_two_neighbouring_powers_with_the_right_chance() -> None:
    numpy = backend("cpu", "float64", "float32")
    kernel = bind("natural").kernel(numpy, 6)
    x = np.tile(np.asarray([1.0, 1.5, -3.0, 0.125, 2.0**-126 * 1.25, -0.0]), (4000, 1))
    y = kernel.expand(compressed(kernel, numpy, x))
    assert set(y[:, 0]) == {1.0}
    assert set(y[:, 1]) == {1.0, 2.0}
    assert set(y[:, 2]) == {-2.0, -4.0}
    assert set(y[:, 3]) == {0.125}
    assert set(y[:, 4]) == {2.0**-126, 2.0**-125}
    assert set(y[:, 5]) == {0.0}
    for column, chance in ((1, 0.5), (2, 0.5), (4, 0.25)):
        larger = np.abs(y[:, column]) == np.abs(y[:, column]).max()
        assert abs(larger.mean() - chance) < 4.5 * (chance * (1 - chance) / 4000) ** 0.5


@pytest.mark.parametrize(
    ("wire", "least", "most"), [("float32", -126, 127), ("float16", -14, 15), ("float64", -1022, 1023)]
)
def test_natural_below_and_above_the_wire_s_range(wire: str, least: int, most: int) -> None:
    """Below: 0 or the least power, unbiased. Above: the largest power. Non-finite: the code of infinity."""
    numpy = backend("cpu", "float64", wire)
    kernel = bind("natural").kernel(numpy, 3)
    x = np.tile([np.ldexp(0.25, least), np.ldexp(1.75, most), -np.ldexp(0.5, least)], (4000, 1))
    y = kernel.expand(compressed(kernel, numpy, x))
    assert set(y[:, 0]) == {0.0, np.ldexp(1.0, least)}
    assert abs((y[:, 0] > 0).mean() - 0.25) < 4.5 * (0.25 * 0.75 / 4000) ** 0.5
    assert set(y[:, 1]) == {np.ldexp(1.0, most)}
    assert abs((y[:, 2] < 0).mean() - 0.5) < 4.5 * (0.25 / 4000) ** 0.5
    bad = kernel.expand(compressed(kernel, numpy, np.asarray([[np.inf, -np.inf, np.nan]])))
    assert np.isinf(bad).all() and bad[0, 0] > 0 > bad[0, 1]


def test_nothing_crashes_on_non_finite_entries() -> None:
    numpy = backend("cpu", "float64", "float32")
    x = np.asarray([[np.nan, 1, 2, np.inf], [1, 2, 3, 4], [-np.inf, 0, 0, 0]])
    for compressor in every(4):
        kernel = compressor.kernel(numpy, 4)
        with np.errstate(all="ignore"):
            packet = compressed(kernel, numpy, x)
            kernel.expand(packet)
        assert len(kernel.codec.encode(packet)) == 3


def test_large_vectors_of_every_family_come_back() -> None:
    d, numpy = 100_000, backend("cpu", "float64", "float32")
    x = np.random.default_rng(1).standard_normal((3, d))
    for compressor in (bind("rand_k", k=100), bind("top_k", k=5000), bind("quantize", s=4), bind("natural")):
        kernel = compressor.kernel(numpy, d)
        packet = compressed(kernel, numpy, x)
        assert same_bits(packet, kernel.codec.decode(kernel.codec.encode(packet)))
        if compressor.classify(compressor.values) is Class.CONTRACTIVE:
            assert ((dense(kernel, numpy, packet, d) - x) ** 2).sum() < (x**2).sum()
