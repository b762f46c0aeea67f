"""Bias and variance against the contracts, by z-tests with fixed seeds; worst vectors of the reference."""

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Class, Contract
from cablese.runtime.arrays.finite import NonFinite
from cablese.runtime.arrays.select import backend
from compressor_tools import bind, compressed, dense, every

ROWS = 20_000
NUMPY = backend("cpu", "float64", "float64")
UNBIASED = [
    bind("rand_k", k=1),
    bind("rand_k", k=3),
    bind("rand_k", k=11),
    bind("quantize", s=1),
    bind("quantize", s=4),
    bind("quantize", s=1, norm=inf),
    bind("quantize", s=3, norm=inf),
    bind("natural"),
    bind("ternary"),
    bind("rand_p", p=0.05),
    bind("rand_p", p=0.7),
    bind("natural_dithering", s=1),
    bind("natural_dithering", s=3),
    bind("natural_dithering", s=2, norm=inf),
    bind("mvss", density=0.1),
    bind("mvss", density=0.5),
]
AT_MOST = ("threshold_k", "mvss", "round_to")
"""Families that state no more of a message's size than a bound."""


def samples(compressor: Any, x: np.ndarray, rows: int = ROWS, be: Any = NUMPY) -> np.ndarray:
    """(rows, d) independent results for one vector."""
    kernel = compressor.kernel(be, len(x))
    return dense(kernel, be, compressed(kernel, be, np.tile(x, (rows, 1)), seed=11), len(x))


def vector(kind: str, d: int) -> np.ndarray:
    rng = np.random.default_rng(d)
    match kind:
        case "normal":
            return rng.standard_normal(d)
        case "ones":
            return np.ones(d)
        case "steep":
            return 3.0 ** -np.arange(d)
        case _:
            return np.asarray([1.0] + [1 / (1 + sqrt(d))] * (d - 1))


def tolerance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """4.5 standard errors of the mean, ten events for results that are too rare for these, and rounding."""
    result: np.ndarray = (
        4.5 * y.std(axis=0) / sqrt(len(y)) + 10 * np.abs(y - x).max() / len(y) + 1e-12 * np.abs(x)
    )
    return result


@pytest.mark.parametrize("compressor", UNBIASED, ids=lambda c: f"{c.name}-{dict(c.values)}")
@pytest.mark.parametrize("kind", ["normal", "steep", "spike"])
def test_means_are_the_vector(compressor: Any, kind: str) -> None:
    x = vector(kind, 12)
    y = samples(compressor, x)
    assert (np.abs(y.mean(axis=0) - x) <= tolerance(x, y)).all()


