"""Pictures of the terminal for README: `python bench/pictures.py` writes docs/diff.svg, what `cablese diff` prints there."""

from __future__ import annotations

import io
import re
from pathlib import Path

from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec
from cablese.runtime.report.difference import account_of
from cablese.runtime.report.difference_lines import coloured_lines
from rich.console import Console
from rich.text import Text

WIDTH = 112
PICTURE = Path(__file__).parents[1] / "docs" / "diff.svg"
PAIR = ("diana", "ef21")

_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # that a page would load from elsewhere


def main() -> None:
    one, other = map(find_spec, PAIR)
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text(f"$ cablese diff {' '.join(PAIR)}"))
    for line in coloured_lines(account_of(difference((one, other), (), quick=False)), WIDTH):
        console.print(line, soft_wrap=True)
    drawn = console.export_svg(title="cablese", unique_id="diff")
    PICTURE.write_text(_FONTS.sub("", drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
