"""The name of a fix in an editor's menu."""

from __future__ import annotations

from cablese.dsl.text.diagnostics import Diagnostic


def title_of(diagnostic: Diagnostic) -> str:
    """The words for a diagnostic's fix: its text and how often it is written; the help where blanks or several texts are."""
    texts = {edit.text for edit in diagnostic.fix}
    text = texts.pop()
    if texts or (text and not text.strip()):
        return diagnostic.help
    shown = f"write `{text.strip()}`" if text else f"remove `{diagnostic.fix[0].span.text}`"
    return shown if len(diagnostic.fix) == 1 else f"{shown} at all {len(diagnostic.fix)} places"
