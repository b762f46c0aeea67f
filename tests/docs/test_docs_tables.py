"""The tables of docs pages are those of language, compressors and methods; `pytest --update-golden` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import ROOT
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.guarantees import CLASSES, MEASURES, METRICS, POINT_METRICS
from cablese.dsl.check.kinds import Kind, Placement
from cablese.dsl.check.operators import FIGURES, ORACLES
from family_tables import FAMILY_TABLES
from method_tables import METHOD_TABLES
from problem_tables import PROBLEM_TABLES
from tables import TABLES

PAGE = ROOT / "docs" / "language.md"


MADE = {
    PAGE: TABLES,
    ROOT / "docs" / "compressors.md": FAMILY_TABLES,
    ROOT / "docs" / "problems.md": PROBLEM_TABLES,
    ROOT / "docs" / "algorithms.md": METHOD_TABLES,
}


@pytest.mark.parametrize(
    ("path", "name"),
    [pytest.param(path, name, id=f"{path.name}:{name}") for path, tables in MADE.items() for name in tables],
)
def test_a_table_is_up_to_date(path: Path, name: str, request: pytest.FixtureRequest) -> None:
    page = path.read_text(encoding="utf-8")
    between = re.compile(rf"(<!-- table: {name} -->\n)(.*?)(<!-- end -->)", re.DOTALL)
    found = between.search(page)
    assert found is not None, f"{path.name} has no table {name}"
    made = f"\n{MADE[path][name]()}\n"
    if request.config.getoption("--update-golden"):
        path.write_text(between.sub(lambda m: m[1] + made + m[3], page), encoding="utf-8")
        return
    assert found.group(2) == made, "pytest --update-golden tests/docs writes it anew"


@pytest.mark.parametrize(
    "words",
    [
        [f"`{name}(" for name in (*ORACLES, *FIGURES)],
        [f"`{kind.value}`" for kind in Kind if kind is not Kind.UNKNOWN],
        [f"`{placement.value}" for placement in Placement],
        [f"`{contract.value}`" for contract in Contract],
        [f"`{name}`" for name in (*CLASSES, *METRICS)],
        [f"`{name}(" for name in (*MEASURES, *POINT_METRICS)],
    ],
    ids=["oracles and figures", "kinds", "placements", "contracts", "classes and metrics", "measures"],
)
def test_every_word_is_explained(words: list[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [word for word in words if word not in page] == []
