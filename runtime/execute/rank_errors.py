"""Errors and remarks of ranks that have unlike parts of one run, each with the ranks that differ from rank 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cablese.dsl.text.records import record

from ..errors import SetupError
from ..transports.meeting import Told

_SHOWN = 3
"""Most differences that a message tells."""

_LONGEST = 120
"""Most characters of a value that a message tells."""


@record
class Difference:
    """A fact that some ranks, alike among themselves, have otherwise than rank 0."""

    name: str
    ranks: tuple[str, ...]
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{_listed(self.ranks)} with another {self.name} than rank 0: {_shown(self.theirs)}, not {_shown(self.ours)}"


def differences(told: Sequence[Told]) -> list[Difference]:
    """Facts that ranks have otherwise than rank 0, one by one, in rank 0's order; none where nothing was told."""
    return list(_differences(told)) if told else []


def _differences(told: Sequence[Told]) -> Iterator[Difference]:
    first = told[0][1]
    several = len({machine for machine, _ in told}) > 1
    for name in dict.fromkeys([*first, *(name for _, facts in told for name in facts)]):
        others: dict[str, list[str]] = {}
        for rank, (machine, facts) in enumerate(told):
            if facts.get(name) != first.get(name):
                others.setdefault(facts.get(name, ""), []).append(
                    f"{rank} ({machine})" if several else str(rank)
                )
        for theirs, ranks in others.items():
            yield Difference(name, tuple(ranks), theirs, first.get(name, ""))


def not_alike(found: Sequence[Difference]) -> SetupError:
    """Ranks that would compute parts of different runs."""
    more = f"; and {len(found) - _SHOWN} more differences" if len(found) > _SHOWN else ""
    return SetupError(
        f"{'; '.join(map(str, found[:_SHOWN]))}{more}. All ranks compute one run: start each with the same command line, "
        "and give each machine the same specs, data, folders of runs and version of cablese."
    )


def remark(found: Difference) -> str:
    """A remark on ranks that may have other last bits."""
    return (
        f"{found}: numbers may differ in last bits from those of ranks that are alike. Install the same versions at every "
        "rank."
    )


def _listed(ranks: Sequence[str]) -> str:
    """`rank 1 runs`, `ranks 1 and 2 run`, `ranks 1, 2, 3 and 12 others run`."""
    if len(ranks) == 1:
        return f"rank {ranks[0]} runs"
    shown, left = ranks[:_SHOWN], len(ranks) - _SHOWN
    if left > 0:
        return f"ranks {', '.join(shown)} and {left} others run"
    return f"ranks {', '.join(shown[:-1])} and {shown[-1]} run"


def _shown(value: str) -> str:
    value = value or "none"
    return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
