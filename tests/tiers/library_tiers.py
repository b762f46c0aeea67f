"""Shipped specs, dealt to the tiers: in tests that cost much for each spec the quick one tries a few of every kind."""

from __future__ import annotations

import re
from typing import Any
from zlib import crc32

import pytest
from cablese.runtime.library import find_spec, shipped_specs

REPRESENTATIVE = frozenset(
    {
        "gd",
        "sgd",
        "local_sgd",
        "qsparse_local_sgd",
        "diana",
        "marina",
        "vr_marina",
        "pp_marina",
        "ef_sgd",
        "ef21",
        "artemis",
        "mcm",
        "rand_mcm",
        "rand_mcm_g",
        "clag",
        "power_sgd",
        "dist_ef_block_sgd",
        "sign_sgd_mv",
        "comp_ams",
        "extragradient",
        "masha1",
        "dpsgd",
        "choco_sgd",
        "ef21_plus",
        "ec_lsvrg_diana",
    }
)
"""Specs of which each has a construct, or a mixture of them, that no other has."""
GRAPHS = frozenset(spec.name for spec in shipped_specs() if spec.family == "decentralised")
VARIATIONAL = frozenset(spec.name for spec in shipped_specs() if spec.family == "variational")


_OTHERS = frozenset(spec.name for spec in shipped_specs()) - REPRESENTATIVE


def specs_by_tier(names: Any = None) -> list[Any]:
    """Names of specs, all unless given: those that are not representative are marked slow."""
    chosen = sorted(names) if names is not None else [spec.name for spec in shipped_specs()]
    return [n if n in REPRESENTATIVE else pytest.param(n, marks=pytest.mark.slow) for n in chosen]


SHARE = 9
"""The share of CI in slow tests of specs that are not representative, one in so many: each spec is in some of each kind."""


def is_left_to_the_exhaustive_tier(item: pytest.Item) -> bool:
    """True for a slow test of one of the library's other specs, unless it is of the share that runs each time. The choice
    goes by the test's name, so that it is the same for everyone."""
    given = getattr(getattr(item, "callspec", None), "params", {}).values()
    if not item.get_closest_marker("slow") or not any(
        value in _OTHERS for value in given if type(value) is str
    ):
        return False
    return crc32(item.name.encode()) % SHARE != 0


# values that make a short run visit every line: both branches, real minibatches, several members
_LIVELY = {
    "b": "b = 17", "p": "p = 0.3", "q": "q = 0.6", "r": "r = 4", "H": "H = 2", "tau": "tau = 0.7",
}  # fmt: skip
_LIVELY_OF = {
    "local_sgd": ("b = 17", "H = 3"),
    "clag": ("zeta = 25", "gamma = 0.01"),
    "choco_sgd": ("b = 17", "gamma = 0.3"),
    "power_sgd": ("b = 17", "lam = 0.5"),
    "ef_bv": (),  # its r is a rate
}
_PARAM = re.compile(r"^param (\w+) ", re.MULTILINE)


def lively(name: str) -> tuple[str, ...]:
    """Settings of a spec: its own, or what the names of its params suggest."""
    declared = _PARAM.findall(find_spec(name).text)
    return _LIVELY_OF.get(name, tuple(_LIVELY[param] for param in declared if param in _LIVELY))
