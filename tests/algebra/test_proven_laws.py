"""The `equals` laws of shipped specs are proven by algebra, or named with the property that they rest on."""

from __future__ import annotations

import pytest
from cablese.dsl.algebra.laws import prove_law
from cablese.dsl.check import program as core
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins

OPEN = {
    ("COMPRESSED_SCAFFNEW", "SCAFFNEW", "s eta Q"): "every coordinate is dealt to every node",
    ("DGC", "EF_SGD", "beta most b"): "no gradient is as long as 1e300",
    ("DGC", "SGD", "C most"): "every entry is written, so that no momentum is left",
    ("EF21_PLUS", "GD", "C"): "either way a node's estimate is its gradient",
    ("LAG_WK", "GD", "xi"): "a node stays silent only where its gradient is the one that it sent last",
    ("EXTRA_STEP_LOCAL_SGD", "Extragradient", "H n b"): "a node alone is the mean of all",
    ("POWER_SGD", "GD", "lam b P"): "a matrix of one column has rank 1, so that the average is exact",
    ("POWER_SGD", "SGD_M", "P"): "a matrix of one column has rank 1, so that the average is exact",
    ("QSPARSE_ASYNC", "EF_SGD", "H b"): "every gap is 1, so that all send in every round",
    ("SOTERIA_FL", "DIANA", "sigma G"): "noise without deviation is none; no gradient is as long as 1e300",
    ("TAMUNA", "COMPRESSED_SCAFFNEW", "p r S"): "a geometric number of mean 1 is 1",
    ("SIGN_SGD_MV", "SIGNUM", "n decay"): "the sign of a sign is itself",
}
"""Laws that algebra does not prove, and what they rest on; `tests/methods/test_resting_laws.py` runs them."""

RESTING: dict[tuple[str, str, str], list[str]] = {
    ("DIST_EF_BLOCK_SGD", "EF_SGD", "C_dwn b beta"): ["C_up homogeneous"],
    ("DIST_EF_SGD", "EF_SGD", "C_dwn b"): ["C_up homogeneous"],
    ("DOUBLE_SQUEEZE", "EF_SGD", "C_dwn b"): ["C_up homogeneous"],
    ("DORE", "Artemis", "eta beta"): ["C_dwn odd", "C_dwn homogeneous"],
    ("ONE_BIT_SGD", "DOUBLE_SQUEEZE", ""): ["C deterministic", "C homogeneous"],
}
"""Traits of defaults that proofs rest on, beyond what contracts promise."""


def program(name: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), ())


LAWS = [(p, law) for p in (program(spec.name) for spec in shipped_specs()) for law in p.laws]


def key(p: core.Program, law: core.Law) -> tuple[str, str, str]:
    return p.name, law.other, " ".join(name for name, _ in law.bindings)


@pytest.mark.parametrize(("p", "law"), LAWS, ids=["-".join(key(p, law)) for p, law in LAWS])
def test_a_law_is_proven(p: core.Program, law: core.Law) -> None:
    proof = prove_law(p, law, program(law.other.lower()))
    assert proof.holds is (key(p, law) not in OPEN)
    if proof.holds:
        rests = [f"{one.name} {one.trait.value}" for one in proof.properties]
        assert rests == RESTING.get(key(p, law), [])


def test_most_laws_are_proven() -> None:
    assert len(OPEN) <= 0.1 * len(LAWS)


def test_a_law_that_does_not_hold_is_not_proven() -> None:
    (law, *_) = program("diana").laws
    assert law.other == "SGD"
    loose = core.Law("SGD", (), (), True, law.span)
    assert not prove_law(program("diana"), loose, program("sgd")).holds
    assert not prove_law(program("diana"), law, program("ef21")).holds
