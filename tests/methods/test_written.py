"""Specs of the library against independent programs, under compressors without chance: 1e-9 relative at every point."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest
import written_others  # noqa: F401
import written_steps  # noqa: F401
from cablese.runtime.compressors import registry
from deterministic import DATA, NODES, Uneven, World
from runs import assert_close, run
from written_seeds import CASES, Write

ROUNDS = 8


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize(("spec", "write", "settings"), CASES, ids=[spec for spec, _, _ in CASES])
def test_a_method_is_that_of_its_paper(
    spec: str, write: Write, settings: dict[str, Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: Any = registry.registry()
    monkeypatch.setitem(known._known, Uneven.name, Uneven)
    result = run(spec, ROUNDS, NODES, DATA, set=settings)
    points = list(islice(write(world, world.zero, **settings), ROUNDS + 1))
    assert np.any(points[-1] != points[0])
    assert_close(result.trace["loss"], [world.loss(x) for x in points], "loss")
    norms = [g @ g for g in map(world.full, points)]
    assert_close(result.trace["grad_norm2"], norms, "grad_norm2")
