"""Comments of the form `# allow W101: reason`, which silence a warning where it is meant."""

from __future__ import annotations

import re

from ..text.records import record
from ..text.source import Span
from . import nodes

_CODE = re.compile(r"[A-Za-z]\d+\b")
_ALLOW = re.compile(
    r"#\s*allow\s+(?P<codes>[A-Za-z]\d+\b(?:[\s,]+[A-Za-z]\d+\b)*)\s*:?(?P<reason>.*)", re.DOTALL
)


@record
class Allow:
    """An `# allow` comment: its codes in capitals, each with its place, and the reason."""

    comment: nodes.Comment
    codes: tuple[tuple[str, Span], ...]
    reason: str


def read_allow(comment: nodes.Comment) -> Allow | None:
    """The codes and the reason of an `# allow` comment; None for every other comment."""
    found = _ALLOW.match(comment.text)
    if found is None:
        return None
    source, offset = comment.span.source, comment.span.start
    codes = tuple(
        (code.group().upper(), Span(source, offset + code.start(), offset + code.end()))
        for code in _CODE.finditer(comment.text, *found.span("codes"))
    )
    return Allow(comment, codes, found["reason"].strip())
