"""The map of reductions in docs/algorithms.md is what a search over special cases finds, and each of its rows is proven."""

from __future__ import annotations

import re

import pytest
from blocks import ROOT
from cablese.dsl.algebra.compare import Answer, compare
from cablese.runtime.execute.reductions import PLAIN, reductions, rest_text
from cablese.runtime.execute.special_case import special_case
from cablese.runtime.library import find_spec, shipped_specs
from tables import table
from tiers import every

PAGE = ROOT / "docs" / "algorithms.md"
BETWEEN = re.compile(r"(<!-- reductions -->\n)(.*?)(<!-- end -->)", re.DOTALL)
HEAD = ("method", "when", "is", "how", "if")
ROWS = re.findall(
    r"^\| (\w+) \| (.*?) \| `(\w+)` \| (.*?) \| (.*?) \|$",
    BETWEEN.search(PAGE.read_text())[2],
    re.MULTILINE,
)


@pytest.mark.exhaustive
@pytest.mark.slow
def test_the_map_is_what_a_search_finds(request: pytest.FixtureRequest) -> None:
    found = reductions({spec.name: find_spec(spec.name) for spec in shipped_specs()})
    rows = (
        (
            one.name,
            ", ".join(f"`{binding}`" for binding in one.bindings) or "always",
            f"`{one.other}`",
            one.answer,
            rest_text(one),
        )
        for one in found
    )
    made = f"\n{table(HEAD, rows)}\n"
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--update-golden"):
        PAGE.write_text(BETWEEN.sub(lambda m: m[1] + made + m[3], page), encoding="utf-8")
        return
    assert BETWEEN.search(page)[2] == made, "pytest --update-golden tests/docs writes it anew"


def test_the_map_has_rows() -> None:
    assert len(ROWS) > 50
    assert ("marina", "`p = 1`", "gd", "equal by algebra", "") in ROWS
    assert ("artemis", "`C_dwn = identity()`", "diana", "the same method", "") in ROWS


@pytest.mark.parametrize(("name", "bindings", "other", "how", "rests"), every(24, ROWS))
def test_a_row_is_proven(name: str, bindings: str, other: str, how: str, rests: str) -> None:
    under = [] if bindings == "always" else re.findall(r"`(.*?)`", bindings)
    case, target = special_case(find_spec(name), (PLAIN, *under)), special_case(find_spec(other), (PLAIN,))
    found = compare(case.program, target.program, (case.bindings, target.bindings))
    assert found.answer is Answer(how), rests
