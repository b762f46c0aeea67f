"""Nodes to text: one canonical form that keeps comments and says the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_expression, print_spec, print_statement
from cablese.dsl.text.source import NOWHERE
from syntax_tools import LANGUAGE_SPEC, expression_of, name, round_of, spec_of

_HERE = Path(__file__).parent
_SHIPPED = sorted((_HERE.parent.parent / "algorithms").rglob("*.alg"))


def _lines(text: str) -> str:
    return print_spec(spec_of(text))


def test_a_messy_spec_becomes_canonical(golden: Callable[[str, str], None]) -> None:
    spec = spec_of((_HERE / "messy.alg").read_text("utf-8"))
    printed = print_spec(spec)
    golden("messy.alg", printed)
    again = spec_of(printed)
    assert again == spec
    assert again.comments == spec.comments
    assert print_spec(again) == printed


def test_the_spec_of_the_language_page_is_canonical_but_for_one_blank() -> None:
    assert _lines(LANGUAGE_SPEC) == LANGUAGE_SPEC.replace(" where", "where", 3)


@pytest.mark.parametrize("path", _SHIPPED, ids=[path.stem for path in _SHIPPED])
def test_a_shipped_spec_survives_printing(path: Path) -> None:
    spec = spec_of(path.read_text("utf-8"))
    assert spec_of(print_spec(spec)) == spec


def test_there_are_shipped_specs() -> None:
    assert len(_SHIPPED) >= 13


@pytest.mark.parametrize(
    "text",
    [
        "a + b * c",
        "(a + b) * c",
        "a - (b - c)",
        "a - b - c",
        "a / (b * c)",
        "a * b / c",
        "a^b^c",
        "(a^b)^c",
        "-x^2",
        "(-x)^2",
        "2^-3",
        "2^(a + b)",
        "2^-(a + b)",
        "-(a + b)",
        "-a * b",
        "a * -b",
        "--a",
        "not a == b",
        "(not a) == b",
        "not (a and b)",
        "a or b and c",
        "(a or b) and c",
        "a and (b and c)",
        "0 < p <= 1",
        "(0 < p) < 1",
        "f(a < b, k = a or b)",
        "a of b of c",
        "(a of b) of c",
        "f(a of b)",
        "-f(a)^2 + 1.50e-3",
        '"it\'s"',
        "'a \"quote\"'",
        "true",
    ],
)
def test_only_needed_parentheses_stay(text: str) -> None:
    expr = expression_of(text)
    assert print_expression(expr) == text
    assert print_expression(expression_of(f"(({text}))")) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (1e-8, "1e-8"),
        (1.5e300, "1.5e300"),
        (1e16, "1e16"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_numbers_without_a_spelling(value: int | float, text: str) -> None:
    assert print_expression(nodes.Number(value, NOWHERE)) == text


def test_a_number_keeps_its_spelling_only_while_it_is_that_number() -> None:
    number = expression_of("1e-3")
    assert isinstance(number, nodes.Number)
    assert print_expression(number) == "1e-3"
    assert print_expression(nodes.Number(2.0, number.span)) == "2.0"


def test_a_short_block_stays_on_the_line_of_its_role_while_it_fits() -> None:
    short, long = "x = " + "a" * 80, "x = " + "a" * 100
    assert f"    all: {short}\n" in _lines(f"round:\n    all:\n        {short}\n")
    assert f"    all:\n        {long}\n" in _lines(f"round:\n    all: {long}\n")


def test_a_message_that_does_not_fit_gets_a_line_for_each_value() -> None:
    items = [f"{letter} = " + "e" * 40 for letter in "qrs"]
    printed = _lines(f"round:\n    node -> server: {', '.join(items)}\n")
    assert printed == "round:\n    node -> server:\n" + "".join(f"        {item}\n" for item in items)


def test_a_blank_line_above_is_not_repeated_behind_a_semicolon() -> None:
    head = "algorithm T\nproblem minimize\n\ninit:\n    all: x = x0\n\n"
    spec = head + "    server: a = x0; b = zeros\n\nround:\n    all: x = x\n\noutput x\n"
    written = _lines(spec)
    assert "    server:\n        a = x0\n        b = zeros\n" in written
    assert _lines(written) == written


def test_blank_lines_are_kept_but_never_two_and_none_opens_a_block() -> None:
    printed = _lines("round:\n\n    all: x = 1\n\n\n    all: y = 1\n    all: z = 1\noutput x")
    assert printed == "round:\n    all: x = 1\n\n    all: y = 1\n    all: z = 1\n\noutput x\n"


def test_params_are_aligned_within_their_group() -> None:
    printed = _lines(
        "param a = 1 where a > 0\nparam long = 22\nparam b where b > 0\n\nparam c = 3 where c > 0\n"
    )
    assert printed == (
        "param a    = 1    where a > 0\n"
        "param long = 22\n"
        "param b           where b > 0\n"
        "\n"
        "param c = 3    where c > 0\n"
    )


def test_a_param_too_long_to_align_does_not_push_the_others() -> None:
    long = "1 + " * 25 + "1"
    printed = _lines(f"param a = 1 where a > 0\nparam b = {long} where b > 0\n")
    assert printed == f"param a = 1    where a > 0\nparam b = {long}    where b > 0\n"


def test_one_statement_without_its_comments() -> None:
    (branch,) = round_of("if c:  # why\n    node: e = f; g = h\nelse: x = 1\n")
    assert print_statement(branch) == ("if c:\n    node:\n        e = f\n        g = h\nelse:\n    x = 1")
    message = nodes.Message(
        nodes.Role(name("node"), name("S"), None, NOWHERE),
        nodes.Role(name("server"), None, None, NOWHERE),
        (nodes.Item(name("q"), name("e"), NOWHERE), nodes.Item(name("r"), None, NOWHERE)),
        NOWHERE,
    )
    assert print_statement(message) == "node in S -> server: q = e, r"


def test_a_spec_of_nothing_but_comments_keeps_them() -> None:
    spec = nodes.Spec((), (), NOWHERE)
    assert print_spec(spec) == ""
