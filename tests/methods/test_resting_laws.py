"""Laws that algebra cannot prove, run: with the properties that they rest on, both methods take the same path."""

from __future__ import annotations

from typing import Any

import pytest
from runs import SADDLE, assert_same_path, run

GAMMA = 1e-6  # of the size of 1/L of the unscaled data
UP = {"C_up": "top_k(k = 3)", "C_dwn": "identity()"}
SMALL = {"gamma": 2.0**-24, "alpha": 0.05}
ONE_STEP = {"H": 1, "eta": GAMMA, "gamma": 1.5}
Case = tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]
CASES: tuple[Case, ...] = (
    ("dist_ef_sgd", UP, "ef_sgd", {"C": "top_k(k = 3)"}, {}),
    ("double_squeeze", UP, "ef_sgd", {"C": "top_k(k = 3)"}, {}),
    ("dore", {"eta": 0, "beta": 1, **SMALL}, "artemis", SMALL, {}),
    ("dgc", {"beta": 0, "most": 1e300, "C": "top_k(k = 3)"}, "ef_sgd", {"C": "top_k(k = 3)"}, {}),
    ("dgc", {"most": 1e300, "C": "identity()", "b": 16}, "sgd", {"b": 16}, {}),
    ("ef21_plus", {"C": "identity()"}, "gd", {}, {}),
    ("extra_step_local_sgd", {"H": 1, "gamma": 0.3}, "extragradient", {"gamma": 0.3}, {"problem": SADDLE, "nodes": 1}),
    ("fed_gate", ONE_STEP, "gd", {"gamma": 1.5 * GAMMA}, {}),
    ("fed_comgate", {**ONE_STEP, "Q": "identity()"}, "gd", {"gamma": 1.5 * GAMMA}, {}),
    ("one_bit_sgd", {}, "double_squeeze", {"C_up": "scaled_sign()", "C_dwn": "scaled_sign()", "gamma": 5 * GAMMA}, {}),
    ("power_sgd", {"P": "power_sgd(rank = 1, columns = 1)", "b": 16}, "sgd_m", {"b": 16}, {}),
    ("qsparse_async", {"H": 1, "C": "top_k(k = 3)"}, "ef_sgd", {"C": "top_k(k = 3)"}, {}),
    ("scaffnew", {"p": 1}, "gd", {}, {}),
    ("byz_vr_marina", {"b": 16, "p": 0.3}, "vr_marina", {"b": 16, "p": 0.3}, {"nodes": 1}),
    ("byz_vr_marina", {"b": 16, "p": 0.3, "s": 5}, "vr_marina", {"b": 16, "p": 0.3}, {}),  # one bucket
    ("soteria_fl", {"sigma": 0, "G": 1e300, "alpha": 0.05, "b": 16}, "diana", {"alpha": 0.05, "b": 16}, {}),
    ("sign_sgd_mv", {"b": 16}, "signum", {"b": 16}, {"nodes": 1}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("left", "ours", "right", "theirs", "options"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES]
)
def test_two_methods_take_one_path(
    left: str, ours: dict[str, Any], right: str, theirs: dict[str, Any], options: dict[str, Any]
) -> None:
    ours, theirs = {"gamma": GAMMA, **ours}, {"gamma": GAMMA, **theirs}
    assert_same_path(run(left, 30, set=ours, **options), run(right, 30, set=theirs, **options))
