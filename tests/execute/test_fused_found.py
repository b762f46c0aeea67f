"""Fused rounds of what was once found wrong in them: they come to what the program does, or leave the rounds to it."""

from __future__ import annotations

import pytest
from cablese.runtime.arrays import numba_dispatch
from cablese.runtime.execute import fused_source
from cablese.runtime.execute.options import Options
from fused_found import FOUND, found_spec
from fused_text import not_compiled
from trials import difference, ended, runs

pytest.importorskip("numba")

LEFT = ("a set of one branch", "numbers, and truth values of their name")
"""Cases whose rounds have no fused form: the program runs them."""


@pytest.mark.parametrize("wrong", FOUND)
def test_rounds_found_wrong_are_those_of_the_program(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(fused_source, "compiled_rounds", not_compiled(done))
    text, settings = found_spec(*FOUND[wrong])
    problem = "quadratic(d = 6, mu = 0.1, L = 1, spread = 0.3, seed = 0)"
    options = Options(problem=problem, nodes=4, rounds=21, every=3, seed=1, settings=settings)
    with numba_dispatch.numpy_alone():
        wanted = ended(text, options)
    with numba_dispatch.kernels_always():
        found = ended(text, options)
    assert runs(wanted), wanted
    assert difference(wanted, found) == ""
    assert (sum(done) > 5) is (wrong not in LEFT)
