"""The `equals` laws of shipped specs are proven by algebra, or named with the property of a compressor that they rest on."""

from __future__ import annotations

import pytest
from cablese.dsl.algebra.laws import prove_law
from cablese.dsl.check import program as core
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins

SCALES = "C_up scales with its argument, as sparsifiers and signs do"
RESTING = {
    ("BYZ_VR_MARINA", "VR_MARINA", "n"): "the median of one is its mean",
    (
        "CLAG",
        "EF21",
        "zeta",
    ): "a compressor maps 0 to 0: who has moved from its memory sends, and none other need",
    ("DIST_EF_BLOCK_SGD", "EF_SGD", "C_dwn b beta"): SCALES,
    ("DIST_EF_SGD", "EF_SGD", "C_dwn b"): SCALES,
    ("DOUBLE_SQUEEZE", "EF_SGD", "C_dwn b"): SCALES,
    ("DORE", "Artemis", "eta beta"): "C_dwn scales with its argument, and is odd",
    ("DGC", "EF_SGD", "beta most b"): "C scales with its argument; no gradient is as long as 1e300",
    ("DGC", "SGD", "C most"): "every entry is written, so that no momentum is left",
    ("EF21_PLUS", "GD", "C"): "either way a node's estimate is its gradient",
    ("EXTRA_STEP_LOCAL_SGD", "Extragradient", "H n b"): "a node alone is the mean of all",
    ("FED_GATE", "GD", "H b"): "drifts add up to 0, a local step's quotient by itself being 1",
    ("FED_COMGATE", "GD", "H Q b"): "drifts add up to 0, a local step's quotient by itself being 1",
    ("ONE_BIT_SGD", "DOUBLE_SQUEEZE", ""): "C scales with its argument, as signs do",
    ("POWER_SGD", "GD", "lam b P"): "a matrix of one column has rank 1, so that the average is exact",
    ("POWER_SGD", "SGD_M", "P"): "a matrix of one column has rank 1, so that the average is exact",
    (
        "QSPARSE_ASYNC",
        "EF_SGD",
        "H b",
    ): "C scales with its argument; every gap is 1, so that all send in every round",
    ("SCAFFNEW", "GD", "p"): "control variates add up to 0",
    ("SIGN_SGD_MV", "SIGNUM", "n decay"): "the sign of a sign is itself",
}
"""Laws that algebra does not prove, and what they rest on; `tests/methods/test_resting_laws.py` runs them."""


def program(name: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), ())


LAWS = [(p, law) for p in (program(spec.name) for spec in shipped_specs()) for law in p.laws]


def key(p: core.Program, law: core.Law) -> tuple[str, str, str]:
    return p.name, law.other, " ".join(name for name, _ in law.bindings)


@pytest.mark.parametrize(("p", "law"), LAWS, ids=["-".join(key(p, law)) for p, law in LAWS])
def test_a_law_is_proven(p: core.Program, law: core.Law) -> None:
    proof = prove_law(p, law, program(law.other.lower()))
    assert proof.same_path is (key(p, law) not in RESTING)


def test_a_law_that_does_not_hold_is_not_proven() -> None:
    (law, *_) = program("diana").laws
    assert law.other == "SGD"
    loose = core.Law("SGD", (), (), True, law.span)
    assert not prove_law(program("diana"), loose, program("sgd")).same_path
    assert not prove_law(program("diana"), law, program("ef21")).same_path
