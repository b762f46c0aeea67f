"""Bindings that make two methods one: proven, needed, and what papers say of their special cases."""

from __future__ import annotations

import pytest
from cablese.dsl.algebra.compare import Answer
from cablese.dsl.algebra.pairing import pair
from cablese.dsl.edits.equal_if import equal_if
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

CASES = (
    ("artemis", "diana", {"C_dwn = identity()", "prox = none"}),
    ("mcm", "rand_mcm", {"C_dwn = identity()"}),
    ("marina", "vr_marina", {"b = max(samples_i)"}),
    ("marina", "pp_marina", {"p = 1"}),
    ("masha1", "extragradient", {"Q_dev = identity()", "Q_srv = identity()", "tau = 0"}),
    ("qsparse_local_sgd", "ef_sgd", {"b = max(samples_i)", "H = 1"}),
    ("qsparse_local_sgd", "local_sgd", {"C = identity()"}),
    ("local_sgd", "gd", {"prox = none", "b = max(samples_i)", "H = 1"}),
    ("gd", "ef21", {"C = identity()", "prox = none"}),
    ("ef_sgd", "comp_ams", set()),
)


@pytest.mark.parametrize(("one", "other", "bindings"), CASES)
def test_special_cases(one: str, other: str, bindings: set[str]) -> None:
    programs = (compile_spec(find_spec(name), plugins(), ()) for name in (one, other))
    assert set(equal_if(pair(*programs))) == bindings


@pytest.mark.parametrize(("one", "other", "bindings"), CASES[:3] + CASES[5:6])
def test_all_of_them_are_needed_and_they_suffice(one: str, other: str, bindings: set[str]) -> None:
    sources = find_spec(one), find_spec(other)
    found = difference(sources, sorted(bindings), quick=True)
    assert found.comparison.answer is not Answer.NOT_PROVEN
    for binding in bindings:
        fewer = difference(sources, sorted(bindings - {binding}), quick=True)
        assert fewer.comparison.answer is Answer.NOT_PROVEN, binding