@pytest.mark.parametrize("compressor", UNBIASED, ids=lambda c: f"{c.name}-{dict(c.values)}")
@pytest.mark.parametrize("kind", ["normal", "ones", "steep", "spike"])
@pytest.mark.parametrize("d", [12, 50])
def test_variances_stay_within_omega(compressor: Any, kind: str, d: int) -> None:
    x = vector(kind, d)
    losses = ((samples(compressor, x, 4000) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert losses.mean() - 4.5 * losses.std() / sqrt(len(losses)) <= compressor.omega(d) * (1 + 1e-12)


@pytest.mark.parametrize("k", [1, 3, 11, 12])
def test_rand_k_meets_its_variance_with_equality(k: int) -> None:
    x, compressor = vector("normal", 12), bind("rand_k", k=k)
    losses = ((samples(compressor, x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - compressor.omega(12)) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-12
    unscaled = bind("rand_k", k=k, scaled=False)
    losses = ((samples(unscaled, x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - (1 - 1 / unscaled.delta(12))) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-12


@pytest.mark.parametrize(("norm", "kind"), [(2, "ones"), (inf, "spike")])
def test_one_level_meets_its_variance_at_the_worst_vector(norm: float, kind: str) -> None:
    """Reference, C6: omega is exact for s = 1."""
    d = 25
    x, compressor = vector(kind, d), bind("quantize", s=1, norm=norm)
    losses = ((samples(compressor, x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - compressor.omega(d)) <= 4.5 * losses.std() / sqrt(ROWS)


@pytest.mark.parametrize("p", [0.1, 0.5, 1])
def test_rand_p_meets_its_variance_and_its_bits(p: float) -> None:
    x, compressor = vector("normal", 12), bind("rand_p", p=p)
    losses = ((samples(compressor, x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - compressor.omega(12)) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-12
    kernel = compressor.kernel(NUMPY, 12)
    bits = kernel.codec.bits(compressed(kernel, NUMPY, np.tile(x, (ROWS, 1))))
    assert abs(bits.mean() - compressor.bits(12, 64)) <= 4.5 * bits.std() / sqrt(ROWS) + 1e-9


@pytest.mark.parametrize("kind", ["normal", "ones", "steep", "spike"])
@pytest.mark.parametrize("density", [0.03, 0.2, 0.6, 1])
def test_mvss_keeps_by_the_probabilities_of_its_paper(kind: str, density: float) -> None:
    """Wangni et al., Algorithm 3, transcribed: p_j = min(density d |x_j| / ||x||_1, 1), then raised as long as it helps."""
    d = 30
    x = vector(kind, d)
    p = np.minimum(density * d * np.abs(x) / np.abs(x).sum(), 1)
    for _ in range(d):
        below = p < 1
        if not below.any() or p[below].sum() == 0:
            break
        c = (density * d - d + below.sum()) / p[below].sum()
        if c <= 1 + 1e-12:
            break
        p = np.minimum(c * p, 1)
    y = samples(bind("mvss", density=density), x)
    kept = (y != 0).mean(axis=0)
    assert (np.abs(kept - p) <= 4.5 * np.sqrt(p * (1 - p) / ROWS) + 10 / ROWS).all()
    certain = p > 1 - 1e-12
    np.testing.assert_allclose(y[:, certain], np.tile(x[certain], (ROWS, 1)), rtol=1e-12)
    tail = y[:, ~certain]
    sizes = np.unique(np.abs(tail[tail != 0]))
    assert len(sizes) <= 1
    if len(sizes):
        np.testing.assert_allclose(sizes[0], (np.abs(x) / p)[~certain].max(), rtol=1e-12)
    losses = ((y - x) ** 2).sum(axis=1)
    expected = (x**2 * (1 / p - 1)).sum()
    assert abs(losses.mean() - expected) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-9


@pytest.mark.parametrize("norm", [2, inf])
def test_natural_dithering_gives_the_two_neighbouring_levels(norm: float) -> None:
    """Reference, C9: the levels of |x_j| / ||x|| are 0, 2^(1 - s), ..., 1/2, 1, rounded to linearly."""
    x, s = np.asarray([3.0, -4.0, 1.0, 0.2, 0.0, -0.01]), 4
    size = np.linalg.norm(x, norm)
    y = samples(bind("natural_dithering", s=s, norm=norm), x) / size
    levels = np.asarray([0, *(2.0 ** (i - s) for i in range(1, s + 1))])
    for j, share in enumerate(np.abs(x) / size):
        below = levels[levels <= share].max()
        above = levels[levels >= share].min()
        found = np.abs(y[:, j])
        assert np.isclose(found[:, None], [below, above], rtol=1e-12).any(axis=1).all()
        chance = (share - below) / (above - below) if above > below else 0
        assert abs((found > below).mean() - chance) <= 4.5 * sqrt(chance * (1 - chance) / ROWS) + 10 / ROWS
        assert (y[:, j] * x[j] >= 0).all()


def test_eight_bits_contract_and_meet_their_bounds() -> None:
    d = 24
    x = adversarial(d)
    for compressor, lengths in (
        (bind("linear8", block=24), [24]),
        (bind("linear8", block=7), [7, 7, 7, 3]),
        (bind("linear8", block=1), [1] * 24),
        (bind("tree8"), [24]),
        (bind("tree8", block=5), [5, 5, 5, 5, 4]),
    ):
        kernel = compressor.kernel(NUMPY, d)
        step = np.concatenate([np.full(length, 0.5 - 1e-9) for length in lengths])
        starts = np.cumsum([0, *lengths[:-1]])
        step[starts] = 127  # linear8 loses all but the largest entries
        rows = np.concatenate((x, -x, step[None, :]))
        y = dense(kernel, NUMPY, compressed(kernel, NUMPY, rows), d)
        lost, whole = ((y - rows) ** 2).sum(axis=1), (rows**2).sum(axis=1)
        assert (lost <= (1 - 1 / compressor.delta(d) + 1e-24) * whole * (1 + 1e-12)).all()
        if compressor.name == "linear8":
            assert compressor.delta(d) == 1 + (max(lengths) - 1) / 64516
            sizes = np.repeat(np.maximum.reduceat(np.abs(rows), starts, axis=1), lengths, axis=1) / 127
            expected = np.where(sizes > 0, np.rint(rows / np.where(sizes > 0, sizes, 1)), 0) * sizes
            np.testing.assert_allclose(y, expected, rtol=1e-12)
    worst = bind("linear8", block=24)
    kernel = worst.kernel(NUMPY, d)
    row = np.full((1, d), 0.5 - 1e-9)
    row[0, 0] = 127
    y = dense(kernel, NUMPY, compressed(kernel, NUMPY, row), d)
    assert ((y - row) ** 2).sum() / (row**2).sum() == pytest.approx(1 - 1 / worst.delta(d), rel=1e-7)


def test_tree8_takes_the_nearest_of_its_values() -> None:
    """The codebook by its definition (Dettmers, ICLR 2016), and a search through all of it."""
    values = [0.0, 1.0]
    for i in range(7):
        edges = np.linspace(0.1, 1, 2**i + 1)
        middles = (edges[1:] + edges[:-1]) / 2 * 10.0 ** (i - 6)
        values += [*middles, *-middles]
    assert len(set(values)) == 256
    x = np.concatenate(
        (np.random.default_rng(1).standard_normal(5000), 10.0 ** np.linspace(-9, 0, 999), [-3.0])
    )
    kernel = bind("tree8", block=6000).kernel(NUMPY, 6000)
    y = dense(kernel, NUMPY, compressed(kernel, NUMPY, x[None, :]), 6000)[0]
    size = np.abs(x).max()
    nearest = np.abs(x[:, None] / size - np.asarray(values)).min(axis=1)
    np.testing.assert_allclose(np.abs(x - y) / size, nearest, rtol=1e-9, atol=1e-15)
    lost = ((x - y) ** 2).sum() / (x**2).sum()
    assert lost < 1 - 1 / bind("tree8", block=6000).delta(6000)


def test_round_to_rounds_to_whole_steps_and_writes_what_they_need() -> None:
    kernel = bind("round_to", h=0.25).kernel(NUMPY, 5)
    packet = compressed(
        kernel, NUMPY, np.asarray([[0.1, -0.2, 0.125, 0.375, 0.0], [0, 0, 0.1, 0, 0], [64, 0, 0, 0, 0]])
    )
    assert dense(kernel, NUMPY, packet, 5).tolist() == [[0, -0.25, 0, 0.5, 0], [0] * 5, [64, 0, 0, 0, 0]]
    assert kernel.codec.bits(packet).tolist() == [6 + 5 * 3, 6, 6 + 5 * 10]
    with pytest.raises(NonFinite, match="round_to"):
        compressed(kernel, NUMPY, np.full((1, 5), 1e30))


def test_a_threshold_loses_what_is_below_it() -> None:
    kernel = bind("threshold_k", t=0.5).kernel(NUMPY, 6)
    x = np.asarray([[0.5, -0.5, 0.49, -3, 0, -0.1]])
    assert dense(kernel, NUMPY, compressed(kernel, NUMPY, x), 6).tolist() == [[0.5, -0.5, 0, -3, 0, 0]]


def test_natural_meets_its_variance_at_four_thirds() -> None:
    x = np.full(3, 4 / 3)
    losses = ((samples(bind("natural"), x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - 1 / 8) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-12


@pytest.mark.parametrize("wire", ["float16", "float32", "float64"])
def test_an_unbiased_compressor_with_omega_below_1_contracts_as_it_stands(wire: str) -> None:
    """E||C(x) - x||^2 <= (1 - 1/delta) ||x||^2 with delta = 1 / (1 - omega), met with equality where omega is, rounding to
    the wire's floats included."""
    natural = bind("natural")
    assert natural.delta(9) == 1 / (1 - natural.omega(9)) == pytest.approx(8 / 7, rel=1e-15)
    assert all(contract.admits(Class.BOTH) for contract in (Contract.UNBIASED, Contract.CONTRACTIVE))
    for x in (
        np.full(3, 4 / 3),
        np.asarray([1.4, -0.7, 0.011, 3.0, 1.0]),
        np.random.default_rng(0).normal(size=40),
    ):
        y = samples(natural, x, be=backend("cpu", "float64", wire))
        losses = ((y - x) ** 2).sum(axis=1) / (x**2).sum()
        slack = 4.5 * losses.std() / sqrt(ROWS) + 1e-12
        assert losses.mean() <= 1 - 1 / natural.delta(len(x)) + slack
    tight = (
        ((samples(natural, np.full(3, 4 / 3), be=backend("cpu", "float64", wire)) - 4 / 3) ** 2).mean(axis=1)
        * 9
        / 16
    )
    assert abs(tight.mean() - (1 - 1 / natural.delta(3))) <= 4.5 * tight.std() / sqrt(ROWS) + 1e-12


@pytest.mark.parametrize("name", ["quantize", "natural"])
@pytest.mark.parametrize(
    ("real", "wire"), [("float64", "float16"), ("float32", "float16"), ("float32", "float32")]
)
def test_narrow_floats_bring_no_bias(name: str, real: str, wire: str) -> None:
    """The norm is rounded up and entries below the wire's range are rounded at random, so nothing is lost in the mean."""
    x = np.asarray([1.0003, -0.9, 3e-5, -2.1e-5, 0.33]).astype(real)
    compressor = bind(name, s=3) if name == "quantize" else bind(name)
    y = samples(compressor, x, be=backend("cpu", real, wire)).astype(float)
    assert (np.abs(y.mean(axis=0) - x) <= tolerance(x, y) + 1e-7 * np.abs(x)).all()


def adversarial(d: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    hard = [
        np.ones(d),
        -np.ones(d),
        np.eye(d)[3],
        2.0 ** -np.arange(d),
        np.zeros(d),
        1 + 1e-9 * rng.standard_normal(d),
    ]
    return np.stack([*hard, *rng.standard_normal((50, d)), *rng.standard_cauchy((50, d))])


def test_scaled_signs_contract_adversarial_vectors() -> None:
    d = 24
    x = adversarial(d)
    for compressor, lengths in (
        (bind("scaled_sign"), [24]),
        (bind("block_sign", size=5), [5, 5, 5, 5, 4]),
        (bind("block_sign", size=1), [1] * 24),
        (bind("block_sign", size=99), [24]),
    ):
        assert compressor.delta(d) == max(lengths)
        kernel = compressor.kernel(NUMPY, d)
        y = dense(kernel, NUMPY, compressed(kernel, NUMPY, x), d)
        lost, whole = ((y - x) ** 2).sum(axis=1), (x**2).sum(axis=1)
        starts = np.cumsum([0, *lengths[:-1]])
        kept = (np.add.reduceat(np.abs(x), starts, axis=1) ** 2 / lengths).sum(axis=1)
        np.testing.assert_allclose(
            lost, whole - kept, rtol=1e-12, atol=1e-12 * whole.max()
        )  # the identity of C11
        assert (lost <= (1 - 1 / compressor.delta(d)) * whole * (1 + 1e-12)).all()
    alone = compressed(bind("scaled_sign").kernel(NUMPY, d), NUMPY, x[2:3])
    lost = ((dense(bind("scaled_sign").kernel(NUMPY, d), NUMPY, alone, d) - x[2:3]) ** 2).sum()
    assert lost == pytest.approx(1 - 1 / d, rel=1e-14)  # a single entry meets the bound


def test_signs_have_one_magnitude() -> None:
    kernel = bind("sign").kernel(NUMPY, 4)
    x = np.asarray([[3.0, -2e-300, 0.0, -0.0]])
    assert dense(kernel, NUMPY, compressed(kernel, NUMPY, x), 4).tolist() == [[1.0, -1.0, 1.0, 1.0]]
    assert kernel.codec.fixed_bits == 4


def test_top_k_contracts_adversarial_vectors() -> None:
    d = 24
    x = adversarial(d)
    for k in (1, 2, 12, 23, 24):
        compressor = bind("top_k", k=k)
        kernel = compressor.kernel(NUMPY, d)
        y = dense(kernel, NUMPY, compressed(kernel, NUMPY, x), d)
        lost, whole = ((y - x) ** 2).sum(axis=1), (x**2).sum(axis=1)
        assert (lost <= (1 - 1 / compressor.delta(d)) * whole * (1 + 1e-12)).all()
        assert ((y != 0).sum(axis=1) <= compressor.density(d)).all()
    ones = compressed(bind("top_k", k=6).kernel(NUMPY, d), NUMPY, x[:1])
    assert ((dense(bind("top_k", k=6).kernel(NUMPY, d), NUMPY, ones, d) - x[:1]) ** 2).sum() == (
        1 - 6 / d
    ) * d


@pytest.mark.parametrize("d", [1, 12, 100])
def test_densities_and_sizes_are_what_is_sent(d: int) -> None:
    numpy = backend("cpu", "float64", "float32")
    x = np.random.default_rng(0).standard_normal((300, d))
    for compressor in every(d):
        kernel = compressor.kernel(numpy, d)
        packet = compressed(kernel, numpy, x)
        sent = (dense(kernel, numpy, packet, d) != 0).sum(axis=1)
        assert sent.mean() - 4.5 * sent.std() / sqrt(300) <= compressor.density(d)
        bits = kernel.codec.bits(packet)
        above = bits.mean() - compressor.bits(d, 32)
        exact = compressor.values.get("encode", "fixed") == "fixed" and compressor.name not in AT_MOST
        assert (abs(above) if exact else above) <= 4.5 * bits.std() / sqrt(300) + 1e-5  # too rare to be seen


def test_the_figures_of_the_reference() -> None:
    assert (bind("identity").omega(7), bind("identity").delta(7)) == (0, 1)
    assert bind("rand_k", k=5).omega(20) == 3
    assert bind("rand_k", k=5, scaled=False).delta(20) == bind("top_k", k=5).delta(20) == 4
    assert bind("quantize", s=1).omega(100) == 9
    assert bind("quantize", s=2).omega(100) == 5
    assert bind("quantize", s=10).omega(100) == 0.25
    assert bind("quantize", s=1, norm=inf).omega(100) == 4.5
    assert bind("quantize", s=2, norm=inf).omega(100) == 2.75
    assert bind("quantize", s=1).density(100) == 11
    assert bind("natural").omega(9) == 0.125
    assert [bind("natural").bits(10, wire) for wire in (16, 32, 64)] == [60, 90, 120]
    assert bind("quantize", s=4).bits(10, 32) == 32 + 40
    assert bind("quantize", s=1).bits(10, 32) == 32 + 16
    assert bind("natural", encode="rice").bits(10, 32) == 91


def test_classes_follow_the_arguments() -> None:
    classes = [
        c.classify(c.values)
        for c in (bind("identity"), bind("rand_k", k=1), bind("rand_k", k=1, scaled=False))
    ]
    assert classes == [Class.EXACT, Class.UNBIASED, Class.CONTRACTIVE]
    assert bind("top_k", k=1).classify({}) is Class.CONTRACTIVE
    assert bind("quantize", s=1).classify({}) is Class.UNBIASED
    assert bind("natural").classify({}) is Class.BOTH
