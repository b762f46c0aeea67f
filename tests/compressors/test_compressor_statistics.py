"""Bias and variance against the contracts, by z-tests with fixed seeds; worst vectors of the reference."""

from math import inf, sqrt
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Class
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
]


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


def test_a_threshold_loses_what_is_below_it() -> None:
    kernel = bind("threshold_k", t=0.5).kernel(NUMPY, 6)
    x = np.asarray([[0.5, -0.5, 0.49, -3, 0, -0.1]])
    assert dense(kernel, NUMPY, compressed(kernel, NUMPY, x), 6).tolist() == [[0.5, -0.5, 0, -3, 0, 0]]


def test_natural_meets_its_variance_at_four_thirds() -> None:
    x = np.full(3, 4 / 3)
    losses = ((samples(bind("natural"), x) - x) ** 2).sum(axis=1) / (x**2).sum()
    assert abs(losses.mean() - 1 / 8) <= 4.5 * losses.std() / sqrt(ROWS) + 1e-12


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
        exact = compressor.values.get("encode", "fixed") == "fixed" and compressor.name != "threshold_k"
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
    assert bind("natural").classify({}) is bind("quantize", s=1).classify({}) is Class.UNBIASED
