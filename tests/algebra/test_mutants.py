"""Specs with two edits: none is called equal that runs tell apart, and few are left open. `bench/mutants.py` tries many."""

from __future__ import annotations

import pytest
from cablese.runtime.library import shipped_specs
from mutants import verdict
from tiers import every

NAMES = sorted(spec.name for spec in shipped_specs())


@pytest.mark.parametrize("seed", every(8, range(48)))
def test_a_mutant_is_called_equal_only_where_runs_agree(seed: int) -> None:
    found = verdict(seed, NAMES)
    assert not found.told_apart, f"{found.answer}\n{found.text}"
