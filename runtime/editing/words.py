"""Words that a spec may use without declaring them, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cablese.dsl.check.constants import CONSTANTS
from cablese.dsl.check.distributions import DISTRIBUTIONS
from cablese.dsl.check.operators import AGGREGATES, FUNCTIONS, OPERATORS

from ..registry import plugins

ORACLES = {
    "grad": "`grad(x)`: the gradient of a node's f_i at x; `grad(x, xi)` of the samples of a minibatch",
    "F": "`F(z)`: a node's operator F_i at z; `F(z, xi)` of the samples of a minibatch",
    "loss": "`loss(x)`: a node's f_i at x",
    "prox": "`prox(v, gamma)`: the proximal step of the problem's regulariser, the identity without one",
}
"""Oracles of the problem."""

FIGURES = {
    "omega": "`omega(Q)`: E ||Q(v) - v||^2 <= omega ||v||^2, of an unbiased compressor",
    "delta": "`delta(C)`: E ||C(v) - v||^2 <= (1 - delta) ||v||^2, of a contractive compressor",
    "density": "`density(Q)`: the expected number of non-zero entries",
    "bits": "`bits(Q)`: the expected bits of a message",
    "ab_A": "`ab_A(Q)`: A of E ||mean Q_i(v_i) - mean v_i||^2 <= A mean ||v_i||^2 - B ||mean v_i||^2",
    "ab_B": "`ab_B(Q)`: B of the same inequality",
    "share": "`share(Q)`: the bits of a message for those of a dense one",
}
"""Figures of compressors."""


_DRAWN = {
    "bernoulli": "true with probability p",
    "uniform": "a number between a and b; of vectors entry by entry",
    "normal": "a number of mean mu and standard deviation s; of vectors entry by entry",
    "choice": "an int from a to b, both included",
    "sample": "r nodes, each drawn among all: one may come twice",
    "subset": "r different nodes",
    "each": "a set with each node in it by a coin of its own, with probability q",
    "minibatch": "b of a node's own samples",
    "buckets": "the number of each node's bucket of s nodes, from 0; the server draws and keeps them",
}
"""The draws of each distribution, in words."""


def functions() -> Iterator[tuple[str, str]]:
    """Functions, aggregates, oracles and figures with their meanings."""
    yield from ((name, OPERATORS[name].doc) for name in sorted(FUNCTIONS))
    yield from ((name, row.doc) for name, row in AGGREGATES.items())
    yield from ORACLES.items()
    yield from FIGURES.items()


def constants() -> Iterator[tuple[str, str]]:
    """Constants of the problem and the run with their meanings."""
    yield from ((name, row.doc) for name, row in CONSTANTS.items())


def distributions() -> Iterator[tuple[str, str]]:
    """Distributions of events as they are called."""
    for name, row in DISTRIBUTIONS.items():
        yield name, f"`{name}({', '.join(argument for argument, _ in row.arguments)})`: {_DRAWN[name]}"


def families() -> Iterator[tuple[str, str]]:
    """Compressors, those of plug-ins among them, as they are called."""
    for name, family in plugins().compressors.items():
        arguments = ", ".join(argument.name for argument in family.arguments)
        yield name, f"`{name}({arguments})`: {family.doc}"


def meanings() -> Mapping[str, str]:
    """The meanings of all words by name."""
    return dict((*families(), *distributions(), *constants(), *functions()))
