"""Quadratics of many coordinates are made piece by piece, and measured so: the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cablese.dsl.text.diagnostics import InternalError
from cablese.runtime.arrays import pairwise
from cablese.runtime.arrays.numba_dispatch import kernels_always, numpy_alone
from cablese.runtime.arrays.select import backend
from cablese.runtime.arrays.threads import LONG_ROW
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.packets import LevelPacket
from cablese.runtime.errors import RunFailed
from cablese.runtime.execute import metrics, session
from cablese.runtime.problems import quadratic
from cablese.runtime.problems.base import Setting
from cablese.runtime.problems.quadratic import Quadratic
from execute_runs import run


def made(n: int, d: int) -> Quadratic:
    return Quadratic(Setting("quadratic", n, "contiguous", 0), d=d, mu=0.01, L=1.0, spread=0.7, seed=3)


@pytest.mark.parametrize("n", [1, 5, 300])
def test_pieces_change_no_number(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = made(n, 40), made(n, 40)
    nodes, solution = whole.nodes(0, n), whole.solution()
    smoothness, apart = whole.constant("L_i"), whole.constant("L_pm")
    monkeypatch.setattr(quadratic, "_BLOCK", 7)
    for one, other in zip(nodes, pieces.nodes(0, n), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(smoothness, pieces.constant("L_i"))
    assert pieces.constant("L_pm") == pytest.approx(apart, rel=1e-14)
    assert np.allclose(solution.point, pieces.solution().point, rtol=1e-14)


def test_one_node_is_a_row_of_all() -> None:
    oracle = made(5, 40).oracle(backend("cpu", "float32", "float32"), 0, 5)
    point = np.random.default_rng(0).standard_normal(40).astype(np.float32)
    assert np.array_equal(oracle.gradients(point, np.array([3])), oracle.gradients(point)[3:4])


@pytest.mark.parametrize("name", ["diana", "ef21"])
def test_long_points_are_measured_piece_by_piece(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "problem": "quadratic(d = 1000, mu = 0.1, L = 1)",
        "dtype": "float32",
        "rounds": 4,
        "every": 1,
        "metrics": ("f_gap", "dist2"),
    }
    plain, _ = run(name, **options)
    monkeypatch.setattr(metrics, "COLUMNS", 100)
    monkeypatch.setattr(pairwise, "PIECE", 200)
    pieces, _ = run(name, **options)
    assert [point.metrics for point in plain.points] == [point.metrics for point in pieces.points]


def test_long_dense_messages_are_checked_in_pieces() -> None:
    recording, _ = run(
        "gd", problem="quadratic(d = 70000, mu = 0.1, L = 1)", rounds=2, nodes=2, wire_check="all"
    )
    assert recording.points[-1].bits_up == 2 * 2 * 70000 * 32


LONG_RUNS = [
    ("diana", "Q=quantize(s = 7)"),
    ("diana", "Q=quantize(s = 1, norm = inf)"),
    ("diana", "Q=natural()"),
    ("diana", "Q=rand_k(k = 1000)"),
    ("ef21", "C=scaled_sign()"),
    ("ef21", "C=top_k(k = 1000)"),
    ("sign_sgd", "gamma=0.01"),
    ("gd", "gamma=0.5"),
    ("marina", "Q=rand_k(k = 1000)"),
    ("fed_avg", "gamma=0.1"),
]


def test_a_gradient_too_large_for_the_wire_is_blamed_on_its_node(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "problem": f"quadratic(d = {LONG_ROW}, mu = 0.1, L = 1)",
        "nodes": 3,
        "settings": ("gamma=0.1",),
    }
    oracle = Quadratic.oracle

    def steep(self: Quadratic, *given: Any) -> Any:
        made = oracle(self, *given)
        plain = made.gradients

        def gradients(point: Any, rows: Any = None) -> Any:
            found = plain(point, rows)
            third = np.arange(3) if rows is None else np.asarray(rows)
            found[third == 2] *= 1e200
            return found

        made.gradients = gradients
        return made

    monkeypatch.setattr(Quadratic, "oracle", steep)
    with pytest.raises(RunFailed, match="node 2") as failure:
        run("gd", **options)
    monkeypatch.setattr(session, "LONG", 1 << 40)
    with pytest.raises(RunFailed) as whole:
        run("gd", **options)
    assert str(failure.value) == str(whole.value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "setting"), LONG_RUNS)
def test_what_is_done_piece_by_piece_has_the_bits_of_the_whole(
    name: str, setting: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (setting,) if setting.startswith("gamma") else ("gamma=0.5", setting)
    options: dict[str, Any] = {
        "problem": f"quadratic(d = {LONG_ROW + 1000}, mu = 0.1, L = 1, seed = 1)",
        "dtype": dtype,
        "nodes": 3,
        "rounds": 4,
        "every": 2,
        "settings": settings,
        "wire_check": "all",
    }
    with monkeypatch.context() as whole:
        whole.setattr(session, "LONG", 1 << 40)
        plain, whole_run = run(name, **options)
    for way in (numpy_alone, kernels_always):
        for threads in (1, 2):
            with way():
                pieces, found = run(name, threads=threads, **options)
            assert [point.metrics for point in plain.points] == [point.metrics for point in pieces.points]
            assert [point.bits_up for point in plain.points] == [point.bits_up for point in pieces.points]
            assert np.array_equal(whole_run.output, found.output)


@pytest.mark.parametrize(
    ("problem", "gamma", "line"),
    [
        ("mu = 0.1, L = 1", "1e40", 22),
        ("mu = 1e37, L = 4e37", "1e-30", 20),
        ("mu = 1e30, L = 1e37", "10", 22),
    ],
)
def test_a_value_that_is_not_finite_in_a_piece_is_blamed_on_its_line(
    problem: str, gamma: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {
        "problem": f"quadratic(d = {LONG_ROW}, {problem})",
        "dtype": "float32",
        "rounds": 5,
        "settings": ("Q=natural()", "alpha=1", f"gamma={gamma}"),
    }
    with pytest.raises(RunFailed, match=rf"diana\.alg:{line}: in round") as failure:
        run("diana", **options)
    monkeypatch.setattr(session, "LONG", 1 << 40)
    with pytest.raises(RunFailed) as whole:
        run("diana", **options)
    assert str(failure.value) == str(whole.value)


def test_a_codec_that_reads_other_levels_is_noticed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    read = LevelCodec.read

    def wrong(codec: LevelCodec, room: Any, lengths: Any = None) -> LevelPacket:
        packet = read(codec, room, lengths)
        packet.levels[0, -1] ^= 1
        return packet

    monkeypatch.setattr(LevelCodec, "read", wrong)
    problem = f"quadratic(d = {LONG_ROW}, mu = 0.1, L = 1)"
    with pytest.raises(InternalError, match="another packet than was encoded"):
        run("diana", problem=problem, rounds=1, settings=("Q=quantize(s = 3)",))


MEAN_OF_SIGNS = """algorithm A: "none"
problem minimize
compressor S: any = sign()
param gamma = 0.01 where gamma > 0
init:
    all: x = x0
round:
    node -> server: m = S(grad(x))
    server: s = mean(m)
    server: t = norm(s)
    server -> all: g = s
    all: x = x - gamma * g
output x
"""


def test_means_of_signs_that_are_not_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"problem": f"quadratic(d = {LONG_ROW + 1}, mu = 0.1, L = 1)", "rounds": 3}
    _, pieces = run(MEAN_OF_SIGNS, **options)
    monkeypatch.setattr(session, "LONG", 1 << 40)
    _, whole = run(MEAN_OF_SIGNS, **options)
    assert np.array_equal(pieces.output, whole.output)
