"""Each mistake gets one diagnostic with its code, its culprit and a remedy; several get several, in order."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from cablese.dsl.syntax import nodes, sign_errors, text_errors, word_errors
from cablese.dsl.syntax.parse import parse, parse_expression
from cablese.dsl.text.diagnostics import Bag, Diagnostic
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source
from syntax_tools import LANGUAGE_SPEC, mistakes_of, spec_of

# a line, its code, the characters that are underlined, and what the help (or else the message) says
_LINES = [
    # the line and its blocks
    ("if c", "E113", "", "`if c:`"),
    ("round k", "E113", "", "`round k:`"),
    ("node", "E113", "", "`node:`"),
    ("node g = 3", "E113", "", "`node:`"),
    ("if c x = 1", "E113", "", "`if c:`"),
    ("node -> server", "E113", "", "`node -> server:`"),
    ("server -> all g", "E113", "", "`server -> all:`"),
    ("repeat 3 as t x = 1", "E113", "", "`repeat 3 as t:`"),
    ("if a and aaaaaaaaaaaaaaaaaaaaaa and bbbbbbbbbbbbbbbbbbbb", "E113", "", "`if …:`"),
    ("elif c:", "E118", "elif", "`else:`"),
    ("elif c > 1: x = 1", "E118", "elif", "`else:`"),
    ("else if c:", "E118", "else if", "`else:`"),
    # parentheses, strings, characters
    ("x = (a", "E107", "(", "`)`"),
    ("x = f(a, (b)", "E107", "(", "`)`"),
    ("x = a)", "E108", ")", "`(`"),
    ('x = "abc', "E109", '"', '`"`'),
    ("x = 'abc", "E109", "'", "`'`"),
    ("x = γ * 2", "E110", "γ", "`gamma`"),
    ("x = a ≤ b", "E110", "≤", "`<=`"),
    ("node → server: q = e", "E110", "→", "`->`"),
    ("x = 3 $ 4", "E110", "$", "remove it"),
    ("x[0] = 3", "E110", "[", "no other value has an index"),
    ("x.T = 3", "E110", ".", "`x_i`"),
    ("x = a\x00", "E110", "\x00", "remove it"),
    ("x = 1e999", "E112", "1e999", "1.8e308"),
    ("x = " + "9" * 400, "E112", "9" * 400, "2^53"),
    ("x = 9007199254740993", "E112", "9007199254740993", "2^53"),
    ("x = 1e400", "E112", "1e400", "1.8e308"),
    ("x = " + "-" * 101 + "a", "E111", "x = " + "-" * 101 + "a", "names"),
    # signs
    ("x := 3", "E116", ":=", "`=`"),
    ("param p := 3", "E116", ":=", "`=`"),
    ("x <- 3", "E116", "<-", "`node -> server"),
    ("x = y ** 2", "E116", "**", "`a ^ b`"),
    ("x += 1", "E116", "+=", "`a = a + e`"),
    ("x = a && b", "E116", "&&", "`and`"),
    ("x = !b", "E116", "!", "`not`"),
    ("x = a <> b", "E116", "<>", "`!=`"),
    ("x = a => b", "E116", "=>", "`>=`"),
    ("if c = 1: x = 2", "E114", "=", "`==`"),
    ("if x == 1 and y = 2: x = 2", "E114", "=", "`==`"),
    ("param p = 1 where p = 0", "E114", "=", "`==`"),
    ("require x = 3", "E114", "=", "`==`"),
    ("invariant H = mean(h)", "E114", "=", "`==`"),
    ("x == 3", "E115", "==", "`x = …`"),
    ("param p == 3", "E115", "==", "`p = …`"),
    ("node -> server: q == e", "E115", "==", "`q = …`"),
    ("equals GD when p == 1", "E115", "==", "`p = …`"),
    ("a = b = c", "E115", "=", "two assignments"),
    ("a = b, c = d", "E115", "=", "`a = b; c = d`"),
    ("x = f(a, , b)", "E122", ",", "remove it"),
    ("x = f(a,)", "E122", ",", "remove it"),
    ("x = f(, a)", "E122", ",", "remove it"),
    ("a, = 3", "E122", ",", "remove it"),
    ("x = 3,", "E122", ",", "remove it"),
    # expressions
    ("x =", "E121", "", "after `=`"),
    ("x = a +", "E121", "", "after `+`"),
    ("x = a + * b", "E121", "*", "between `+` and `*`"),
    ("x = (a + )", "E121", ")", "between `+` and `)`"),
    ("x = ()", "E121", ")", "between `(` and `)`"),
    ("output", "E121", "", "after `output`"),
    ("node when -> server: q = e", "E121", "->", "between `when` and `->`"),
    ("x = +3", "E121", "+", "leave the `+`"),
    ("x = 2x", "E123", "2x", "`2 * x`"),
    ("x = 2 (a + b)", "E123", "2 (", "`2 * (…)`"),
    ("x = (a)(b)", "E123", ")(", "`(…) * (…)`"),
    ("x = f(a b)", "E123", "a b", "operator"),
    ("x = 1 2", "E123", "1 2", "operator"),
    ("if a b: x = 1", "E123", "a b", "operator"),
    ("x = a if c else b", "E123", "if", "`where(c, a, b)`"),
    ("x = f(a = 1, b)", "E128", "b", "front"),
    ("a, b = 3", "E129", "a, b = 3", "`a, b = e, f`"),
    ("a = 3, 4", "E129", "a = 3, 4", "1 name to the left"),
    ("grad(x)", "E131", "grad(", "`a = grad(…)`"),
    ("x + 1", "E131", "x +", "`a = x + …`"),
    ("grad(x) = 3", "E131", "grad(", "`a = e`"),
    # words
    ("compresor Q: unbiased", "E120", "compresor", "`compressor`"),
    ("parm gamma = 1 / L", "E120", "parm", "`param`"),
    ("rond k:", "E120", "rond", "`round`"),
    ("rond:", "E120", "rond", "`round`"),
    ("nod: a = 3", "E120", "nod", "`node`"),
    ("workers: a = 3", "E120", "workers", "`node`"),
    ("master -> workers: a = 3", "E120", "master", "`server`"),
    ("node in S -> sever: a = 3", "E120", "sever", "`server`"),
    ("gamma: real = 3", "E120", "gamma", "`gamma = e`"),
    ("param p = 1 wher p > 0", "E120", "wher", "`where`"),
    ("equals GD when p = 1 at round = H", "E120", "round", "`rounds`"),
    ("output = 3", "E126", "output", "`output_`"),
    ("and = 3", "E126", "and", "`and_`"),
    ("event if ~ bernoulli(p)", "E126", "if", "`if_`"),
    ("def f(x):", "E117", "def", "no functions"),
    ("for i in nodes:", "E117", "for", "`repeat H:`"),
    ("while x < 3:", "E117", "while", "`repeat H:`"),
    ("while:", "E117", "while", "`repeat H:`"),
    ("repeat 10 while e:", "E117", "while", "put the condition inside"),
    ("repeat until e:", "E117", "until", "put the condition inside"),
    ("import numpy", "E117", "import", "imports nothing"),
    ("return x", "E117", "return", "`output x`"),
    ("pass", "E117", "pass", "leave"),
    # messages, draws, compressors
    ("-> server: q = e", "E119", "->", "its sender"),
    ("node ->: q = e", "E119", "->", "its receiver"),
    ("node ->", "E119", "->", "its receiver"),
    ("node > server: q = e", "E119", ">", "the arrow"),
    ("node - > server: q = e", "E119", "-", "the arrow"),
    ("node => server: q = e", "E119", "=>", "the arrow"),
    ("node to server: q = e", "E119", "to", "the arrow"),
    ("node server: q = e", "E119", "server", "the arrow"),
    ("node -> server: grad(x)", "E119", "(", "a name"),
    ("node -> server: 3", "E119", "3", "a name"),
    ("event c = bernoulli(p)", "E127", "=", "`event c ~ "),
    ("c ~ bernoulli(p)", "E127", "c ~", "`event c ~ "),
    ("event c", "E127", "", "`event c ~ "),
    ("sample B ~ minibatch(b)", "E127", "sample B ~", "`event B ~ "),
    ("event c ~ bernoulli", "E127", "", "`event c ~ "),
    ("event c ~ 3", "E127", "3", "`event c ~ "),
    ("compressor Q = rand_k(k = 1)", "E130", "=", "`compressor Q: unbiased"),
    ("compressor Q: rand_k(k = 1)", "E130", "rand_k", "`compressor Q: unbiased"),
    ("compressor Q", "E130", "", "`compressor Q: unbiased"),
    # whatever else
    ("3 = x", "E125", "3", "`a = e`"),
    ("problem", "E125", "", "`problem minimize`"),
    ("problem minimize in graph", "E125", "in", "`problem minimize`"),
    ('algorithm MARINA "foo"', "E125", '"foo"', "`algorithm NAME"),
    ("guarantee for smooth: a <= b", "E125", "for", "`guarantee"),
    ('guarantee "T" for smooth: a < b', "E125", "<", "`guarantee"),
    ("repeat 3 as: x = 1", "E125", ":", "`repeat H as t:`"),
    ("output x, y", "E125", ",", "`output x`"),
    ("invariant H", "E125", "", "`invariant H == mean(h)`"),
]

# a text of several lines, its code, line and column, what the help (or else the message) says
_TEXTS = [
    ("", "E102", 1, 1, "cablese list algorithms"),
    ("# nothing\n\n", "E102", 1, 1, "cablese list algorithms"),
    ("round:\n\tall: x = 1\n\tall: y = 1\n", "E103", 2, 1, "four spaces"),
    (" output x\n", "E104", 1, 1, "align"),
    ("output x\n  output y\n", "E104", 2, 1, "align"),
    ("round:\n    all: x = 1\n        y = 2\n", "E104", 3, 1, "align"),
    ("round:\n    all:\n        x = 1\n      y = 2\n", "E105", 4, 1, "align"),
    ("round:\noutput x\n", "E106", 1, 1, "indented"),
    ("round:\n    node -> server:\noutput x\n", "E106", 2, 5, "indented"),
    ("output f(\n    a,\n", "E107", 1, 9, "`)`"),
    ("output f(a\nparam b\n", "E107", 1, 9, "`)`"),
    ("round:\n    if (c:\n        all: x = 1\n", "E107", 2, 8, "`)`"),
    ("round:\n    all: x = f(a\n    all: y = 2\n", "E107", 2, 15, "`)`"),
    ("round:\n    else:\n        all: x = 1\n", "E118", 2, 5, "`if`"),
    ("round:\n    if c: all: x = 1\n    all: y = 1\n    else: all: x = 1\n", "E118", 4, 5, "`if`"),
    ("if c: x = 1\n", "E124", 1, 1, "`round:`"),
    ("node -> server: q = e\n", "E124", 1, 1, "`round:`"),
    ("round:\n    param x = 3\n    all: x = 1\n", "E124", 2, 5, "left margin"),
    ("round:\n    init:\n        all: x = 1\n    all: x = 1\n", "E124", 2, 5, "left margin"),
    ("round:\n    node -> server:\n        q = e\n        server: x = 1\n", "E125", 4, 15, "`q = e`"),
]
_STAIRS = "".join(" " * i + "if c:\n" for i in range(60))


def _says(diagnostic: Diagnostic, fragment: str) -> bool:
    return fragment in diagnostic.help or fragment in diagnostic.message


def _in_a_round(line: str) -> str:
    """A statement where it may stand; a spec's own line as it is."""
    alone = (
        "param",
        "output =",
        "problem",
        "compressor",
        "algorithm",
        "guarantee",
        "invariant",
        "equals",
        "require",
    )
    return (
        line
        if line.startswith((*alone, "output", "round", "rond", "parm", "compresor"))
        else f"round: {line}"
    )


