"""Every shipped spec means to the fast path what it means to the evaluator, to the bit."""

from __future__ import annotations

import pytest
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from harness import assert_equal
from library_tiers import REPRESENTATIVE, VARIATIONAL, lively, specs_by_tier
from tiers import every

ROUNDS, FEW_ROUNDS = 15, 6
DATA = 'logreg(data = "breast_cancer", l2 = 1e-3)'
QUADRATIC = "quadratic(d = 40, mu = 0.1, L = 3, spread = 1, seed = 2)"
SADDLE = "bilinear_saddle(d = 6, lam = 0.5, seed = 0)"
OTHER_SADDLE = "bilinear_saddle(d = 11, lam = 0.1, seed = 3)"
OUTGROWS_16_BITS = ("power_sgd",)  # its factors, on the data's first gradients

UNBIASED = (
    "identity()",
    "rand_k(k = 4)",
    "quantize(s = 1)",
    "quantize(s = 5, norm = inf)",
    "natural()",
    "quantize(s = 3, encode = rice)",
    "quantize(s = 40, norm = inf, encode = entropy)",
    "natural(encode = rice)",
    "natural(encode = entropy)",
    "ternary()",
    "rand_p(p = 0.2)",
    "natural_dithering(s = 4)",
    "natural_dithering(s = 2, norm = inf, encode = rice)",
    "mvss(density = 0.3)",
    "quantize(s = 2, encode = rice) of rand_k(k = 5)",
    "natural() of rand_k(k = 4) of rand_k(k = 7)",
    "rand_k(k = 3) of rand_k(k = 6)",
    "mixed(C = natural(), threshold = 4)",
    "rand_k(k = 4, indices = seeded)",
)
CONTRACTIVE = (
    "identity()",
    "top_k(k = 4)",
    "rand_k(k = 3, scaled = false)",
    "scaled_sign()",
    "block_sign(size = 7)",
    "linear8(block = 9)",
    "tree8(block = 16)",
    "quantize(s = 5) of top_k(k = 4)",
    "quantize(s = 2) / (1 + omega)",
    "(natural() of rand_k(k = 4)) / (1 + omega)",
    "linear8(block = 2) of top_k(k = 4) of rand_k(k = 7, scaled = false)",
    "top_k(k = 2) of rand_k(k = 5, scaled = false)",
    "natural() of rand_k(k = 4) of top_k(k = 5)",
    "scaled_sign() of rand_k(k = 3, scaled = false)",
    "rand_k(k = 2, scaled = false, indices = seeded)",
    "block_sign()",
    "mixed(C = top_k(k = 3), threshold = 2)",
)
COLLECTIVE = (
    "power_sgd(rank = 2, columns = 6)",
    "power_sgd(rank = 1, columns = 7)",
    "power_sgd(rank = 3)",
    "sketch(rows = 3, cols = 11, k = 5)",
    "sketch(rows = 4, cols = 6, k = 3, exact = 2)",
)
SHARED = "rand_k(k = 2, shared = true, indices = seeded)"
JOINT = "perm_k()"
COMPRESSORS = {
    "comp_ams": {"C": CONTRACTIVE},
    "ef21": {"C": CONTRACTIVE},
    "ef_sgd": {"C": CONTRACTIVE},
    "qsparse_local_sgd": {"C": CONTRACTIVE},
    "diana": {"Q": (*UNBIASED, SHARED, JOINT)},
    "marina": {"Q": (*UNBIASED, SHARED, JOINT)},
    "vr_marina": {"Q": UNBIASED},
    "pp_marina": {"Q": (*UNBIASED, SHARED)},
    "masha1": {"Q_dev": UNBIASED, "Q_srv": UNBIASED},
    "artemis": {"C_up": UNBIASED, "C_dwn": UNBIASED},
    "mcm": {"C_up": UNBIASED, "C_dwn": UNBIASED},
    "rand_mcm": {"C_up": UNBIASED, "C_dwn": (*UNBIASED, SHARED)},
    "rand_mcm_g": {"C_up": UNBIASED, "C_dwn": (*UNBIASED, SHARED)},
    "clag": {"C": CONTRACTIVE},
    "choco_sgd": {"C": CONTRACTIVE},
    "sign_sgd_mv": {"S": ("sign()", "scaled_sign()", "threshold_k(t = 0.01)", "round_to(h = 0.01)")},
    "power_sgd": {"P": COLLECTIVE},
    "dist_ef_block_sgd": {"C_up": CONTRACTIVE, "C_dwn": CONTRACTIVE},
    "ef21_plus": {"C": CONTRACTIVE},
    "ec_lsvrg_diana": {"C": CONTRACTIVE, "Q": UNBIASED},
}


