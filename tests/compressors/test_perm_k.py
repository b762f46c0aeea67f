"""perm_k: every coordinate has exactly s senders, so that equal vectors are averaged without an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.runtime.arrays.select import backend
from cablese.runtime.chance.joint import JointWords
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.errors import RunFailed, SetupError
from compressor_tools import bind

HOST = backend("cpu", "float64", "float64")
SIZES = [
    (1, 4, 1),
    (2, 5, 1),
    (4, 12, 1),
    (5, 3, 1),
    (6, 3, 2),
    (5, 7, 3),
    (7, 2, 3),
    (4, 4, 4),
    (3, 1, 3),
    (8, 1, 5),
]


def joint(vectors: np.ndarray[Any, Any], s: int, seed: int) -> np.ndarray[Any, Any]:
    """The results of all nodes in one draw."""
    n, d = vectors.shape
    kernel: Any = bind("perm_k", s=s).among(n).kernel(HOST, d)
    words = np.random.default_rng(seed).integers(0, 2**64 - 1, (1, kernel.words), np.uint64, endpoint=True)
    packet = kernel.compress(vectors, JointWords(words, np.arange(n)))
    return np.asarray(kernel.expand(packet))


@pytest.mark.parametrize(("n", "d", "s"), SIZES)
def test_each_coordinate_has_s_senders_and_each_node_its_share(n: int, d: int, s: int) -> None:
    for seed in range(20):
        kept = joint(np.ones((n, d)), s, seed)
        assert set(np.unique(kept)) <= {0.0, n / s}
        assert ((kept != 0).sum(axis=0) == s).all()
        assert set((kept != 0).sum(axis=1)) <= {s * d // n, -(-s * d // n)}


@pytest.mark.parametrize(("n", "d", "s"), SIZES)
def test_the_mean_of_equal_vectors_is_the_vector(n: int, d: int, s: int) -> None:
    x = np.random.default_rng(d).standard_normal(d)
    np.testing.assert_allclose(joint(np.tile(x, (n, 1)), s, n).mean(axis=0), x, rtol=1e-14)


@pytest.mark.parametrize(("n", "d", "s"), [(4, 12, 1), (6, 3, 2), (5, 7, 3), (3, 7, 1)])
def test_the_error_of_the_mean_is_that_of_the_ab_inequality(n: int, d: int, s: int) -> None:
    """E ||1/n sum Q_i(x_i) - xm||^2 = A (1/n sum ||x_i||^2) - B ||xm||^2 with A = B = (n - s) / (s (n - 1))."""
    x = np.random.default_rng(3).standard_normal((n, d)) + 1
    draws = np.asarray([joint(x, s, seed) for seed in range(4000)])
    middle = x.mean(axis=0)
    lost = np.sum((draws.mean(axis=1) - middle) ** 2, axis=1)
    expected = (n - s) / (s * (n - 1)) * (np.mean(np.sum(x * x, axis=1)) - middle @ middle)
    assert abs(lost.mean() - expected) <= 4 * lost.std() / len(lost) ** 0.5 + 1e-12
    own = np.sum((draws - x) ** 2, axis=2).mean(axis=0)
    omega = bind("perm_k", s=s).among(n).omega(d)
    assert omega == n / s - 1
    np.testing.assert_allclose(own, omega * np.sum(x * x, axis=1), rtol=0.25)
    np.testing.assert_allclose(draws.mean(axis=0), x, atol=6 * (omega + 1) ** 0.5 * np.abs(x).max() / 60)


def test_without_s_there_is_one_sender_or_as_many_as_nodes_can_be() -> None:
    of = bind("perm_k")
    assert [of.among(n).omega(d) for n, d in ((4, 9), (9, 4), (9, 3), (1, 5))] == [3, 3.5, 2, 0]
    with pytest.raises(SetupError, match=r"deals each coordinate to 5 nodes, but there are n = 4"):
        bind("perm_k", s=5).among(4)


def test_stated_bits_are_the_mean_of_messages() -> None:
    n, d = 4, 30
    of: Compressor = bind("perm_k").among(n)
    kernel: Any = of.kernel(HOST, d)
    rows = 4000
    words = np.random.default_rng(0).integers(0, 2**64 - 1, (rows, kernel.words), np.uint64, endpoint=True)
    packet = kernel.compress(np.ones((rows, d)), words)
    assert kernel.codec.bits(packet).mean() == pytest.approx(of.bits(d, 64), rel=0.01)


SPEC = """algorithm M
problem minimize
compressor Q: unbiased = perm_k({arguments})
init:
    all: x = x0
