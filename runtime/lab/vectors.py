"""Vectors on which compressors are tried: draws of known laws, and those where stated figures are met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.backend import Array

_KIND_OF = {"gaussian": "gaussian", "cauchy": "heavy-tailed", "one in 100": "sparse"}
KINDS = ("gaussian", "heavy-tailed", "sparse", "adversarial")


@record
class Trial:
    """A vector (d,) float64, other than 0, with its kind and name."""

    kind: str
    name: str
    vector: Array


def trials(d: int, seed: int) -> Iterator[Trial]:
    """One vector of each law, then the adversarial ones; the same for the same d and seed."""
    rng = np.random.default_rng([seed, d])
    yield Trial("gaussian", "gaussian", rng.standard_normal(d))
    yield Trial("heavy-tailed", "cauchy", rng.standard_cauchy(d))
    yield Trial("sparse", "one in 100", _sparse(d, rng))
    for name, make in ADVERSARIAL.items():
        yield Trial("adversarial", name, make(d))


def kind_of(name: str) -> str:
    """The kind of the trial of that name."""
    return _KIND_OF.get(name, "adversarial")


def _sparse(d: int, rng: np.random.Generator) -> Array:
    vector = np.zeros(d)
    places = rng.choice(d, max(1, d // 100), replace=False)
    vector[places] = rng.standard_normal(len(places))
    return vector


def _alternating(d: int) -> Array:
    signs: Array = 1.0 - 2.0 * (np.arange(d) % 2)
    return signs


def _last(d: int) -> Array:
    vector = np.zeros(d)
    vector[-1] = -1.0
    return vector


def _spike(d: int) -> Array:
    vector = np.full(d, 1 / (1 + sqrt(d)))
    vector[0] = 1.0
    return vector


def _steep(d: int) -> Array:
    return np.exp2(np.linspace(0, -100, d))


ADVERSARIAL: dict[str, Callable[[int], Array]] = {
    "equal magnitudes": _alternating,  # the worst for top_k, and for quantize with s = 1
    "one entry": _last,  # the worst for scaled signs and for sets without a look at the vector
    "one large entry": _spike,  # the worst for the norm inf and s = 1
    "four thirds": lambda d: np.full(d, 4 / 3),  # the worst for powers of two
    "from 1 to 2^-100": _steep,
}
"""Vectors by name, each made for d entries."""
