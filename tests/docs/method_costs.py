"""Costs of the shipped methods at one scale, for the tables and pages about them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cablese
from cablese.runtime.errors import SetupError

DIM, NODES = 1000, 10
CONSTANTS = {
    "L": 1.0,
    "L_max": 1.0,
    "L_mean2": 1.0,
    "L_i": 1.0,
    "mu": 0.1,
    "L_pm": 1.0,
    "calL": 1.0,
    "L_sample": 1.0,
    "rho": 0.5,
}


@lru_cache(maxsize=256)
def cost_of(name: str) -> cablese.costs.MethodCost:
    """The cost of a method, under constants where it depends on them."""
    try:
        return cablese.cost(name, dim=DIM, nodes=NODES)
    except SetupError:
        return cablese.cost(name, dim=DIM, nodes=NODES, samples=100, constants=CONSTANTS)


def cost_record(name: str) -> dict[str, Any]:
    """Everything that is told of it."""
    return cost_of(name).record
