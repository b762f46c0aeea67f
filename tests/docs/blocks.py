"""The code blocks of README.md, docs/*.md and examples/*/README.md, in order; how each is tried is left to `trying.py`.

A block's info string says what it is; HTML comments right above it, which no reader sees, say the rest:

    alg                 a spec: it checks, and it runs for a few rounds
    alg bad             a spec with mistakes; the `text` below, if any, is what `cablese check` prints
    sh                  commands, run one after another; the `text` below is what they print
    python              a program; the `text` below is what it prints
    text                what the block above prints: `…` stands for anything, numbers with a point may be 1 % off
    toml                a file for the commands below
    lua, elisp          settings of an editor, which nothing here reads

    <!-- file: NAME -->     the block is also a file of this name, for the commands further down on the page
    <!-- name: NAME -->     in diagnostics the spec is called so (spec.alg unless it is a file)
    <!-- exits: 1 -->       the exit status of the last command
    <!-- given: NAME -->    `mine.alg` is there, a copy of this shipped spec
    <!-- continues -->      runs after the block of commands above it, in the same folder
    <!-- stand-in -->       imports a library that tests do not install: it is one of `stand_ins`
    <!-- slow -->, <!-- mpi -->, <!-- torch -->     the markers of pytest
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(EXAMPLES.glob("*/README.md")),
)
KINDS = ("alg", "alg bad", "sh", "python", "text", "toml", "lua", "elisp")
RUN = ("sh", "python")

_FENCE = re.compile(r"^```(.*)$")
_MARK = re.compile(r"^<!-- (file|name|exits|given|continues|stand-in|slow|mpi|torch)(?:: (\S+))? -->$")


@dataclass(eq=False)
class Block:
    """A fenced block: its page, the line of its fence, what it is, its marks and its text."""

    page: Path
    line: int
    kind: str
    marks: dict[str, str]
    text: str
    above: Block | None
    expected: Block | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """As pytest names it."""
        return f"{self.page.relative_to(ROOT).as_posix().removeprefix('docs/')}:{self.line}"

    @cached_property
    def name(self) -> str:
        """The name of its file, or what diagnostics call it."""
        return self.marks.get("file") or self.marks.get("name") or "spec.alg"

    @property
    def before(self) -> Block | None:
        """The commands that must have run in the same folder."""
        if "continues" not in self.marks:
            return None
        return next(block for block in self.all_above() if block.kind in RUN)

    def rewrite(self, text: str) -> None:
        """Put another text in its place; `pytest --update-golden` does so for diagnostics."""
        page = self.page.read_text(encoding="utf-8")
        fenced = f"```{self.kind}\n{{}}```\n"
        assert page.count(fenced.format(self.text)) == 1, f"{self.id}: not the only block with this text"
        new = fenced.format("".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines()))
        self.page.write_text(page.replace(fenced.format(self.text), new), encoding="utf-8")

    def all_above(self) -> list[Block]:
        """The blocks above it on its page, the nearest first."""
        found = []
        block = self.above
        while block is not None:
            found.append(block)
            block = block.above
        return found


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page; AssertionError for a fence that is not closed."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), start=1)
    for number, line in lines:
        if mark := _MARK.match(line):
            marks[mark.group(1)] = mark.group(2) or ""
        elif fence := _FENCE.match(line):
            text = []
            for _, inner in lines:
                if inner == "```":
                    break
                text.append(inner)
            else:
                raise AssertionError(f"{page.name}:{number}: the block is not closed")
            block = Block(page, number, fence.group(1).strip(), marks, "\n".join(text) + "\n", _last(found))
            _attach(block)
            found.append(block)
            marks = {}
        elif line.strip():
            assert not marks, f"{page.name}:{number}: a comment for a block stands right above it"
    return found


def _last(found: list[Block]) -> Block | None:
    return found[-1] if found else None


def _attach(block: Block) -> None:
    """A `text` is what the block right above it prints."""
    if block.kind == "text" and block.above is not None and block.above.kind != "text":
        block.above.expected = block


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
