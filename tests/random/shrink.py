"""Makes a failing spec short: statements go, then parts of formulas, as long as it fails in the same way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

PLAIN = ("x0", "0.5", "x")


def shrunk(text: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """A spec no line of which can go, as far as the time allows."""
    until = time.monotonic() + seconds
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(text):
            if time.monotonic() > until:
                return text
            if fails(candidate):
                text, smaller = candidate, True
                break
    return text


def _smaller(text: str) -> Iterator[str]:
    lines = text.split("\n")
    for size in (8, 4, 2):
        for start in range(len(lines) - size, 0, -size):
            yield "\n".join(lines[:start] + lines[start + size :])
    for at in range(len(lines) - 1, -1, -1):
        if not lines[at].strip():
            continue
        end = _block_end(lines, at)
        yield "\n".join(lines[:at] + lines[end:])
        if end > at + 1:
            inner = [line[4:] for line in lines[at + 1 : end]]
            yield "\n".join(lines[:at] + inner + lines[end:])
    for at, line in enumerate(lines):
        for simpler in _simpler(line):
            yield "\n".join([*lines[:at], simpler, *lines[at + 1 :]])


def _block_end(lines: list[str], at: int) -> int:
    """Behind the lines that are indented below this one."""
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and lines[end].strip() and len(lines[end]) - len(lines[end].lstrip()) > depth:
        end += 1
    return end


def _simpler(line: str) -> Iterator[str]:
    """The line without one of its statements or items, or with a formula's part in its place."""
    head, colon, rest = line.partition(": ")
    if colon and ("; " in rest or ", " in rest):
        for separator in ("; ", ", "):
            parts = _split(rest, separator)
            for at in range(len(parts)):
                if len(parts) > 1:
                    yield head + colon + separator.join(parts[:at] + parts[at + 1 :])
    start = line.find(" = ")
    if start > 0:
        value = line[start + 3 :]
        for plain in PLAIN:
            if len(value) > len(plain) + 1:
                yield line[: start + 3] + plain
    for match in re.finditer(r"\(", line):
        close = _closing(line, match.start())
        if close is None:
            continue
        before = re.search(r"\w*$", line[: match.start()])
        assert before is not None
        inside = line[match.start() + 1 : close]
        for part in (*_split(inside, ", "), *PLAIN):
            if len(part) < close + 1 - before.start():
                yield line[: before.start()] + part + line[close + 1 :]
        for operator in (" + ", " - ", " and ", " or "):
            parts = _split(inside, operator)
            if len(parts) == 2:
                yield line[: match.start() + 1] + parts[0] + line[close:]
                yield line[: match.start() + 1] + parts[1] + line[close:]


def _split(text: str, separator: str) -> list[str]:
    """Parts at the separators outside of parentheses."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and text.startswith(separator, at):
            parts.append(text[start:at])
            start = at + len(separator)
    return [*parts, text[start:]]


def _closing(line: str, at: int) -> int | None:
    depth = 0
    for end in range(at, len(line)):
        depth += (line[end] == "(") - (line[end] == ")")
        if depth == 0:
            return end
    return None
