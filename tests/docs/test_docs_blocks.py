"""Every code block of README.md and docs/*.md does what the page says; see `blocks.py` for how blocks are marked."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import cablese
import pytest
from blocks import BLOCKS, KINDS, PAGES, ROOT, RUN, Block, blocks_of
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source
from cablese.runtime.library import diagnose
from trying import alike, lay_out, run

ROUNDS = 4
PROBLEMS = {
    "minimize": 'least_squares(data = "diabetes", scale = "columns")',
    "vi": "bilinear_saddle(d = 4, lam = 0.5)",
}
_PEPIT = pytest.mark.skipif(find_spec("PEPit") is None, reason="the extra `pepit` solves the programs")
_LINK = re.compile(r"(?<!`)\[[^\]`]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def of_kind(*kinds: str) -> list[object]:
    return [
        pytest.param(
            block,
            id=block.id,
            marks=[
                *(getattr(pytest.mark, m) for m in ("slow", "mpi", "torch") if m in block.marks),
                *([_PEPIT] if "pepit" in block.marks else []),
            ],
        )
        for block in BLOCKS
        if block.kind in kinds
    ]


def source_of(block: Block) -> Source:
    return Source(block.name, block.text)


def problem_of(block: Block) -> str:
    return PROBLEMS["minimize" if re.search(r"^problem minimize", block.text, re.MULTILINE) else "vi"]


def compare(printed: str, block: Block, request: pytest.FixtureRequest) -> None:
    """`--update-golden` puts what differs into the page; numbers that vary then want their `…` back."""
    if block.expected is None or alike(printed, block.expected.text):
        return
    assert request.config.getoption("--update-golden"), printed
    block.expected.rewrite(printed)


@pytest.mark.parametrize("block", of_kind("alg"))
def test_a_spec_runs(block: Block) -> None:
    result = cablese.run(
        source_of(block), nodes=5, rounds=ROUNDS, problem=problem_of(block), every=1, wire_check="all"
    )
    assert len(result.points) == ROUNDS + 1


@pytest.mark.parametrize("block", of_kind("alg"))
def test_a_spec_is_told_nothing(block: Block) -> None:
    assert render_all(diagnose(source_of(block))) == ""


@pytest.mark.parametrize("block", of_kind("alg bad"))
def test_a_wrong_spec_has_the_mistakes_that_the_page_shows(
    block: Block, request: pytest.FixtureRequest
) -> None:
    found = diagnose(source_of(block))
    assert found, block.text
    compare(render_all(found, color=False), block, request)


@pytest.mark.parametrize("block", of_kind(*RUN))
def test_commands_and_programs_print_what_the_page_shows(
    block: Block, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lay_out(block, tmp_path)
    compare(run(block, tmp_path), block, request)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks_of(page):
        assert block.kind in KINDS, f"{block.id}: what is a block `{block.kind}`?"
        if block.kind == "text":
            assert block.above is not None and block.above.expected is block, (
                f"{block.id}: nothing prints this"
            )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors_of(there), f"{page.name}: {target}"


def anchors_of(page: Path) -> set[str]:
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES[1:]} - {"README.md"} <= set(_LINK.findall(index))


# --- the comparison itself ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("f = 0.500  \n", "f = 0.501"),
        ("a\nb\nb\nc\n", "a\n…\nc"),
        ("f = 0.0001203 in 1.5 s", "f = 0.000… in … s"),
        ("time 1.23 s", "time … s"),
        ("error[E203]: `e`", "error[E203]: `e`"),
    ],
)
def test_alike(printed: str, expected: str) -> None:
    assert alike(printed, expected)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("f = 0.500", "f = 0.520"),
        ("error[E203]", "error[E204]"),
        ("a\nb", "a"),
        ("a\nb c", "a … c"),
        ("f = 0.0011203", "f = 0.000…"),
        ("1000 rounds", "1001 rounds"),
        ("x 0.5 s", "y … s"),
    ],
)
def test_not_alike(printed: str, expected: str) -> None:
    assert not alike(printed, expected)
