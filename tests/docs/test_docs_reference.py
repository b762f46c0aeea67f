"""The pages of docs/reference are made from codes and commands; `pytest --update-golden` writes them anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reference_pages import FOLDER, commands_page, errors_page


@pytest.mark.parametrize(
    ("name", "make"), [("errors", errors_page), ("commands", commands_page)], ids=["errors", "commands"]
)
def test_a_page_of_the_reference_is_up_to_date(
    name: str, make: Callable[[], str], request: pytest.FixtureRequest
) -> None:
    path, made = FOLDER / f"{name}.md", make()
    if request.config.getoption("--update-golden"):
        path.write_text(made, encoding="utf-8")
        return
    assert path.read_text(encoding="utf-8") == made, "pytest --update-golden tests/docs writes it anew"
