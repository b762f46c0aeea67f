"""Lines of a generated program and the lines of the spec that they come from, as its comments say."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\s*# (\d+): ?")


def spec_lines(python: str) -> dict[int, int]:
    """The spec line of each line of a program, both from 1: that of the nearest comment above it; none before the first."""
    found, line = {}, 0
    for number, text in enumerate(python.split("\n"), start=1):
        if said := _COMMENT.match(text):
            line = int(said[1])
        if line:
            found[number] = line
    return found
