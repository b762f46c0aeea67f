"""Kinds, placements and domains of values."""

from __future__ import annotations

from enum import Enum

from ..text.records import record


class Kind(Enum):
    """The type of a value (language reference, section 3)."""

    REAL = "real"
    INT = "int"
    BOOL = "bool"
    VECTOR = "vector"
    MASK = "mask"
    NODES = "nodes"
    BATCH = "batch"
    NUMBERS = "history of numbers"
    VECTORS = "history of vectors"
    UNKNOWN = "unknown"  # an expression that already has an error; every rule accepts it in silence


HISTORIES = (Kind.NUMBERS, Kind.VECTORS)
"""Kinds of histories: the last values of a name, as many as `history(m, v)` says."""


class Placement(Enum):
    """The holders of a value (language reference, section 2)."""

    ALL = "all"
    SERVER = "server"
    NODE = "node"
    LINK = "link"
    GROUP = "group"
    NEIGHBORS = "neighbors"


class Spread(Enum):
    """The number of values of one name."""

    ONE = "one"
    NODES = "nodes"  # a family, one value per node of its domain
    GROUPS = "groups"  # one per group


@record
class Domain:
    """The nodes that a family runs over: all (`over` is None), or a subset, by the number of the binding that named it.

    A subset is a value of kind NODES (a drawn S), or the senders of a message with `when`. `bag` says that a node may
    occur more than once.
    """

    over: int | None = None
    name: str = ""
    bag: bool = False


EVERYONE = Domain()


@record
class Where:
    """Placement, spread and domain of a value."""

    placement: Placement
    spread: Spread = Spread.ONE
    domain: Domain = EVERYONE


KNOWN_TO_ALL = Where(Placement.ALL)