@pytest.mark.parametrize(
    ("line", "code", "culprit", "fragment"), _LINES, ids=[line[:40] for line, *_ in _LINES]
)
def test_a_line(line: str, code: str, culprit: str, fragment: str) -> None:
    text = "round:\n    all: z = 1\n" + f"    {line}\n" if "round:" in _in_a_round(line) else line
    found = [d for d in mistakes_of(text) if d.code != "E106"]
    assert [d.code for d in found] == [code]
    assert found[0].span.text == culprit
    assert _says(found[0], fragment)


@pytest.mark.parametrize(("text", "code", "line", "column", "fragment"), _TEXTS)
def test_a_text(text: str, code: str, line: int, column: int, fragment: str) -> None:
    (found,) = mistakes_of(text)
    assert (found.code, found.span.line, found.span.column) == (code, line, column)
    assert _says(found, fragment)


def test_blocks_beyond_the_limit_are_passed_over() -> None:
    found = mistakes_of("round:\n" + textwrap.indent(_STAIRS, " ") + "output x y\n")
    assert [(d.code, d.span.line) for d in found] == [("E111", 42), ("E123", 62)]


_LOOPS = "round:\n" + "".join(" " * i + "repeat 2:\n" for i in range(1, 19)) + " " * 20 + "all: x = 1\n"


