"""Runs through the public API at float64 on the wire, and the comparison of two of them."""

from __future__ import annotations

from typing import Any

import cablese
import numpy as np

L2 = 1e-3
PROBLEM = f'logreg(data = "breast_cancer", l2 = {L2})'
SADDLE = "bilinear_saddle(d = 6, lam = 0.5, seed = 0)"
TOLERANCE = 1e-9


def run(spec: str, rounds: int = 60, nodes: int = 5, problem: str = PROBLEM, **options: Any) -> Any:
    """A run measured after every round; `options` hold params and compressors under `set`."""
    given = {"every": 1, "wire": "float64", **options}
    given["set"] = {name: str(value) for name, value in given.get("set", {}).items()}
    return cablese.run(spec, problem=problem, nodes=nodes, rounds=rounds, **given)


def assert_close(ours: Any, theirs: Any, what: str) -> None:
    """Equal to 1e-9 of the largest value, at every point."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    assert ours.shape == theirs.shape, what
    scale = np.max(np.abs(theirs))
    assert scale > 0, f"{what}: nothing to compare"
    worst = np.max(np.abs(ours - theirs))
    assert worst <= TOLERANCE * scale, f"{what}: {worst:.3e} apart, of {scale:.3e}"


def assert_same_path(left: Any, right: Any) -> None:
    """Two runs go through the same points, as far as their metrics tell, and they move."""
    names = [name for name in ("loss", "grad_norm2", "residual2") if name in left.trace]
    assert names, "no metric to compare"
    for name in names:
        assert_close(left.trace[name], right.trace[name], name)
        assert left.trace[name][-1] != left.trace[name][0], f"{name} stands still"
