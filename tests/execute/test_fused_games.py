"""Fused rounds of games: the traces of their programs, and operators in the bits of NumPy's products."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.program import ProblemKind
from cablese.runtime.arrays import numba_dispatch
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.compiled import compiled
from cablese.runtime.execute import fused_source
from cablese.runtime.library import find_spec
from cablese.runtime.problems.affine import AffineOracle
from cablese.runtime.problems.bilinear import BilinearOracle
from execute_runs import run
from fused_text import not_compiled

pytest.importorskip("numba")

SADDLE = "bilinear_saddle(d = 6, lam = 0.5)"
GAMES = [
    path.stem
    for path in sorted((Path(__file__).parents[2] / "algorithms").rglob("*.alg"))
    if compiled(find_spec(path.stem)).problem is ProblemKind.VI
]
OTHERS = [
    ("extragradient", "bilinear_game(d = 5, lam = 0.5)"),
    ("masha1", "quadratic_game(d = 4, mu = 0.5, L = 1)"),
    ("gda", "bilinear_saddle(d = 150, lam = 0.5)"),
]


@pytest.fixture
def as_python(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fused rounds, not compiled; the numbers of rounds that ran so."""
    done: list[int] = []
    monkeypatch.setattr(fused_source, "compiled_rounds", not_compiled(done))
    return done


def points(spec: str, problem: str) -> tuple[object, ...]:
    recording, outcome = run(spec, problem=problem, nodes=3, rounds=21, every=7, seed=2)
    assert outcome.output is not None
    assert recording.summary is not None
    told = [replace(point, seconds=0.0) for point in recording.points]
    return told, outcome.output.tobytes(), recording.summary.messages


@pytest.mark.parametrize(("spec", "problem"), [*((spec, SADDLE) for spec in GAMES), *OTHERS])
def test_traces_are_those_of_the_program(spec: str, problem: str, as_python: list[int]) -> None:
    with numba_dispatch.numpy_alone():
        wanted = points(spec, problem)
    with numba_dispatch.kernels_always():
        assert points(spec, problem) == wanted
    assert sum(as_python) > 10


@pytest.mark.parametrize("half", [1, 2, 3, 8, 17, 64, 130, 300])
def test_operators_have_the_bits_of_matrix_products(half: int) -> None:
    draws, backend = np.random.default_rng(half), NumpyBackend("float64", "float32")
    matrices, shifts = draws.normal(size=(3, half, half)), draws.normal(size=(3, 2 * half))
    matrices += np.swapaxes(matrices, 1, 2)
    whole = draws.normal(size=(3, 2, 2 * half, 2 * half)), draws.normal(size=(3, 2, 2 * half))
    row = np.empty(2 * half)
    oracles: tuple[Any, ...] = BilinearOracle(backend, matrices, shifts, 0.7), AffineOracle(backend, *whole)
    for oracle in oracles:
        form = oracle.compiled()
        for own in draws.normal(size=(3, 2 * half)), draws.normal(size=2 * half):
            wanted = oracle.gradients(own)
            for i in range(3):
                point = own if own.ndim == 1 else own[i]
                fused_source.function_of(form.function)(*form.arguments, i, point, row)
                assert row.tobytes() == wanted[i].tobytes()


def test_rows_of_other_bits_are_the_programs(monkeypatch: pytest.MonkeyPatch, as_python: list[int]) -> None:
    plain = BilinearOracle.gradients
    monkeypatch.setattr(BilinearOracle, "gradients", lambda *given: np.nextafter(plain(*given), np.inf))
    with numba_dispatch.kernels_always():
        run("gda", problem=SADDLE, rounds=9)
    assert as_python == []
