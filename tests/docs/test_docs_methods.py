"""The pages of docs/methods are made from the specs; `pytest --update-golden` writes them anew, and missing pictures."""

from __future__ import annotations

import re

import pytest
from cablese.runtime.library import shipped_specs
from method_pages import families, page
from method_plots import FOLDER, path_of, picture

NAMES = [spec.name for spec in shipped_specs()]
SPECS = {spec.name: spec for spec in shipped_specs()}


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d", text)]


@pytest.mark.parametrize("name", NAMES)
def test_a_method_has_a_picture(name: str, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden") and not path_of(name).exists():
        path_of(name).write_text(picture(SPECS[name]), encoding="utf-8")
    assert path_of(name).exists(), "pytest --update-golden tests/docs/test_docs_methods.py draws it"
    assert path_of(name).stat().st_size < 6000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[::8])
def test_a_picture_is_what_the_method_does(name: str, request: pytest.FixtureRequest) -> None:
    """But for what rounding makes of a point."""
    made, kept = picture(SPECS[name]), path_of(name).read_text(encoding="utf-8")
    if request.config.getoption("--update-golden"):
        path_of(name).write_text(made, encoding="utf-8")
        return
    assert _numbers(made) == pytest.approx(_numbers(kept), abs=2)


@pytest.mark.parametrize("family", families())
def test_the_page_of_a_family_is_up_to_date(family: str, request: pytest.FixtureRequest) -> None:
    path, made = FOLDER / f"{family}.md", page(family)
    if request.config.getoption("--update-golden"):
        path.write_text(made, encoding="utf-8")
        return
    assert path.read_text(encoding="utf-8") == made, "pytest --update-golden tests/docs writes it anew"


def test_no_page_or_picture_is_of_what_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(families())
    assert {path.stem for path in FOLDER.glob("*.svg")} <= set(NAMES)