round:
    {send}
    server -> all: g = mean(m)
    all: x = x - g / L
output x
"""
QUADRATIC = "quadratic(d = 7, mu = 1, L = 4, spread = 1)"


@pytest.mark.parametrize(
    ("send", "code"),
    [
        ("server: y = Q(x0); node -> server: m = grad(x)", "E420"),
        ("all: y = Q(x)\n    node -> server: m = grad(y)", "E420"),
        ("all: event S ~ subset(n, 2)\n    node in S -> server: m = Q(grad(x))", "E420"),
        ("server -> node: y = Q(x)\n    node -> server: m = grad(y)", "E420"),
    ],
)
def test_it_is_applied_by_every_node(send: str, code: str, tmp_path: Path) -> None:
    send = send.replace("; node", "\n    node")
    with pytest.raises(SpecError, match=code):
        cablese.run(_spec(tmp_path, send), nodes=4, rounds=1, problem=QUADRATIC)


@pytest.mark.parametrize("arguments", ["shared = true", "s = 2, shared = true"])
def test_its_draw_is_shared_as_it_is(arguments: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="E405"):
        cablese.run(_spec(tmp_path, "node -> server: m = Q(grad(x))", arguments), nodes=4, problem=QUADRATIC)


@pytest.mark.parametrize("whole", ["natural() of perm_k()", "perm_k() / (1 + omega)", "mixed(C = perm_k())"])
def test_it_is_no_part_of_others(whole: str, tmp_path: Path) -> None:
    text = _spec(tmp_path, "node -> server: m = Q(grad(x))")
    text.write_text(text.read_text().replace("unbiased = perm_k()", f"any = {whole}"))
    with pytest.raises(SpecError, match="E405"):
        cablese.run(text, nodes=4, problem=QUADRATIC)


def test_where_only_some_send_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=r"m.alg:7: in round 0.*deals coordinates out among all nodes"):
        cablese.run(
            _spec(tmp_path, "node when norm(grad(x)) > 0 -> server: m = Q(grad(x))"),
            nodes=4,
            rounds=1,
            problem=QUADRATIC,
        )


COHORT = "all: event S ~ {drawn}\n    node in S -> server: m = Q(grad(x))"


def test_a_drawn_set_draws_together_if_it_is_told_how_many(tmp_path: Path) -> None:
    """A deal among a set loses nothing where all nodes are alike; by the trace's seeds it is another set in each round."""
    alike = QUADRATIC.replace("spread = 1", "spread = 0")
    spec = _spec(tmp_path, COHORT.format(drawn="subset(n, 3)"), "s = 2, among = 3")
    dealt = cablese.run(spec, nodes=5, rounds=6, problem=alike, wire="float64", every=1)
    whole = cablese.run(
        "gd", nodes=5, rounds=6, problem=alike, wire="float64", every=1, set={"gamma": "1 / L"}
    )
    np.testing.assert_allclose(dealt.trace["loss"], whole.trace["loss"], rtol=1e-12)


@pytest.mark.parametrize(
    ("drawn", "arguments", "words"),
    [
        ("subset(n, 2)", "among = 3", "deals coordinates out among 3 nodes; here 2 compress"),
        ("each(1)", "among = 3", "deals coordinates out among 3 nodes; here 5 compress"),
    ],
)
def test_a_set_of_another_size_is_refused(drawn: str, arguments: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match=words):
        cablese.run(_spec(tmp_path, COHORT.format(drawn=drawn), arguments), nodes=5, problem=QUADRATIC)


def test_all_nodes_are_no_set_of_a_few(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="among 3 nodes; here all compress"):
        cablese.run(
            _spec(tmp_path, "node -> server: m = Q(grad(x))", "among = 3"), nodes=5, problem=QUADRATIC
        )
    with pytest.raises(SetupError, match="among 9 nodes, but there are n = 5"):
        cablese.run(
            _spec(tmp_path, "node -> server: m = Q(grad(x))", "among = 9"), nodes=5, problem=QUADRATIC
        )


def _spec(folder: Path, send: str, arguments: str = "") -> Path:
    path = folder / "m.alg"
    path.write_text(SPEC.format(send=send, arguments=arguments), encoding="utf-8")
    return path
