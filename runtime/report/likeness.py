"""Likenesses of a spec to the methods of the library: a line for the closest, a table of the next, JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cablese.dsl.edits.sentences import sentences

from ..execute.likeness import Likeness
from .console import columns
from .difference_lines import labelled_lines
from .fitted import FittedTable

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 120


def likeness_report(name: str, found: Sequence[Likeness], most: int) -> Iterator[RenderableType]:
    """The closest method, and the likest in a table."""
    first = found[0]
    yield "\n".join(closest_lines(name, first, columns() or WIDTH))
    table = FittedTable(("method", "distance", "changes", "in", "equality"), right=(1, 2), spare=(3,))
    for likeness in found[:most]:
        far = f"{likeness.distance:.2f}"
        changed = ", ".join(_groups(likeness))
        table.add_row(likeness.name, far, str(likeness.changes), changed, likeness.answer)
    yield table


def likeness_record(name: str, found: Sequence[Likeness]) -> dict[str, Any]:
    """All likenesses as `--json` prints them, the likest first (`grammar/like.schema.json`)."""
    return {
        "format": 1,
        "algorithm": name,
        "methods": [
            {
                "name": likeness.name,
                "changes": likeness.changes,
                "distance": round(likeness.distance, 3),
                "answer": likeness.answer,
                "relations": list(likeness.relations),
                "sentences": [{"group": s.group, "text": s.text} for s in sentences(likeness.script)],
            }
            for likeness in found
        ],
    }


def closest_lines(name: str, first: Likeness, width: int) -> Iterator[str]:
    """The closest method in words: which it is, or how it differs."""
    if not first.proven:
        yield f"{name}: closest is {first.title}, {_changes(first.changes)}"
        told = [(s.group, s.text) for s in sentences(first.script) if s.group != "notes"]
    else:
        is_it = "is" if first.same else "takes the path of"
        yield f"{name} {is_it} {first.title}: {first.answer}"
        told = [("states", text) for text in first.relations]
    yield from labelled_lines(told, width)


def _changes(count: int) -> str:
    return f"{count} change{'s' * (count != 1)}"


def _groups(likeness: Likeness) -> list[str]:
    """The subjects of the sentences that tell of a change."""
    told = (s.group for s in sentences(likeness.script) if any(s.lines))
    return [group for group in dict.fromkeys(told) if group != "notes"]
