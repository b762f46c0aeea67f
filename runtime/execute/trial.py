"""The records of trial runs of two methods, apart from what makes them, which most comparisons do without."""

from __future__ import annotations

from cablese.dsl.text.records import record

FAILURE = "failure"
"""The metric of a run that fails where the other goes on."""


@record
class Witness:
    """The first round after which two runs have parted, and the relative gap in a metric."""

    problem: str
    seed: int
    round: int
    metric: str
    gap: float


@record
class Held:
    """Bindings that trial runs keep: a number of nodes, and names whose defaults are not varied."""

    nodes: int | None = None
    names: frozenset[str] = frozenset()


NOTHING_HELD = Held()


@record
class Trial:
    """Pairs of runs on problems; `runs` went side by side, `failed` is why others could not, `witness` a gap."""

    problems: tuple[str, ...]
    runs: int
    witness: Witness | None = None
    failed: str = ""
