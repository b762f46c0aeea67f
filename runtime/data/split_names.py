"""Splits by name: how samples are dealt to nodes, as a user writes it; needs no array library."""

from __future__ import annotations

import math
import re

from cablese.dsl.text.records import record

PLAIN = ("contiguous", "shuffled", "by_label", "cluster")
OF_NUMBERS = ("dirichlet", "quantity", "shares", "cluster")
FILE = "file:"
RUN = "run:"

WRITTEN = (
    "contiguous",
    "shuffled",
    "by_label",
    "dirichlet(0.5)",
    "quantity(0.5)",
    "shares(3, 1, 1)",
    "column(NAME)",
    "cluster",
    "cluster(20, 10)",
    "file:groups.csv",
)
"""One of each, as a user would write it."""

_CALL = re.compile(r"\s*(\w+)\s*\((.*)\)\s*", re.DOTALL)


@record
class Split:
    """A split: its kind, the numbers in its parentheses, and the name of a column or a file."""

    kind: str
    numbers: tuple[float, ...] = ()
    name: str = ""


def read_split(text: str) -> Split | None:
    """The split that a text names; None if it names none, or with numbers that do not serve."""
    bare = text.strip()
    if bare.startswith(FILE):
        path = bare.removeprefix(FILE).strip()
        return Split("file", name=path) if path else None
    if bare in PLAIN:
        return Split(bare)
    call = _CALL.fullmatch(bare)
    if call is None:
        return None
    kind, inside = call[1], call[2].strip()
    if kind == "column":
        name = inside.strip("\"'")
        return Split(kind, name=name) if name else None
    numbers = _numbers(inside)
    return Split(kind, numbers) if kind in OF_NUMBERS and _serve(kind, numbers) else None


def _numbers(text: str) -> tuple[float, ...]:
    """The numbers of a list; none if one of them is no finite number."""
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()


def _serve(kind: str, numbers: tuple[float, ...]) -> bool:
    if not numbers or min(numbers) <= 0:
        return False
    if kind == "cluster":  # their number, and the most times that one may be as large as another
        return numbers[0].is_integer() and (len(numbers) == 1 or (len(numbers) == 2 and numbers[1] >= 2))
    return kind == "shares" or len(numbers) == 1
