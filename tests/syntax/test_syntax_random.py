"""Properties: printing and parsing undo each other; whatever is typed, the parser answers with diagnostics."""

from __future__ import annotations

from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse, parse_expression, parse_setting
from cablese.dsl.syntax.printer import print_expression, print_spec
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source
from hypothesis import given
from hypothesis import strategies as st
from syntax_tools import LANGUAGE_SPEC, expression_of, expressions, spec_of, specs

_WORDS = """
algorithm problem compressor param init round output guarantee equals invariant require all server node link
if else repeat event where when in of as at for drawing and or not true x g Q 1 0.5 1e-3
"""
_SIGNS = """( ) , ; : = == <= < + - * / ^ % ~ -> := ** # " ' [ . $ γ →"""
_PIECES = [
    *_WORDS.split(),
    *_SIGNS.split(),
    "\t",
    "\x00",
    "\u2028",
    "\n",
    "\n    ",
    "\n        ",
    " ",
    "\r\n",
]
_soup = st.lists(st.sampled_from(_PIECES), max_size=60).map(" ".join)
_tight_soup = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)


def _answers(text: str) -> None:
    """The text parses, or gets well-formed diagnostics; a text that parses survives printing."""
    source, bag = Source("t.alg", text), Bag()
    spec = parse(source, bag)
    for diagnostic in bag:
        assert diagnostic.code.startswith("E1")
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.span.source is source
    assert bool(bag) == ("error[" in render_all(bag))
    if not bag:
        _survives(spec)


def _survives(spec: nodes.Spec) -> None:
    printed = print_spec(spec)
    again = spec_of(printed)
    assert again == spec
    assert sorted(c.text for c in again.comments) == sorted(c.text for c in spec.comments)
    assert print_spec(again) == printed


@given(expressions)
def test_a_printed_expression_parses_to_itself(expr: nodes.Expr) -> None:
    assert expression_of(print_expression(expr)) == expr


@given(specs)
def test_a_printed_spec_parses_to_itself(spec: nodes.Spec) -> None:
    _survives(spec)


@given(st.text(max_size=200) | _soup | _tight_soup)
def test_any_text_gets_an_answer(text: str) -> None:
    _answers(text)


@given(st.text(max_size=60) | _soup)
def test_any_command_line_value_gets_an_answer(text: str) -> None:
    for read in (parse_expression, parse_setting):
        bag = Bag()
        assert (read(Source("--set", text), bag) is None) == bool(bag)


@given(
    st.lists(
        st.tuples(st.integers(0, len(LANGUAGE_SPEC)), st.integers(0, 12), st.sampled_from(["", *_PIECES])),
        min_size=1,
        max_size=4,
    )
)
def test_a_mutated_spec_gets_an_answer(cuts: list[tuple[int, int, str]]) -> None:
    text = LANGUAGE_SPEC
    for at, length, piece in cuts:
        text = text[:at] + piece + text[at + length :]
    _answers(text)


@given(st.permutations(LANGUAGE_SPEC.splitlines()), st.integers(1, 40))
def test_shuffled_lines_get_an_answer(lines: list[str], count: int) -> None:
    _answers("\n".join(lines[:count]))


_LOOSE_SPEC = LANGUAGE_SPEC.replace("server: g, c", "server:\n        g\n        c").replace(
    "    all: x = x0\n", "    all:\n        x = max(x0,\n        zeros)\n"
)


@given(
    st.dictionaries(st.integers(0, _LOOSE_SPEC.count("\n")), st.tuples(st.integers(-1, 14), st.booleans()))
)
def test_comments_anywhere_survive_printing(places: dict[int, tuple[int, bool]]) -> None:
    rows = []
    for i, row in enumerate(_LOOSE_SPEC.split("\n")):
        indent, blank = places.get(i, (-2, False))
        if indent >= 0:
            rows += [" " * indent + f"# alone {i}"] + [""] * blank
        rows.append(row + f"  # behind {i}" * (indent == -1))
    spec = spec_of("\n".join(rows))
    assert spec == spec_of(_LOOSE_SPEC)
    _survives(spec)
