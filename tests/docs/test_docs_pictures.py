"""Pictures of the terminal in the documentation show what commands print today."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec
from cablese.runtime.report.difference import told

DOCS = Path(__file__).parents[2] / "docs"


def test_the_picture_of_diff() -> None:
    """`python bench/pictures.py` draws it anew."""
    drawn = (DOCS / "diff.svg").read_text(encoding="utf-8")
    shown = " ".join(
        unescape(text).replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    )
    words = shown.split()
    for sentence in told(difference((find_spec("diana"), find_spec("ef21")), (), quick=True)):
        assert " ".join(sentence.text.split()[:6]) in " ".join(words), sentence
    assert "@font-face" not in drawn
