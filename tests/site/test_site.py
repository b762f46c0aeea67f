"""The docs site in a browser: built without a warning, each page opens, fits a phone, and leaves the console empty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 800}


def test_every_page_opens_and_fits_a_phone(site: Path, address: str, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    left_out = {
        site / "index.html",
        site / "playground" / "index.html",
    }  # which leads on at once, which loads Python
    pages = sorted(set(site.rglob("*.html")) - left_out)
    assert len(pages) > 50
    names = [path.relative_to(site).as_posix() for path in pages]
    assert [name for name in names if _width(page, f"{address}/{name}") > PHONE["width"]] == []


def _width(page: Page, url: str) -> int:
    page.goto(url)
    found: Any = page.evaluate("document.documentElement.scrollWidth")
    return int(found)


def test_the_folder_leads_to_the_first_page(address: str, page: Page) -> None:
    page.goto(address)
    page.wait_for_url("**/docs/README.html")


def test_a_method_is_found_by_keyboard(address: str, page: Page) -> None:
    page.goto(f"{address}/docs/algorithms.html")
    page.get_by_label("words").focus()
    page.keyboard.type("error feedback")
    shown = page.locator("#the-methods tbody tr:visible td:first-child")
    names = set(shown.all_inner_texts())
    assert "comp_ams" in names
    assert "gd" not in names
    page.keyboard.press("Tab")
    page.keyboard.type("Adaptive")
    assert set(shown.all_inner_texts()) < names
    assert page.locator(".finder output").inner_text().endswith("methods")


def test_a_method_is_found_by_class_and_by_what_it_sends(address: str, page: Page) -> None:
    page.goto(f"{address}/docs/algorithms.html")
    page.get_by_label("class of compressors").select_option("contractive")
    page.get_by_label("messages of a round").select_option("to neighbours compressed")
    names = set(page.locator("#the-methods tbody tr:visible td:first-child").all_inner_texts())
    assert {"choco_sgd", "beer"} <= names
    assert not {"lead", "ef21"} & names
    page.get_by_role("link", name="choco_sgd", exact=True).first.click()
    assert page.url.endswith("#choco-sgd")


def test_formulas_are_set_without_a_network(address: str, page: Page) -> None:
    page.goto(f"{address}/docs/boxes.html")
    page.wait_for_selector("mjx-container", timeout=20_000)
    assert page.locator("mjx-merror").count() == 0


def test_the_search_finds_an_error_by_its_code(address: str, page: Page) -> None:
    page.goto(f"{address}/docs/README.html")
    page.get_by_placeholder("Search").fill("E203")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Errors and warnings").last.wait_for(timeout=20_000)