def test_loops_beyond_the_limit_are_told_once_at_the_loop_that_holds_too_many() -> None:
    assert [(d.code, d.span.line) for d in mistakes_of(_LOOPS)] == [("E111", 3)]
    assert not mistakes_of(_LOOPS.replace(" repeat 2:\n  repeat 2:\n", ""))


def test_every_kind_of_mistake_of_the_catalogue_is_made_above(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {
        (module, title)
        for module in (text_errors, sign_errors, word_errors)
        for title, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
    }
    made: set[str] = set()

    def recorder(title: str, function: Callable[..., Diagnostic]) -> Callable[..., Diagnostic]:
        def record(*arguments: object) -> Diagnostic:
            made.add(title)
            return function(*arguments)

        return record

    for module, title in kinds:
        monkeypatch.setattr(module, title, recorder(title, getattr(module, title)))
    for line, *_ in _LINES:
        mistakes_of(line)
    for text, *_ in _TEXTS:
        mistakes_of(text)
    mistakes_of(_STAIRS)
    mistakes_of(_LOOPS)
    for value in ("", "a\nb"):
        parse_expression(Source("--set", value), Bag())
    assert {title for _, title in kinds} - made == set()


# --- several mistakes --------------------------------------------------------------------------------------

_MANY = (Path(__file__).parent / "many_mistakes.alg").read_text("utf-8")


def test_all_independent_mistakes_are_reported(golden: Callable[[str, str], None]) -> None:
    golden("many_mistakes.txt", render_all(mistakes_of(_MANY)) + "\n")


def test_what_parsed_is_returned_and_what_did_not_is_named() -> None:
    bag = Bag()
    spec = parse(
        Source(
            "t.alg", "param a = 1\nparam b = = 2\nround:\n    all: x = a\n    all: y = (z\n    all: w = x\n"
        ),
        bag,
    )
    assert len(bag) == 2
    assert spec.lines[0] == spec_of("param a = 1").lines[0]
    assert spec.lines[1] == spec_of("round:\n    all: x = a\n    all: w = x").lines[0]
    assert {"b", "y"} <= spec.unparsed_names
    assert not {"a", "x", "w", "z"} & spec.unparsed_names


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("if c = 1:", "if true:"),
        ("repeat 2 3 as t:", "repeat 1:"),
        ("nodes:", "node:"),
        ("sever::", "server:"),
    ],
)
def test_the_block_below_a_broken_opener_stays(broken: str, meant: str) -> None:
    bag = Bag()
    text = "round:\n    {}\n        all: x = 2{}\n        all: y = 1\n    all: w = 1\n"
    spec = parse(Source("t.alg", text.format(broken, " +")), bag)
    assert [d.span.line for d in bag] == [2, 3]
    assert spec.lines == spec_of(text.format(meant, "").replace("        all: x = 2\n", "")).lines
    assert "x" in spec.unparsed_names and not {"y", "w"} & spec.unparsed_names


