"""Paths of data in configurations: those of a problem's data and test part and of a split's groups, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from cablese.runtime.execute.config_paths import read_from


@pytest.mark.parametrize(
    ("name", "written", "found"),
    [
        ("problem", 'logreg(data = "a.csv", test = "b.csv")', 'logreg(data = "in/a.csv", test = "in/b.csv")'),
        ("problem", 'logreg(data = "iris", test = "0.2")', 'logreg(data = "iris", test = "0.2")'),
        ("problem", 'logreg(data = "a.csv", target = "y")', 'logreg(data = "in/a.csv", target = "y")'),
        ("problem", 'quadratic(d = 2, x0 = "file:x.npy")', 'quadratic(d = 2, x0 = "file:in/x.npy")'),
        ("problem", 'quadratic(d = 2, x0 = "normal(1)")', 'quadratic(d = 2, x0 = "normal(1)")'),
        ("split", "file:groups.csv", "file:in/groups.csv"),
        ("split", "column(maker)", "column(maker)"),
    ],
)
def test_paths_start_at_the_configurations_folder(name: str, written: str, found: str) -> None:
    assert read_from(Path("in"), name, written) == found
