"""Specs with two edits: none is called equal that runs tell apart, and few are left open. `bench/mutants.py` tries many."""

from __future__ import annotations

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.execute.difference import difference, trial_of
from cablese.runtime.library import find_spec, shipped_specs
from mutants import verdict
from tiers import every

NAMES = sorted(spec.name for spec in shipped_specs())


@pytest.mark.parametrize("seed", every(8, range(48)))
def test_a_mutant_is_called_equal_only_where_runs_agree(seed: int) -> None:
    found = verdict(seed, NAMES)
    assert not found.told_apart, f"{found.answer}\n{found.text}"


def test_runs_of_equal_methods_draw_alike_where_a_compressor_is_shared() -> None:
    spec = find_spec("cocktail_sgd")
    other = Source("other.alg", spec.text.replace("node: e = zeros", "node: e = 3 * zeros"))
    found = difference((spec, other), (), quick=True)
    assert found.same and other.text != spec.text
    assert trial_of(found.sources, found.comparison, {}).witness is None
