"""The table of distributions: what an `event` may be drawn from, a row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..text.records import record
from .kinds import Kind


@record
class Distribution:
    """A distribution of an `event`; `arguments` are names and kinds, `of_samples` if it draws from a node's own samples,
    `deals` if the server gives each node a value of its own in one draw."""

    name: str
    arguments: tuple[tuple[str, Kind], ...]
    kind: Kind
    bag: bool = False
    of_samples: bool = False
    deals: bool = False


DISTRIBUTIONS: Mapping[str, Distribution] = {
    row.name: row
    for row in (
        Distribution("bernoulli", (("p", Kind.REAL),), Kind.BOOL),
        Distribution("uniform", (("a", Kind.REAL), ("b", Kind.REAL)), Kind.REAL),
        Distribution("normal", (("mu", Kind.REAL), ("s", Kind.REAL)), Kind.REAL),
        Distribution("choice", (("a", Kind.INT), ("b", Kind.INT)), Kind.INT),
        Distribution("sample", (("n", Kind.INT), ("r", Kind.INT)), Kind.NODES, bag=True),
        Distribution("subset", (("n", Kind.INT), ("r", Kind.INT)), Kind.NODES),
        Distribution("each", (("q", Kind.REAL),), Kind.NODES),
        Distribution("minibatch", (("b", Kind.INT),), Kind.BATCH, of_samples=True),
        Distribution("buckets", (("n", Kind.INT), ("s", Kind.INT)), Kind.INT, deals=True),
    )
}


ENTRYWISE: Mapping[str, Distribution] = {
    name: replace(DISTRIBUTIONS[name], name=f"{name}_entries", kind=Kind.VECTOR)
    for name in ("uniform", "normal")
}
"""Distributions that draw a vector, entry by entry, where an argument is one: by the name that a spec writes."""

DRAWN: Mapping[str, Distribution] = {row.name: row for row in (*DISTRIBUTIONS.values(), *ENTRYWISE.values())}
"""Every distribution of checked programs, by its name there."""