def test_a_broken_condition_keeps_both_ways_and_a_broken_title_its_block() -> None:
    text = (
        "setup:\n    all: x = 1\nround $:\n    if c =:\n        all: y = 1\n    else ::\n        all: z = 3\n"
    )
    spec = parse(Source("t.alg", text), Bag())
    meant = "init:\n    all: x = 1\nround:\n    if true:\n        all: y = 1\n    else:\n        all: z = 3\n"
    assert spec.lines == spec_of(meant).lines


def test_the_block_below_a_line_that_opens_nothing_known_is_read_for_its_mistakes_and_lost() -> None:
    bag = Bag()
    text = "round:\n    while c:\n        all: x = 2 +\n        all: y = 1\n    all: w = 1\n"
    spec = parse(Source("t.alg", text), bag)
    assert [d.code for d in bag] == ["E117", "E121"]
    assert {"x", "y"} <= spec.unparsed_names
    assert spec.lines == spec_of("round:\n    all: w = 1\n").lines


def test_a_lost_branch_does_not_orphan_its_else() -> None:
    assert [
        d.code for d in mistakes_of("round:\n    if c d:\n        all: x = 1\n    else: all: x = 2\n")
    ] == ["E123"]


def test_a_missing_colon_costs_nothing_else() -> None:
    bag = Bag()
    spec = parse(Source("t.alg", LANGUAGE_SPEC.replace("if c:", "if c").replace("round:", "round")), bag)
    assert [d.code for d in bag] == ["E113", "E113"]
    assert spec == spec_of(LANGUAGE_SPEC)


def test_tabs_are_reported_once_with_their_number() -> None:
    bag = Bag()
    spec = parse(Source("t.alg", LANGUAGE_SPEC.replace("    ", "\t")), bag)
    assert [d.code for d in bag] == ["E103"]
    assert "15 more lines" in next(iter(bag)).note
    assert spec == spec_of(LANGUAGE_SPEC)


def test_one_unclosed_parenthesis_does_not_swallow_the_rest() -> None:
    text = LANGUAGE_SPEC.replace("x0", "(x0", 1).replace("node in S ->", "node in S - >")
    assert [(d.code, d.span.line) for d in mistakes_of(text)] == [("E107", 10), ("E119", 26)]


def test_errors_do_not_depend_on_the_order_of_sets() -> None:
    shown = {render_all(mistakes_of(_MANY)) for _ in range(3)}
    assert len(shown) == 1


def test_statements_of_a_message_are_items() -> None:
    (line,) = spec_of("round:\n    server -> all:\n        g = e\n        c\n").lines
    assert isinstance(line, nodes.Round)
    (message,) = line.body
    assert isinstance(message, nodes.Message) and [item.value is None for item in message.items] == [
        False,
        True,
    ]
