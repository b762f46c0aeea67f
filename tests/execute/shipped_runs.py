"""Short runs of shipped specs, and what of them is drawn or found by the run itself."""

from __future__ import annotations

from typing import Any

from library_tiers import GRAPHS, VARIATIONAL

OF_CHANCE = {
    "artemis_pp1",
    "artemis_pp2",
    "byz_vr_marina",
    "dasha_pp",
    "ef21_pp",
    "eg_vr",
    "locodl",
    "marina",
    "marina_perm_k",
    "marina_p",
    "masha1",
    "masha1_monotone",
    "masha1_stochastic",
    "masha1_stochastic_monotone",
    "masha2",
    "masha2_stochastic",
    "mifa",
    "page",
    "pp_marina",
    "scaffnew",
    "compressed_scaffnew",
    "vr_marina",
    "vr_marina_online",
    "vr_pp_marina",
}
"""Shipped specs whose rounds send more or less by chance."""
OF_THE_RUN = {"clag", "dual_averaging", "ef21_plus", "lag", "lag_wk", "mvss_sgd", "qsparse_async"}
"""Specs whose rounds send more or less by what nodes find, or by the vectors that are compressed."""
D, NODES = 30, 6
EXTRA: dict[str, dict[str, Any]] = {
    "rand_mcm_g": {"groups": 3},
    **{name: {"graph": "star"} for name in GRAPHS},
    "dpsgd": {"graph": "torus"},
    # their p is computed from mu, which only a problem tells
    "locodl": {"settings": ("p = 0.4",)},
    "scaffnew": {"settings": ("p = 0.4",)},
    "compressed_scaffnew": {"settings": ("p = 0.4",)},
    "tamuna": {"settings": ("p = 0.4",)},
}


def options_of(name: str, **options: Any) -> dict[str, Any]:
    """The options of a run whose nodes hold one sample each, on a problem with D unknowns."""
    problem = (
        f"bilinear_saddle(d = {D // 2}, lam = 0.5)"
        if name in VARIATIONAL
        else f"quadratic(d = {D}, mu = 0.1, L = 1)"
    )
    return {"nodes": NODES, "problem": problem, "wire": "float32", **EXTRA.get(name, {}), **options}
