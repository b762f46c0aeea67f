"""The tree-sitter grammar, built by the system's C compiler: its trees have the tokens of the parser and the colours of the
lexer, in every spec here; a mistake breaks the lines around it alone, and an edit gives the tree of the whole text."""

from __future__ import annotations

import ctypes
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter
from cablese.dsl.emit.highlights import emit_highlights
from cablese.dsl.emit.tree_sitter import FOLDER, emit_grammar
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.automaton import Lexeme, Lexer, Row, line_parser
from cablese.dsl.syntax.parse import parse
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import Source
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pygments import token as pygments
from pygments.lexers import get_lexer_by_name
from syntax_tools import LANGUAGE_SPEC, specs

ROOT = Path(__file__).parents[2]
FOLDERS = ("algorithms", "examples", "tests")
SPECS = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.alg")
    if "bad/syntax" not in path.as_posix() and path.parent.name not in ("golden", "syntax")
)
SORTS = {
    "comment": pygments.Comment.Single,
    "string": pygments.String.Double,
    "keyword.directive": pygments.Keyword.Declaration,
    "keyword": pygments.Keyword,
    "type.builtin": pygments.Keyword.Type,
    "boolean": pygments.Keyword.Constant,
    "function.builtin": pygments.Name.Builtin,
    "constant.builtin": pygments.Name.Constant,
    "number": pygments.Number,
    "operator": pygments.Operator,
    "punctuation.delimiter": pygments.Punctuation,
}
REMAKE = "python -m cablese.dsl.emit.tree_sitter && make tree-sitter"


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> tree_sitter.Language:
    compiler = shutil.which("cc") or pytest.skip("no C compiler")
    built = tmp_path_factory.mktemp("built") / "cablese.so"
    sources = [FOLDER / "src" / name for name in ("parser.c", "scanner.c")]
    subprocess.run(
        [
            compiler,
            "-shared",
            "-fPIC",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-I",
            FOLDER / "src",
            *sources,
            "-o",
            built,
        ],
        check=True,
    )
    function = ctypes.CDLL(str(built)).tree_sitter_cablese
    function.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    return tree_sitter.Language(capsule(function(), b"tree_sitter.Language", None))


# --- what is made of what ---------------------------------------------------------------------------------------


def test_grammar_and_colours_are_those_of_the_language() -> None:
    assert (FOLDER / "grammar.js").read_text("utf-8") == emit_grammar(), REMAKE
    assert (FOLDER / "queries" / "highlights.scm").read_text("utf-8") == emit_highlights(), REMAKE


def test_the_parser_is_that_of_the_grammar() -> None:
    digest = hashlib.sha256((FOLDER / "grammar.js").read_bytes()).hexdigest()
    assert (FOLDER / "src" / "grammar.js.sha256").read_text() == f"{digest}  grammar.js\n", REMAKE


# --- the tokens of a spec ---------------------------------------------------------------------------------------


def tree_of(language: tree_sitter.Language, text: str) -> tree_sitter.Node:
    return tree_sitter.Parser(language).parse(text.encode()).root_node


