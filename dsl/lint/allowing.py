"""Warnings less those that `# allow` comments silence, and warnings of such comments themselves.

Behind a statement the comment speaks for what its line holds; alone on a line, for the statement below and all in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from ..syntax import nodes
from ..syntax.allow import Allow, read_allow
from ..syntax.traverse import STATEMENTS
from ..text.diagnostics import Diagnostic
from ..text.records import record
from ..text.source import Span
from . import catalogue as say


@record
class _Stretch:
    """The part of the text that a comment speaks for; `end` is exclusive."""

    start: int
    end: int

    def holds(self, span: Span) -> bool:
        """True if the span starts in this part."""
        return self.start <= span.start < self.end


_NOWHERE = _Stretch(0, 0)


def not_allowed(
    spec: nodes.Spec, warnings: Sequence[Diagnostic], looked_for: Set[str], known: Set[str]
) -> Iterator[Diagnostic]:
    """The warnings that no comment allows, and those of comments that allow in vain, without a reason or a code."""
    allows = [allow for comment in spec.comments if (allow := read_allow(comment)) is not None]
    silenced: set[Diagnostic] = set()
    for allow in allows:
        stretch = _stretch(allow.comment, spec)
        for code, place in allow.codes:
            meant = [w for w in warnings if w.code == code and stretch.holds(w.span)]
            silenced.update(meant)
            if code not in known:
                yield say.allow_of_unknown(code, place, known)
            elif code in looked_for and not meant:
                yield say.allow_of_nothing(code, place)
        yield from _without_reason(allow)
    yield from (warning for warning in warnings if warning not in silenced)


def _without_reason(allow: Allow) -> Iterator[Diagnostic]:
    if not allow.reason:
        yield say.allow_without_reason(", ".join(code for code, _ in allow.codes), allow.comment.span)


# --- what a comment speaks for -------------------------------------------------------------------------------


def _stretch(comment: nodes.Comment, spec: nodes.Spec) -> _Stretch:
    spans = list(_spans(spec))
    if not comment.alone:
        return _on_its_line(comment, [span for span, simple in spans if simple])
    around = [span for span, simple in spans if simple and span.start < comment.span.start < span.end]
    below = [span for span, _ in spans if span.start > comment.span.start]
    meant = around or sorted(below, key=lambda span: (span.start, -span.end))
    return _Stretch(meant[0].start, meant[0].end) if meant else _NOWHERE


def _on_its_line(comment: nodes.Comment, simple: Sequence[Span]) -> _Stretch:
    """The line, and statements of which it holds a part."""
    source = comment.span.source
    start, end = source.line_starts[comment.span.line - 1], comment.span.start
    touched = [span for span in simple if span.start < end and span.end > start]
    starts, ends = [span.start for span in touched], [span.end for span in touched]
    return _Stretch(min([start, *starts]), max([end, *ends]))


def _spans(spec: nodes.Spec) -> Iterator[tuple[Span, bool]]:
    """Every line and statement, and whether it is a simple one: it opens no block of statements."""
    for line in spec.lines:
        yield from ((p.span, not STATEMENTS.fields_of(type(p))) for p in (line, *STATEMENTS.walk(line)))
