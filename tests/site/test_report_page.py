"""Reports in a browser: opened, clicked, keyed through, resized, printed, with an empty console and no network."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cablese
import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.page.document import page_text
from cablese.runtime.page.live import LivePage
from cablese.runtime.page.runs import runs_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PHONE: Any = {"width": 390, "height": 800}
INK = """() => {
  const { canvas } = document.querySelector("#plot canvas").getContext("2d");
  const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value > 0).length;
}"""
"""The number of points of the canvas that are drawn."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("report") / "out.html"
    cablese.compare(["marina", "diana", "ef21"], nodes=4, rounds=300, seeds=3).report(path)
    return path.as_uri()


@pytest.fixture
def opened(page: Page, report: str) -> Page:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report)
    assert asked == [report]
    return page


def test_curves_are_drawn_and_every_choice_redraws_them(opened: Page) -> None:
    assert opened.evaluate(INK) > 1000
    assert opened.locator("#axis input:checked").get_attribute("value") == "bits_up"
    for group in ("axis", "metric", "rise", "run", "per", "centre"):
        for label in opened.locator(f"#{group} label").all():
            label.click()
            assert opened.evaluate(INK) > 1000
            assert opened.locator("#xlabel").inner_text()
    opened.locator("#axis").get_by_text("bits down").click()
    assert re.match(r"bits received in total \(\w*bit\)", opened.locator("#xlabel").inner_text())


def test_the_curve_of_a_button_stands_out(opened: Page) -> None:
    plain = opened.evaluate("document.querySelector('#plot canvas').toDataURL()")
    opened.locator("#legend button").first.hover()
    lifted = opened.evaluate("document.querySelector('#plot canvas').toDataURL()")
    opened.locator("#ylabel").hover()
    assert plain != lifted
    assert opened.evaluate("document.querySelector('#plot canvas').toDataURL()") == plain


def test_links_lead_to_their_parts(opened: Page) -> None:
    names = opened.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert sorted(names) == sorted(set(names))
    for link in opened.locator("#links a").all():
        assert opened.locator(f"section{link.get_attribute('href')}").count() == 1


def test_a_link_opens_a_folded_part(opened: Page) -> None:
    opened.get_by_role("link", name="Messages").click()
    assert opened.locator("#messages table").first.is_visible()
    opened.get_by_role("link", name="Differences").focus()
    opened.keyboard.press("Enter")
    opened.locator("#differences summary").nth(1).focus()
    opened.keyboard.press("Enter")
    assert opened.locator("#differences details").nth(1).get_by_text("EF21 keeps a memory").is_visible()


