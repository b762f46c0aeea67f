"""Bytes to text, close names, and the renderer."""

from __future__ import annotations

from collections.abc import Callable

import cablese
import pytest
from cablese.dsl.text.decode import decode
from cablese.dsl.text.diagnostics import Bag, Diagnostic, Label, SpecError
from cablese.dsl.text.nearest import nearest
from cablese.dsl.text.render import render, render_all
from cablese.dsl.text.source import NOWHERE, Source, Span


@pytest.mark.parametrize(
    "data",
    [b"a\nb", b"a\r\nb", b"a\rb", b"\xef\xbb\xbfa\nb"],
    ids=["unix", "windows", "old mac", "byte order mark"],
)
def test_newlines_and_a_byte_order_mark_are_accepted(data: bytes) -> None:
    assert decode("t.alg", data) == Source("t.alg", "a\nb")


@pytest.mark.parametrize(
    ("data", "offset", "line", "column"),
    [(b"ab\n\xe9t\xe9", 3, 2, 1), (b"\xef\xbb\xbfa\xff", 4, 1, 2), ("é\r\né".encode() + b"\x80", 6, 2, 2)],
)
def test_other_bytes_are_named_with_their_place(data: bytes, offset: int, line: int, column: int) -> None:
    with pytest.raises(SpecError) as caught:
        decode("t.alg", data)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E101"
    assert f"at offset {offset} (line {line})" in diagnostic.message
    assert (diagnostic.span.line, diagnostic.span.column) == (line, column)
    assert "UTF-8" in diagnostic.help
    assert f"t.alg:{line}:{column}" in render(diagnostic)


def test_a_utf16_file_is_recognised() -> None:
    with pytest.raises(SpecError) as caught:
        decode("t.alg", "algorithm X".encode("utf-16"))
    assert "UTF-16" in caught.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("compresor", "compressor"),
        ("parma", "param"),
        ("Param", "param"),
        ("gama", "gamma"),
        ("q", "Q"),
        ("x", None),
        ("momentum", None),
        ("", None),
        ("param", None),
        ("gam_ma", "gamma"),
        ("_q", "Q"),
    ],
)
def test_nearest(word: str, found: str | None) -> None:
    assert nearest(word, ["param", "compressor", "gamma", "Q", "g"]) == found


def test_nearest_does_not_depend_on_the_order_of_candidates() -> None:
    assert nearest("omegb", ["omegc", "omega"]) == nearest("omegb", ["omega", "omegc"]) == "omega"


# --- the renderer ------------------------------------------------------------------------------------------

_TEXT = "\n".join(
    [
        "round:",
        "    node: e = grad(x) - h",
        *["    # more"] * 7,
        "\tserver: g = g + mean(e)\t# tab",
        "    all: x = '漢字' + mean(e) + 'e\u0301'",
        "    all: " + " + ".join(f"term_{i}" for i in range(40)),
        "    end\x1b[31m here",
    ]
)


def _at(piece: str, text: str = _TEXT, name: str = "diana.alg") -> Span:
    start = text.index(piece)
    return Span(Source(name, text), start, start + len(piece))


_DIAGNOSTICS = {
    "two lines": Diagnostic(
        "E203",
        "`e` lives on each node; the server cannot read it",
        _at("(e)\t"),
        "read here by the server",
        (Label(_at("e = grad"), "one value per node, known only there"),),
        "send it first: `node -> server: q = Q(e)`, then `mean(q)`",
    ),
    "one line, many labels": Diagnostic(
        "E000",
        "a message",
        _at("mean(e)"),
        "third",
        (Label(_at("server"), "first"), Label(_at("g = g"), "second"), Label(_at("# tab"), "fourth")),
        "a remedy\non two lines",
    ),
    "wide and combining letters": Diagnostic("E000", "a message", _at(" 'e\u0301'"), "behind wide letters"),
    "an overlong line, its middle": Diagnostic("E000", "a message", _at("term_20"), "here"),
    "an overlong line, its start": Diagnostic("E000", "a message", _at("term_0"), "here"),
    "an overlong line, its end": Diagnostic("E000", "a message", _at("term_39"), "here"),
    "behind an overlong line": Diagnostic(
        "E000", "a message", Span(_at("term_39").source, _at("term_39").end, _at("term_39").end), "here"
    ),
    "several lines": Diagnostic("E000", "a message", _at(_TEXT[10:200]), "starts here"),
    "the end of the text": Diagnostic(
        "E000", "a message", Span(Source("diana.alg", _TEXT), len(_TEXT), len(_TEXT))
    ),
    "control characters": Diagnostic("E000", "a message", _at("here"), "no escape reaches the terminal"),
    "another source": Diagnostic(
        "E000", "a message", _at("mean"), "used", (Label(_at("Q", "Q=top_k", "--set"), "set"),)
    ),
    "no text at all": Diagnostic("E102", "a message", Span(Source("empty.alg", ""), 0, 0), help="a remedy"),
    "nowhere": Diagnostic("E000", "a message", NOWHERE),
}


def test_renderings(golden: Callable[[str, str], None]) -> None:
    parts = [f"--- {title}\n{render(diagnostic)}\n" for title, diagnostic in _DIAGNOSTICS.items()]
    golden("renderings.txt", "\n".join(parts))


def test_color_adds_codes_and_nothing_else(golden: Callable[[str, str], None]) -> None:
    colored = render(_DIAGNOSTICS["two lines"], color=True)
    golden("color.txt", colored.replace("\x1b", "<ESC>") + "\n")
    plain = colored
    for code in ("[1;31m", "[1;34m", "[1;36m", "[1m", "[0m"):
        plain = plain.replace(f"\x1b{code}", "")
    assert plain == render(_DIAGNOSTICS["two lines"])


def test_no_rendering_holds_a_control_character() -> None:
    shown = render_all(_DIAGNOSTICS.values())
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_the_bag_says_a_thing_once_and_in_the_order_of_the_text() -> None:
    late, early = (Diagnostic("E000", "m", _at(piece)) for piece in ("mean(e)", "round"))
    bag = Bag()
    for diagnostic in (late, early, late):
        bag.add(diagnostic)
    assert list(bag) == [early, late]
    assert len(bag) == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_newline_ends_a_line_of_a_text_from_python(newline: str) -> None:
    lines = (
        "algorithm A",
        "problem minimize",
        "init:",
        "    all: x = x0",
        "round:",
        "    all: y = q",
        "output x",
    )
    for text in (newline.join(lines) + newline, "\ufeff" + newline.join(lines)):
        (said,) = cablese.check(text)
        assert (said.code, said.span.line, said.span.column) == ("E201", 6, 14)
        assert said.span.source.line_text(6) == "    all: y = q"