def nodes_of(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from nodes_of(child)


def leaves(root: tree_sitter.Node) -> list[tuple[str, int, int]]:
    """Kinds and bytes of a tree's tokens, comments apart."""
    return [
        (node.type, node.start_byte, node.end_byte)
        for node in nodes_of(root)
        if not node.children and node.type != "comment" and node.start_byte < node.end_byte
    ]


def tokens(text: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """The same of the parser."""
    found: list[tuple[str, int, int]] = []
    read = Lexer.next

    def noted(self: Lexer, line: str, at: int, row: Row) -> Lexeme | None:
        token = read(self, line, at, row)
        if token is not None:
            kind = token.type.lower() if token.type in ("NAME", "NUMBER", "STRING") else str(token)
            start, end = (line_parser()._builder.offset + place for place in (token.start_pos, token.end_pos))
            found.append((kind, *(len(text[:place].encode()) for place in (start, end))))
        return token

    with monkeypatch.context() as patch:
        patch.setattr(Lexer, "next", noted)
        parse(Source("t.alg", text), bag := Bag())
    assert not list(bag)
    return found


def colours(language: tree_sitter.Language, root: tree_sitter.Node) -> dict[int, str]:
    """The capture of each token by its place; a token has one at most."""
    query = tree_sitter.Query(language, (FOLDER / "queries" / "highlights.scm").read_text("utf-8"))
    found: dict[int, str] = {}
    for capture, captured in tree_sitter.QueryCursor(query).captures(root).items():
        for node in captured:
            assert found.setdefault(node.start_byte, capture) == capture
    return found


def mistakes(root: tree_sitter.Node) -> list[tuple[int, int]]:
    """First and last lines of what a tree has for a mistake."""
    return [
        (
            node.start_point.row + 1,
            max(node.start_point.row, node.end_point.row - (not node.end_point.column)) + 1,
        )
        for node in nodes_of(root)
        if node.is_error or node.is_missing
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_spec_has_the_tokens_of_the_parser_and_the_colours_of_the_lexer(
    language: tree_sitter.Language, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = path.read_text("utf-8")
    root = tree_of(language, text)
    assert mistakes(root) == []
    assert leaves(root) == tokens(text, monkeypatch)
    captured = colours(language, root)
    lexed = get_lexer_by_name("alg", stripnl=False, ensurenl=False).get_tokens_unprocessed(text)
    named = {sort: capture for capture, sort in SORTS.items()}
    wanted = {len(text[:start].encode()): named.get(sort, "") for start, sort, part in lexed if part.strip()}
    assert {at: captured.get(at, "") for at in wanted} == wanted


def blocks() -> Iterator[tuple[str, str]]:
    """The specs on the pages of the docs, by page and line, but for those of errors."""
    pages = [page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parent.name != "reference"]
    for page in [ROOT / "README.md", *pages]:
        text = page.read_text("utf-8")
        for found in re.finditer(r"^```alg\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}", found[1]


def test_the_specs_of_the_docs_have_the_tokens_of_the_parser(
    language: tree_sitter.Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = dict(blocks())
    assert len(seen) > 150
    assert {
        place for place, text in seen.items() if leaves(tree_of(language, text)) != tokens(text, monkeypatch)
    } == set()
    assert {place for place, text in seen.items() if mistakes(tree_of(language, text))} == set()


@given(specs)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_specs_have_the_tokens_of_the_parser(language: tree_sitter.Language, spec: nodes.Spec) -> None:
    text = print_spec(spec)
    root = tree_of(language, text)
    assert mistakes(root) == []
    with pytest.MonkeyPatch.context() as patch:
        assert leaves(root) == tokens(text, patch)


LAYOUTS = {
    "messy": (ROOT / "tests" / "syntax" / "messy.alg").read_text("utf-8"),
    "no newline at the end": "round:\n    all:\n        x = 1",
    "no newline behind a comment": "round:\n    all:\n        x = 1\n        # in",
    "newlines of Windows": "round:\r\n    all:\r\n        x = 1\r\n    all: y = 2\r\noutput x\r\n",
    "tabs and blanks": "round:\n\tall:\n\t    x = 1\n    all: y = 2\n",
    "blank lines": "\n\n  \nround:\n\n    all:\n\n        x = 1\n   \n        y = 2\n\n\noutput x\n\n",
    "comments further left": "round:\n    all:\n        x = 1\n# left\n    # left\n        y = 2\n# out\noutput x\n",
    "comments at the ends": "# a\n    # b\nround:  # c\n    # d\n    all: x = 1  # e\n    # f\n# g",
    "lines in parentheses": "round:\n    all: x = f(a,  # one\n  b\n\n# two\n)\n    all: y = (\n1)\noutput x\n",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(language: tree_sitter.Language, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree_of(language, text)
    assert mistakes(root) == []
    plain = tokens(text.replace("\r\n", "\n").expandtabs(4), monkeypatch)
    assert [kind for kind, _, _ in leaves(root)] == [kind for kind, _, _ in plain]


@pytest.mark.parametrize("text", ["", "\n", "# a", "# a\n    # b\n"])
def test_nothing_is_no_mistake(language: tree_sitter.Language, text: str) -> None:
    root = tree_of(language, text)
    assert mistakes(root) == [] and leaves(root) == []


def test_a_comment_belongs_to_the_block_that_it_stands_in(language: tree_sitter.Language) -> None:
    round_, comment, output = tree_of(
        language, "round:\n    all: x = 1\n    # in\n# out\noutput x\n"
    ).children
    assert [node.type for node in (round_, comment, output)] == ["round", "comment", "output"]
    assert [node.text for node in round_.children if node.type == "comment"] == [b"# in"]


# --- mistakes, edits --------------------------------------------------------------------------------------------

NEAR = 3
"""Lines around a mistake that may be lost with it."""


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/specs/bad/syntax").glob("*.alg")), ids=lambda path: path.stem
)
def test_a_mistake_breaks_only_lines_nearby(language: tree_sitter.Language, path: Path) -> None:
    text = path.read_text("latin-1")
    told = [int(line) for line in re.findall(r"# (?:error|warning): (\d+):", text)]
    assert [
        (first, last)
        for first, last in mistakes(tree_of(language, text))
        if not any(line - 1 <= first <= last <= line + NEAR for line in told)
    ] == []


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("    server: g = = mean(m)", "    server: g = = mean(m)"),
        ("    node -> server: q = C(e", "    node -> server: q = C(e"),
        ("    server: event S = subset(n, r)", "server: event S = "),
        ("    node - server: q = e", "- server"),
    ],
)
def test_a_mistake_is_shown(language: tree_sitter.Language, line: str, broken: str) -> None:
    before, after = "algorithm A\nround:\n    all: y = 1\n", "\n    all: x = 2\noutput x\n"
    root = tree_of(language, f"{before}{line}{after}")
    assert {first for first, _ in mistakes(root)} == {4}
    whole = [
        node.text.decode()
        for node in nodes_of(root)
        if node.type == "assign" and not node.has_error and node.text
    ]
    assert whole[0] == "y = 1" and whole[-1] == "x = 2"


@given(st.data())
def test_a_tree_after_edits_is_that_of_the_whole_text(
    language: tree_sitter.Language, data: st.DataObject
) -> None:
    text, parser = LANGUAGE_SPEC, tree_sitter.Parser(language)
    tree = parser.parse(text.encode())
    for _ in range(4):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        part = data.draw(
            st.sampled_from(["", "\n", "    ", "(", ")", "# ", "\n        x = 1", "if c:\n", "x", " ", ":"])
        )
        edited = text[:start] + part + text[end:]
        tree.edit(
            start,
            end,
            start + len(part),
            *(point(*place) for place in ((text, start), (text, end), (edited, start + len(part)))),
        )
        text, tree = edited, parser.parse(edited.encode(), tree)
    assert str(tree.root_node) == str(tree_of(language, text))


def point(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1
