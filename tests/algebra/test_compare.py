"""Comparisons of specs: a rewritten copy is the same method, a method with one thing changed is none."""

from __future__ import annotations

from random import Random

import pytest
from cablese.dsl.algebra.compare import Answer, compare
from cablese.dsl.check import program as core
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from rewrites import rewritten

SPECS = sorted(spec.name for spec in shipped_specs())
EQUAL = (Answer.SAME, Answer.ALGEBRA)


def program(name: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), ())


@pytest.mark.parametrize("name", SPECS)
def test_a_rewritten_copy_is_the_same_method(name: str) -> None:
    for seed in range(3):
        copy = rewritten(program(name), Random(f"{name} {seed}"))
        found = compare(program(name), copy)
        assert found.answer in EQUAL, (seed, found.reason, found.messages)
