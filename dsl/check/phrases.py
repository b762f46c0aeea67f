"""Words of errors for kinds, placements and domains; the sentences stand in `*_errors.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text.diagnostics import Help, Remedy, meant_was
from ..text.nearest import nearest
from .kinds import Domain, Kind, Placement, Spread, Where

_KINDS = {
    Kind.REAL: "a real",
    Kind.INT: "an int",
    Kind.BOOL: "a bool",
    Kind.VECTOR: "a vector",
    Kind.MASK: "a mask",
    Kind.NODES: "a set of nodes",
    Kind.BATCH: "a batch",
    Kind.NUMBERS: "a history of numbers",
    Kind.VECTORS: "a history of vectors",
    Kind.UNKNOWN: "unknown",
}

_READERS = {
    Placement.ALL: "everyone",
    Placement.SERVER: "the server",
    Placement.NODE: "the nodes",
    Placement.LINK: "server and node together",
    Placement.GROUP: "server and group together",
    Placement.NEIGHBORS: "a node and its neighbors together",
}

_REFUSALS = {
    Placement.ALL: "not everyone knows it",
    Placement.SERVER: "the server cannot read it",
    Placement.NODE: "the nodes cannot read it",
    Placement.LINK: "`link:` cannot read it",
    Placement.GROUP: "`group:` cannot read it",
    Placement.NEIGHBORS: "`neighbors:` cannot read it",
}

_KNOWN = {
    Placement.ALL: "known to all",
    Placement.SERVER: "known to the server alone",
    Placement.NODE: "one value per node, known only there",
    Placement.LINK: "one value per node, known to that node and the server",
    Placement.GROUP: "one value per group, known to its nodes and the server",
    Placement.NEIGHBORS: "one value per node, known to it and its neighbors",
}

_LIVES = {
    Placement.ALL: "is known to all",
    Placement.SERVER: "lives at the server",
    Placement.NODE: "lives on each node",
    Placement.LINK: "is known to the server and its own node",
    Placement.GROUP: "is known to the server and its group",
    Placement.NEIGHBORS: "is known to a node and its neighbors",
}


def a_kind(kind: Kind) -> str:
    """A kind with its article: `a vector`, `an int`, …"""
    return _KINDS[kind]


def reader(placement: Placement) -> str:
    """The readers of a block of this role."""
    return _READERS[placement]


def refusal(placement: Placement) -> str:
    """Note that a block of this role may not read a value."""
    return _REFUSALS[placement]


def known(where: Where) -> str:
    """The holders of a value, as a note under its binding."""
    text = _KNOWN[where.placement]
    if where.placement is Placement.SERVER and where.spread is not Spread.ONE:
        text = "one value per node, all of them known to the server alone"
    return f"{text}, for {over(where.domain)} only" if where.domain.over is not None else text


def lives(where: Where) -> str:
    """The holders of a value, as the verb of a sentence."""
    return _LIVES[where.placement]


def over(domain: Domain) -> str:
    """The domain of a family."""
    if domain.over is None:
        return "all nodes"
    return f"the nodes in `{domain.name}`"


def in_(domain: Domain) -> str:
    """A domain behind a role: ` in S`, or nothing for all nodes."""
    return "" if domain.over is None else f" in {domain.name}"


def quoted(names: Iterable[str]) -> str:
    """Names in a list: `a`, `b`, `c`."""
    return ", ".join(f"`{name}`" for name in names)


def did_you_mean(word: str, candidates: Iterable[str]) -> Remedy | None:
    """The nearest of the names, if one is near."""
    other = nearest(word, candidates)
    return meant_was(other) if other else None


def among(word: str, names: Sequence[str], lead: str, none: str = "") -> Help:
    """A help line with the nearest of the names, or with all of them behind `lead`; `none` where there are none."""
    return did_you_mean(word, names) or (f"{lead} {quoted(names)}" if names else none)


def short(text: str) -> str:
    """Source text on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 48 else f"{flat[:45]}…"