def options(spec: str, nodes: int, wire: str, *settings: str, other: bool = False) -> Options:
    """A short run of a spec, measured after every round, on its usual problem or another."""
    vi = spec in VARIATIONAL
    problem = (OTHER_SADDLE if vi else QUADRATIC) if other else (SADDLE if vi else DATA)
    given = tuple(settings)
    return Options(
        nodes=nodes,
        rounds=ROUNDS if spec in REPRESENTATIVE else FEW_ROUNDS,
        every=1,
        problem=problem,
        wire="float32" if wire == "float16" and spec in OUTGROWS_16_BITS else wire,
        settings=given,
        seed=len(given),
        groups=min(2, nodes) if spec == "rand_mcm_g" else None,
    )


def test_every_representative_with_compressors_is_tried_with_them() -> None:
    """A spec that is added to them comes with its compressors."""
    for name in REPRESENTATIVE:
        declared = {line.split()[1].rstrip(":") for line in _lines(name) if line.startswith("compressor ")}
        assert declared == set(COMPRESSORS.get(name, {})), name


def _lines(name: str) -> list[str]:
    return find_spec(name).text.splitlines()


@pytest.mark.parametrize("spec", sorted(REPRESENTATIVE))
@pytest.mark.parametrize(("nodes", "wire"), every(2, [(5, "float32"), (7, "float64")]))
def test_defaults(spec: str, nodes: int, wire: str) -> None:
    assert_equal(find_spec(spec), options(spec, nodes, wire))


@pytest.mark.parametrize("spec", specs_by_tier())
def test_lively_settings(spec: str) -> None:
    assert_equal(find_spec(spec), options(spec, 7, "float32", *lively(spec)))


@pytest.mark.parametrize("spec", specs_by_tier())
def test_another_problem(spec: str) -> None:
    given = tuple(s for s in lively(spec) if not s.startswith("b "))
    assert_equal(find_spec(spec), options(spec, 5, "float32", *given, other=True))


CHOICES = [
    (spec, f"{name}={compressor}")
    for spec, names in COMPRESSORS.items()
    for name, compressors in names.items()
    for compressor in compressors
]
WIRES = ("float16", "float32", "float64")
NODES = (1, 5, 7)


@pytest.mark.parametrize("at", every(5, range(0, len(CHOICES), 3)))
def test_compressors(at: int) -> None:
    """A third of the compressors of each spec, under settings that vary along."""
    spec, choice = CHOICES[at]
    given = () if at % 2 else tuple(s for s in lively(spec) if not s.startswith("b "))
    assert_equal(
        find_spec(spec),
        options(spec, NODES[1 + at % 2], WIRES[at // 3 % 3], choice, *given, other=bool(at % 2)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("at", range(len(CHOICES)))
@pytest.mark.parametrize("turn", [0, 1])
def test_all_pairs(at: int, turn: int) -> None:
    """Each compressor of each spec, with two wires and numbers of nodes in turn."""
    spec, choice = CHOICES[at]
    nodes = NODES[(at + 2 * turn) % 3]
    given = () if nodes == 1 else lively(spec)
    assert_equal(find_spec(spec), options(spec, nodes, WIRES[(at + turn) % 3], choice, *given))
