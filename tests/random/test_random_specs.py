"""Random specs mean the same in one process, to the slow evaluator, and on ranks: the same specs for everyone.

`make fuzz` tries others.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from assignments import OF_GRAPH, OF_SERVER
from cablese.dsl.check.distributions import DISTRIBUTIONS
from cablese.dsl.check.kinds import Placement
from cablese.dsl.check.operators import AGGREGATES, FUNCTIONS, ORACLES
from cablese.dsl.check.program import Route
from cablese.dsl.text.diagnostics import SpecError
from findings import SETTINGS, fitting, tried
from random_cases import random_case
from ranked import Setting, under_ranks
from trials import Result, difference, ended, runs

QUICK, MANY = range(21), range(300)
WELL_TYPED = 0.8  # of the specs that are written


@pytest.mark.parametrize("seed", QUICK)
def test_a_random_spec(seed: int) -> None:
    """On ranks of one setting in turn."""
    case = random_case(seed)
    found = tried(case.text, case.options, (SETTINGS[seed % len(SETTINGS)],))
    assert [(finding.where, finding.what) for finding in found] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY[len(QUICK) :])
def test_many_random_specs(seed: int) -> None:
    """In one process and to the slow evaluator."""
    case = random_case(seed)
    assert [(finding.where, finding.what) for finding in tried(case.text, case.options, ())] == []


@cache
def alone(seed: int) -> Result:
    case = random_case(seed)
    return ended(case.text, case.options)


@pytest.mark.mpi
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_random_specs_under_mpi(setting: Setting) -> None:
    """All in one start of the launcher: one node a rank, uneven deals, ranks without a node."""
    seeds = [seed for seed in MANY if runs(alone(seed)) and fitting(random_case(seed).options, [setting])]
    found = {seed: difference(alone(seed), result) for seed, result in under_ranks(seeds, setting)}
    assert {seed: what for seed, what in found.items() if what} == {}
    assert len(found) == len(seeds) > len(MANY) / 2


# --- the writer ----------------------------------------------------------------------------------------------


def test_most_specs_are_well_typed() -> None:
    """What is refused tries nothing."""
    fine = sum(map(_is_checked, QUICK))
    assert fine >= WELL_TYPED * len(QUICK)


def _is_checked(seed: int) -> bool:
    from cablese.dsl.pipeline import compile_spec
    from cablese.dsl.text.source import Source
    from cablese.runtime.registry import plugins

    try:
        compile_spec(Source("random.alg", random_case(seed).text), plugins(), ())
    except SpecError:
        return False
    return True


def test_the_specs_hold_every_part_of_the_language() -> None:
    text = "\n".join(random_case(seed).text for seed in MANY)
    calls = {*FUNCTIONS, *AGGREGATES, *DISTRIBUTIONS, *ORACLES, "prev", "who", "block"}
    assert {name for name in calls if not re.search(rf"\b{name}\(", text)} == set()
    routes = [route.value.replace(" -> ", r"( in \w+)?( when .*)? -> ") for route in Route]
    assert [route for route in routes if not re.search(rf"^ *{route}\b", text, re.MULTILINE)] == []
    words = ("if ", "else:", "repeat ", " as t", " when ", "node in S", "link in S", "node in who(", " over ")
    assert [word for word in words if word not in text] == []


def test_names_are_bound_anew_across_all_placements() -> None:
    found = {pair for seed in MANY for pair in random_case(seed).rebound}
    of_server = (*OF_SERVER, Placement.GROUP)
    pairs = {(a, b) for roles in (of_server, OF_GRAPH) for a in roles for b in roles}
    assert {(a.value, b.value) for a, b in pairs - found} == set()
