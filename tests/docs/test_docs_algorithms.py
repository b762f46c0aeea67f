"""docs/algorithms.md has a row for each shipped method."""

from __future__ import annotations

import re
from pathlib import Path

from cablese.runtime.library import shipped_specs

PAGE = (Path(__file__).parents[2] / "docs" / "algorithms.md").read_text(encoding="utf-8")


def test_every_shipped_method_has_a_row() -> None:
    rows = re.findall(r"^\| \[`(\w+)`\]\(methods/\w+\.md#\w+\) \|", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(spec.name for spec in shipped_specs())