def test_the_reader_picks_the_pair_whose_difference_is_shown(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    names = ["gd", "marina", "extragradient", "diana", "ef21"]
    page_of_runs = runs_page([cablese.run(name, nodes=2, rounds=2).recording for name in names])
    path.write_text(page_text(page_of_runs), encoding="utf-8")
    page.goto(path.as_uri())
    one, other = page.locator("#differences select").all()
    shown = page.locator("#differences details:visible")
    assert one.locator("option").all_inner_texts() == ["1. GD", "2. MARINA", "4. DIANA", "5. EF21"]
    assert shown.count() == 1 and shown.locator("summary").inner_text().startswith("GD -> MARINA")
    one.select_option("4. DIANA")
    assert shown.locator("summary").inner_text().startswith("MARINA -> DIANA")
    other.focus()
    page.keyboard.press("ArrowDown")
    assert shown.count() == 1 and shown.locator("summary").inner_text().startswith("DIANA -> EF21")


def test_an_accuracy_is_reached_from_below(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "out.html"
    problem = "logreg(data = 'breast_cancer', test = '0.2', bias = true, scale = columns)"
    cablese.compare(["gd", "diana"], nodes=4, rounds=60, problem=problem).report(path)
    page.goto(path.as_uri())
    page.locator("#metric").get_by_text("accuracy").first.click()
    assert "accuracy ≥ 0." in page.locator("#level-value").inner_text()
    assert "that is no lower" in page.locator("#ranking .note").inner_text()
    assert page.locator("#spent tbody tr").count() == 2


def test_pages_without_curves(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size(PHONE)
    cablese.diff("gd", "marina", quick=True).report(tmp_path / "diff.html")
    page.goto((tmp_path / "diff.html").as_uri())
    assert page.locator("#difference mark").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_names_of_users_are_texts(page: Page, tmp_path: Path) -> None:
    run = cablese.run("gd", nodes=2, rounds=4)
    evil = "</script><img src=x onerror=alert(1)>"
    named = replace(run, header=replace(run.header, algorithm=evil, settings=(evil,)))
    cablese.Comparison([run, named]).report(tmp_path / "evil.html")
    page.on("dialog", lambda dialog: pytest.fail("a script of a name ran"))
    page.goto((tmp_path / "evil.html").as_uri())
    assert page.locator("#legend").get_by_text(evil).is_visible()
    assert page.locator("img").count() == 0


def test_a_curve_is_hidden_and_shown_again(opened: Page) -> None:
    before = opened.evaluate("document.querySelector('#plot canvas').toDataURL()")
    button = opened.locator("#legend button").first
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert opened.evaluate("document.querySelector('#plot canvas').toDataURL()") != before
    for other in opened.locator("#legend button").all()[1:]:
        other.click()
    assert opened.get_by_text("No curve is shown.").is_visible()
    button.click()
    assert opened.evaluate(INK) > 1000


def test_the_plot_is_read_and_zoomed_by_keyboard(opened: Page) -> None:
    opened.locator("#axis input:checked").focus()
    opened.keyboard.press("ArrowLeft")
    assert opened.locator("#axis input:checked").get_attribute("value") == "rounds"
    opened.locator("#plot").focus()
    opened.keyboard.press("Home")
    for _ in range(5):
        opened.keyboard.press("Shift+ArrowRight")
    told = opened.locator("#said").text_content() or ""
    assert re.search(r"MARINA.* at 1\d\d\b", told), told
    whole = _range(opened)
    opened.keyboard.press("+")
    assert _range(opened) < whole
    opened.keyboard.press("0")
    assert _range(opened) == whole


def _range(page: Page) -> float:
    """The part of the horizontal axis that is shown: the value at a place read far to the right of one far to the left."""
    ends = []
    for key in ("Home", "End"):
        page.keyboard.press(key)
        found = re.search(r" at ([\d,]+)", page.locator("#said").text_content() or "")
        assert found is not None
        ends.append(float(found[1].replace(",", "")))
    return ends[1] - ends[0]


def test_the_level_moves_and_the_sentence_follows(opened: Page) -> None:
    slider = opened.locator("#level")
    before = opened.locator("#verdict").inner_text()
    slider.focus()
    opened.keyboard.press("Home")
    assert opened.locator("#verdict").inner_text() != before
    assert opened.locator("#spent td.best").count() > 3
    address = opened.url
    opened.goto("about:blank")
    opened.goto(address)
    assert slider.input_value() == "0"


def test_it_fits_a_phone_and_follows_the_width(opened: Page) -> None:
    opened.set_viewport_size(PHONE)
    opened.wait_for_timeout(100)
    assert opened.evaluate("document.querySelector('#plot canvas').clientWidth") <= PHONE["width"]
    assert opened.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert opened.evaluate(INK) > 500


def test_dark_and_light(opened: Page) -> None:
    colours = []
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        opened.wait_for_selector(f"html[data-theme={scheme}]")
        colours.append(_paper(opened))
    opened.locator("#theme").click()
    opened.locator("#theme").click()
    assert opened.locator("#theme").inner_text() == "Theme: light"
    assert [*colours, _paper(opened)] == [colours[0], colours[1], colours[0]]
    assert colours[0] != colours[1]


def _paper(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def test_it_prints_in_light_without_its_controls(opened: Page) -> None:
    opened.emulate_media(color_scheme="dark")
    assert len(opened.pdf()) > 20_000
    opened.emulate_media(media="print")
    assert not opened.locator("#axis").is_visible()


def test_points_and_picture_are_saved(opened: Page) -> None:
    with opened.expect_download() as saved:
        opened.get_by_role("button", name="Save points").click()
    lines = Path(saved.value.path()).read_text().splitlines()
    assert lines[0] == "curve,metric,axis,place,value,low,high"
    assert len(lines) > 30
    with opened.expect_download() as drawn:
        opened.get_by_role("button", name="Save picture").click()
    assert drawn.value.suggested_filename == "grad_norm2-bits_up.png"
    assert Path(drawn.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_live_page_follows_the_run_and_stands_after_it(page: Page) -> None:
    result = cablese.run("gd", nodes=2, rounds=40, every=1)
    run = Recording()
    served = LivePage([result.header], [run], lambda: runs_page([result.recording]))
    served.start()
    page.goto(served.address)
    run.begin(result.header)
    run.points += result.points[:10]
    page.locator("#live", has_text="GD is at round 9 of 40").wait_for()
    assert page.evaluate(INK) > 1000
    page.locator("#axis").get_by_text("bits down").click()
    run.points += result.points[10:]
    run.summary = result.summary
    served.stop()
    page.locator("#live", has_text="The run has ended.").wait_for()
    assert page.locator("#axis input:checked").get_attribute("value") == "bits_down"
    assert page.locator("#settings").is_visible()
    page.locator("#axis").get_by_text("rounds").click()
    assert page.evaluate(INK) > 1000


def test_a_live_page_whose_run_is_killed_says_so(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cablese.run("gd", nodes=2, rounds=4)
    served = LivePage([result.header], [result.recording], lambda: runs_page([result.recording]))
    served.start()
    page.goto(served.address)
    page.locator("#live", has_text="The run has ended.").wait_for()

    def killed() -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(served, "_final", killed)
        served._over.set()
        page.locator("#live", has_text="The runs are no longer").wait_for()
    served.stop()
