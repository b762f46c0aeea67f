"""Lines of a generated program and the lines of the spec that they come from, as its comments say."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\s*# (\d+|--\w+): ?(.*)")

Marks = dict[int, tuple[str, str]]


def marks(python: str) -> Marks:
    """The mark of the text that each line of a program comes from (`Span.mark`), and that text, by number from 1: those of
    the nearest comment above; none before the first."""
    found: Marks = {}
    for number, text in enumerate(python.split("\n"), start=1):
        if said := _COMMENT.match(text):
            found[number] = said[1], said[2]
        elif number - 1 in found:
            found[number] = found[number - 1]
    return found


def spec_lines(python: str) -> dict[int, int]:
    """The spec line of each line of a program that comes from one, both from 1."""
    return {number: int(mark) for number, (mark, _) in marks(python).items() if mark.isdecimal()}
