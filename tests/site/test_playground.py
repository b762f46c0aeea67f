"""The playground in a browser, with Pyodide as npm has it: its answers are those of the commands, whatever the spec."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cablese.playground import answer
from cablese.runtime.library import find_spec, shipped_specs

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

PYODIDE = os.environ.get("PYODIDE", "")
LEFT = "net::ERR_ABORTED"  # as in conftest.py
PATIENCE = 120_000  # milliseconds until Python is there, on a machine that does other things
NAMES = [spec.name for spec in shipped_specs()]
ASKED = """async (asked) => {
  const answers = [];
  for (const request of asked) answers.push(await cablese.ask(request));
  return answers;
}"""


def asked_here(request: dict[str, Any]) -> Any:
    """The answer of CPython."""
    return json.loads(answer(json.dumps(request), lambda point: None))


@pytest.fixture(scope="module")
def loaded(browser: Any, address: str) -> Any:
    """The playground with Python in it, and what its console has said."""
    if not PYODIDE:
        pytest.skip("there is no Pyodide here: make site, where there is npm")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.extend([request.url] * (request.failure != LEFT)))
    page.goto(f"{address}/playground/index.html")
    page.wait_for_selector("body[data-checked=yes]", timeout=PATIENCE)
    yield page, said
    page.close()


@pytest.fixture
def playground(loaded: Any) -> Any:
    """The page with MARINA in the editor, whose console stays empty."""
    page, said = loaded
    page.set_viewport_size({"width": 1280, "height": 900})
    written(page, find_spec("marina").text)
    page.get_by_role("tab", name="check").click()
    yield page
    assert said == []


def written(page: Page, text: str) -> None:
    """Write a text into the editor, and wait until it is checked."""
    page.evaluate("document.body.dataset.checked = 'no'")
    page.get_by_label("spec", exact=True).fill(text)
    checked(page)


def checked(page: Page) -> None:
    page.wait_for_selector("body[data-checked=yes]", timeout=PATIENCE)


def filled(page: Page, part: Locator) -> str:
    """The text of a part once it has one."""
    page.wait_for_function("(part) => part.textContent", arg=part.element_handle(), timeout=PATIENCE)
    return part.inner_text()


def test_every_shipped_spec_checks_clean_and_is_formatted(playground: Page) -> None:
    specs = [find_spec(name).text for name in NAMES]
    found = playground.evaluate(ASKED, [{"do": "check", "text": text} for text in specs])
    assert {name: one for name, one in zip(NAMES, found, strict=True) if one.get("found") != []} == {}
    formatted = playground.evaluate(ASKED, [{"do": "fmt", "text": text} for text in specs])
    assert [one["text"] for one in formatted] == specs


def test_answers_are_those_of_the_commands(playground: Page) -> None:
    texts = [find_spec(name).text for name in ("marina", "choco_sgd", "ef21_pp")]
    requests: list[dict[str, Any]] = [
        {"do": "show", "text": text, "form": form}
        for text in texts
        for form in asked_here({"do": "library"})["forms"]
    ]
    wrong = texts[0].replace("mean(m)", "maen(m)").replace("init:", "init")
    requests += [{"do": "check", "text": wrong}, {"do": "fmt", "text": wrong}, {"do": "library"}]
    assert playground.evaluate(ASKED, requests) == [asked_here(request) for request in requests]
    request = {"do": "diff", "text": texts[0], "other": "diana", "width": 100}
    (there,) = playground.evaluate(ASKED, [request])
    differences, _, _ = asked_here(request)["text"].partition(
        "\n  cost "
    )  # with numbers, once NumPy is loaded here
    assert there["text"].startswith(f"{differences}\n  cost      counted once a run has loaded NumPy\n")


def test_a_mistake_is_marked_told_and_mended(playground: Page) -> None:
    text = find_spec("marina").text
    written(playground, text.replace("mean(m)", "maen(m)", 1))
    assert playground.locator("#painted .error").all_inner_texts() == ["maen"]
    assert "did you mean `mean`?" in playground.locator("#check").inner_text()
    playground.get_by_role("button", name="go to line 12").click()
    chosen = "[document.activeElement.id, getSelection().toString()]"
    assert playground.evaluate(chosen) == ["text", "maen"]
    playground.get_by_role("button", name="write `mean`").click()
    checked(playground)
    assert playground.get_by_label("spec", exact=True).input_value() == text
    assert playground.locator("#check").inner_text() == "no mistakes found"


def test_the_text_lies_over_its_colours(playground: Page) -> None:
    written(playground, find_spec("choco_sgd").text)
    assert playground.locator("#painted").text_content() == find_spec("choco_sgd").text + "\n"
    assert {"node", "neighbors"} <= set(playground.locator("#painted .storage").all_inner_texts())
    same = (
        "(names) => names.every((name) => getComputedStyle(text)[name] === getComputedStyle(painted)[name])"
    )
    assert playground.evaluate(same, ["fontSize", "fontFamily", "lineHeight", "paddingLeft", "letterSpacing"])


def test_panels_by_keyboard_on_a_phone(playground: Page) -> None:
    playground.set_viewport_size({"width": 390, "height": 800})
    playground.get_by_role("tab", name="check").focus()
    for panel in ("shown", "differences"):
        playground.keyboard.press("ArrowRight")
        assert filled(playground, playground.locator(f"#{panel}"))
        assert playground.evaluate("document.documentElement.scrollWidth") <= 390
    playground.get_by_label("from the spec to").focus()
    playground.get_by_label("from the spec to").select_option("gd")
    playground.wait_for_function("differences.textContent.includes('GD')")
    playground.keyboard.press("Tab")
    assert playground.evaluate("document.activeElement.id") == "differences"


def test_dark_and_light(playground: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    playground.emulate_media(color_scheme="dark")
    dark = playground.evaluate(ground)
    playground.emulate_media(color_scheme="light")
    assert dark != playground.evaluate(ground) == "rgb(255, 255, 255)"


def test_a_spec_of_the_site_opens_there_and_is_linked(playground: Page, address: str) -> None:
    playground.goto(f"{address}/docs/methods/variance_reduced.html")
    link = playground.get_by_role("link", name="open in the playground").first
    spec = playground.locator(".highlight-alg pre").first.text_content() or ""
    link.click()
    checked(playground)
    assert playground.get_by_label("spec", exact=True).input_value().strip() == spec.strip()
    written(playground, "# γ\n" + spec)
    playground.get_by_role("button", name="link to this spec").click()
    playground.reload()
    checked(playground)
    assert playground.get_by_label("spec", exact=True).input_value() == "# γ\n" + spec


def test_a_run(playground: Page) -> None:
    """A run in the browser where NumPy is; where it is not, clear words."""
    playground.get_by_role("tab", name="run").click()
    playground.get_by_label("rounds").fill("20")
    playground.get_by_role("button", name="run", exact=True).click()
    playground.wait_for_function("!start.disabled", timeout=PATIENCE)
    told = playground.locator("#told").inner_text()
    if not list(Path(PYODIDE).glob("numpy-*.whl")):
        assert told.startswith("A run needs numpy, which is not at ") and "pip install cablese" in told
        pytest.skip("the folder of Pyodide has no NumPy: a run was refused, as it should be")
    assert told == "MARINA, 5 nodes: 20 rounds"
    text = find_spec("marina").text
    request = {
        "do": "run",
        "text": text,
        "problem": "quadratic(d = 20, mu = 0.1, L = 1)",
        "nodes": 5,
        "rounds": 20,
        "seed": 0,
    }
    (there,) = playground.evaluate(ASKED, [request])
    here = asked_here(request)
    assert [point["bits_up"] for point in there["points"]] == [point["bits_up"] for point in here["points"]]
    assert playground.locator("#curve svg path").count() == 1


def test_a_stop_begins_anew(playground: Page) -> None:
    playground.get_by_role("tab", name="run").click()
    playground.evaluate("document.getElementById('stop').disabled = false")
    playground.get_by_role("button", name="stop").click()
    playground.wait_for_selector("body[data-state=ready]", timeout=PATIENCE)
    written(playground, find_spec("gd").text)
    assert playground.locator("#check").inner_text() == "no mistakes found"
