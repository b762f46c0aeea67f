"""Specs of the library against independent programs, under compressors without chance: 1e-9 relative at every point."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
import written_dealt  # noqa: F401
import written_others  # noqa: F401
import written_steps  # noqa: F401
import written_variational
from cablese.runtime.compressors import registry
from deterministic import DATA, NODES, Uneven, World, mean
from runs import SADDLE, assert_close, run
from test_transcriptions import saddle
from tiers import every
from written_seeds import CASES, Write

ROUNDS = 8


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def uneven(monkeypatch: pytest.MonkeyPatch) -> None:
    """The compressor without chance is known while a test runs."""
    known: Any = registry.registry()
    monkeypatch.setitem(known._known, Uneven.name, Uneven)


@pytest.mark.parametrize(("spec", "write", "settings"), every(3, CASES), ids=[spec for spec, _, _ in CASES])
def test_a_method_is_that_of_its_paper(
    spec: str, write: Write, settings: dict[str, Any], world: World
) -> None:
    result = run(spec, ROUNDS, NODES, DATA, set=settings)
    points = list(islice(write(world, world.zero, **settings), ROUNDS + 1))
    assert np.any(points[-1] != points[0])
    assert_close(result.trace["loss"], [world.loss(x) for x in points], "loss")
    norms = [g @ g for g in map(world.full, points)]
    assert_close(result.trace["grad_norm2"], norms, "grad_norm2")


VARIATIONAL = written_variational.CASES


@pytest.mark.parametrize(("spec", "write", "settings"), VARIATIONAL, ids=[spec for spec, _, _ in VARIATIONAL])
def test_a_method_for_saddle_points_is_that_of_its_paper(
    spec: str, write: Write, settings: dict[str, Any]
) -> None:
    matrices, offsets = saddle(NODES)
    fields = [lambda z, m=m, c=c: m @ z + c for m, c in zip(matrices, offsets, strict=True)]
    result = run(spec, ROUNDS, NODES, SADDLE, set=settings)
    points = list(islice(write(fields, np.zeros(12), **settings), ROUNDS + 1))
    assert np.any(points[-1] != points[0])
    residuals = [r @ r for r in (mean([f(z) for f in fields]) for z in points)]
    assert_close(result.trace["residual2"], residuals, "residual2")
