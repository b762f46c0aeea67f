"""Mends of mistakes that the help of a diagnostic names: the text to write in the place of the culprit."""

from __future__ import annotations

import re

from cablese.dsl.text.diagnostics import Diagnostic

_MEANT = re.compile(r"did you mean `([^`]+)`\?")


def mend_of(diagnostic: Diagnostic) -> str:
    """The text that the help proposes instead of the marked one; empty if it proposes none."""
    found = _MEANT.search(diagnostic.help)
    return found[1] if found else ""
