"""Texts to nodes: every form of the language, precedence, blocks, comments, spans."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse, parse_expression, parse_setting
from cablese.dsl.syntax.printer import print_expression
from cablese.dsl.text.decode import decode
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import NOWHERE, Source
from syntax_tools import LANGUAGE_SPEC, expression_of, mistakes_of, name, round_of, spec_of


def _bare(expr: nodes.Expr) -> str:
    """An expression with all its parentheses."""
    match expr:
        case nodes.Binary():
            return f"({_bare(expr.left)} {expr.operator} {_bare(expr.right)})"
        case nodes.Unary():
            return f"({expr.operator} {_bare(expr.operand)})"
        case nodes.Comparison():
            parts = [_bare(expr.operands[0])]
            for operator, operand in zip(expr.operators, expr.operands[1:], strict=True):
                parts += [operator, _bare(operand)]
            return f"({' '.join(parts)})"
        case nodes.Compose():
            return f"({_bare(expr.outer)} of {_bare(expr.inner)})"
        case nodes.Over():
            return f"({_bare(expr.operand)} over {_bare(expr.family)})"
        case nodes.Index():
            return f"({_bare(expr.of)}[{_bare(expr.index)}])"
        case _:
            return print_expression(expr)


# --- expressions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a + b * c ^ d", "(a + (b * (c ^ d)))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c % d", "(((a / b) * c) % d)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("-x^2", "(- (x ^ 2))"),
        ("2^-3", "(2 ^ (- 3))"),
        ("2^-3^2", "(2 ^ (- (3 ^ 2)))"),
        ("-a * b", "((- a) * b)"),
        ("a * -b", "(a * (- b))"),
        ("a - -b", "(a - (- b))"),
        ("a or b and not c", "(a or (b and (not c)))"),
        ("not a == b", "(not (a == b))"),
        ("0 < p <= 1", "(0 < p <= 1)"),
        ("a + 1 < b and c != d", "(((a + 1) < b) and (c != d))"),
        ("(a < b) < c", "((a < b) < c)"),
        ("f(a)^2", "(f(a) ^ 2)"),
        ("a of b of c", "(a of (b of c))"),
        ("(a of b) of c", "((a of b) of c)"),
        ("((a))", "a"),
    ],
)
def test_precedence(text: str, tree: str) -> None:
    assert _bare(expression_of(text)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("007", 7),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e-3", 1e-3),
        ("1e3", 1000.0),
        ("1.5E+2", 150.0),
    ],
)
def test_numbers(text: str, value: int | float) -> None:
    number = expression_of(text)
    assert isinstance(number, nodes.Number)
    assert number.value == value
    assert type(number.value) is type(value)


def test_calls_strings_and_truth() -> None:
    call = expression_of('logreg(x, data = "a\'9a", l2 = 1e-3, on = true)')
    assert isinstance(call, nodes.Call)
    assert call.function == name("logreg")
    assert call.arguments == (name("x"),)
    values = {keyword.name.id: keyword.value for keyword in call.keywords}
    assert values["data"] == nodes.Text("a'9a", NOWHERE)
    assert values["on"] == nodes.Boolean(True, NOWHERE)
    assert expression_of("f()") == nodes.Call(name("f"), (), (), NOWHERE)


def test_words_of_the_language_are_names_where_no_word_can_stand() -> None:
    (param,) = spec_of("param p = where(c, a, b) + rounds where where(c, a, b) > 0").lines
    assert isinstance(param, nodes.Param)
    assert param.default is not None and print_expression(param.default) == "where(c, a, b) + rounds"
    assert param.condition is not None and print_expression(param.condition) == "where(c, a, b) > 0"
    (assign,) = round_of("where, in, at = of, for, as")
    assert isinstance(assign, nodes.Assign)
    assert [target.id for target in assign.targets] == ["where", "in", "at"]


def test_a_word_is_not_read_from_the_start_of_a_name() -> None:
    assert expression_of("orb + android + notx + iffy + truex") is not None
    assert mistakes_of("round: all: x = a orb")[0].span.text == "orb"


# --- lines of a spec ---------------------------------------------------------------------------------------


def test_the_spec_of_the_language_page() -> None:
    spec = spec_of(LANGUAGE_SPEC)
    kinds = [type(line).__name__ for line in spec.lines]
    assert " ".join(kinds) == (
        "Algorithm Problem Compressor Param Param Param Init Round Output Guarantee Equals Equals"
    )
    init, round_ = spec.lines[6:8]
    assert isinstance(init, nodes.Init) and len(init.body) == 3
    assert isinstance(round_, nodes.Round)
    *_, branch = round_.body
    assert isinstance(branch, nodes.If)
    assert len(branch.then) == 2 and len(branch.otherwise) == 4
    message = branch.otherwise[2]
    assert isinstance(message, nodes.Message)
    assert message.sender.members == name("S") and message.receiver.name == name("server")
    assert spec.unparsed_names == frozenset()


def test_windows_newlines_a_mark_and_a_missing_last_newline_change_nothing() -> None:
    text = LANGUAGE_SPEC.rstrip("\n")
    source = decode("t.alg", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    bag = Bag()
    assert parse(source, bag) == spec_of(LANGUAGE_SPEC)
    assert not bag
    assert parse(Source("t.alg", text.replace("\n", "\r\n")), bag) == spec_of(LANGUAGE_SPEC)
    assert not bag


def test_header_lines() -> None:
    lines = spec_of(
        "algorithm A\n"
        "problem vi on graph\n"
        "compressor C: any\n"
        "compressor D: contractive = quantize(s = 4) of top_k(k = 100)\n"
        "param b\n"
        "param c where c > 0\n"
        "require a < b and c\n"
        "output average(x, w)\n"
        "invariant H == mean(h)\n"
    ).lines
    algorithm, problem, bare, composed, b, c, require, output, invariant = lines
    assert isinstance(algorithm, nodes.Algorithm) and algorithm.source is None
    assert isinstance(problem, nodes.Problem) and problem.on_graph
    assert isinstance(bare, nodes.Compressor) and bare.default is None
    assert isinstance(composed, nodes.Compressor) and isinstance(composed.default, nodes.Compose)
    assert isinstance(b, nodes.Param) and b.default is None and b.condition is None
    assert isinstance(c, nodes.Param) and c.default is None and c.condition is not None
    assert isinstance(require, nodes.Require)
    assert isinstance(output, nodes.Output) and isinstance(output.value, nodes.Call)
    assert isinstance(invariant, nodes.Invariant) and invariant.left == name("H")


def test_theory_lines() -> None:
    text = (
        'guarantee "T" for smooth, pl when a <= b and c: average(f) <= 2 * g\n'
        "equals B(a = e, Q = C) when p = 1, S = everyone and c = true drawing m = D and l = E at rounds = H + 1\n"
        "equals GD\n"
    )
    guarantee, law, bare = spec_of(text).lines
    assert isinstance(guarantee, nodes.Guarantee)
    assert [kind.id for kind in guarantee.classes] == ["smooth", "pl"]
    assert guarantee.condition is not None and print_expression(guarantee.condition) == "a <= b and c"
    assert print_expression(guarantee.left) == "average(f)" and print_expression(guarantee.right) == "2 * g"
    assert isinstance(law, nodes.Equals)
    assert [keyword.name.id for keyword in law.arguments] == ["a", "Q"]
    assert [keyword.name.id for keyword in law.bindings] == ["p", "S", "c"]
    assert [keyword.name.id for keyword in law.drawing] == ["m", "l"]
    assert law.rounds is not None and print_expression(law.rounds) == "H + 1"
    assert isinstance(bare, nodes.Equals) and bare.rounds is None and bare.bindings == ()


# --- statements and blocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("node: a = e; b = f", "node:\n    a = e\n    b = f"),
        ("node: a = e;", "node: a = e"),
        ("node: a = e; event c ~ bernoulli(p)", "node:\n  a = e\n  event c ~ bernoulli(p)"),
        ("node -> server: q = e, r", "node -> server:\n    q = e\n    r"),
        ("node -> server: q = e, r = f", "node -> server:\n    q = e, r = f"),
        ("node -> server: q = e; r", "node -> server: q = e, r"),
        ("if c: node: a = e", "if c:\n    node:\n        a = e"),
        ("if c: a = e\nelse: b = f", "if c:\n  a = e\nelse:\n  b = f"),
        ("repeat H as t: node -> server: q = t", "repeat H as t:\n    node -> server:\n        q = t"),
        ("all: x = f(a,\n  b)", "all: x = f(a, b)"),
        ("all: x = f(a, # why\n# more\n\nb)", "all: x = f(a, b)"),
    ],
)
def test_blocks_below_and_behind_the_colon_are_the_same(one: str, other: str) -> None:
    assert round_of(one) == round_of(other)


def test_roles() -> None:
    text = "node in who(q) when a > b -> server: q = e\nserver -> node in S: u = e\nlink in S: h = q\n"
    first, second, third = round_of(text)
    assert (
        isinstance(first, nodes.Message)
        and first.sender.members is not None
        and first.sender.condition is not None
    )
    assert isinstance(second, nodes.Message) and second.receiver.members == name("S")
    assert isinstance(third, nodes.Place) and third.role.members == name("S") and third.role.condition is None


def test_the_counter_and_the_branches_of_a_round() -> None:
    (line,) = spec_of(
        "round k:\n    if a:\n        if b: x = 1\n        else: x = 2\n    else: x = 3\n"
    ).lines
    assert isinstance(line, nodes.Round) and line.counter == name("k")
    (outer,) = line.body
    assert isinstance(outer, nodes.If) and len(outer.otherwise) == 1
    (inner,) = outer.then
    assert isinstance(inner, nodes.If) and len(inner.otherwise) == 1


def test_comments_are_kept_and_say_whether_they_stand_alone() -> None:
    spec = spec_of("# top\nround: # why\n    all: x = '#' # what\n\n      # deep\n")
    assert [(comment.text, comment.alone) for comment in spec.comments] == [
        ("# top", True),
        ("# why", False),
        ("# what", False),
        ("# deep", True),
    ]
    assert [comment.span.text for comment in spec.comments] == [comment.text for comment in spec.comments]


def _expressions(node: object) -> list[nodes.Expr]:
    """Every expression below a node."""
    found: list[nodes.Expr] = [node] if isinstance(node, nodes.Expr) else []
    for slot in getattr(node, "__slots__", ()):
        value = getattr(node, slot)
        for child in value if isinstance(value, tuple) else (value,):
            found += _expressions(child) if hasattr(child, "span") else []
    return found


def test_a_span_holds_the_text_of_its_node() -> None:
    found = [expr for line in spec_of(LANGUAGE_SPEC).lines for expr in _expressions(line)]
    assert len(found) > 100
    for expr in found:
        assert expression_of(expr.span.text) == expr
        if isinstance(expr, nodes.Binary):
            assert expr.operator_span.text == expr.operator


def test_spans_of_statements_reach_from_their_first_to_their_last_sign() -> None:
    text = "round:\n    if c:\n        a = 1\n    else:\n        b = (2)  # no\n    node -> server: q\n"
    (line,) = spec_of(text).lines
    assert line.span.text == text.rstrip("\n")
    assert isinstance(line, nodes.Round)
    assert line.body[0].span.text.endswith("b = (2)")
    assert line.body[1].span.text == "node -> server: q"


# --- the command line --------------------------------------------------------------------------------------


def test_a_setting() -> None:
    bag = Bag()
    setting = parse_setting(Source("--set", " Q = rand_k(k = 10) "), bag)
    assert not bag
    assert setting is not None and setting.name.id == "Q" and isinstance(setting.value, nodes.Call)


@pytest.mark.parametrize(
    "text", ["", "  ", "gamma", "gamma = ", "gamma == 1", "1 = 2", "a = 1\nb = 2", "a = f("]
)
def test_what_is_no_setting_gets_one_diagnostic(text: str) -> None:
    bag = Bag()
    assert parse_setting(Source("--set", text), bag) is None
    assert len(bag) == 1


@pytest.mark.parametrize("text", ["", "# nothing", "a = 1", "a b", "f(", "a)", "a\nb", "x; y"])
def test_what_is_no_expression_gets_one_diagnostic(text: str) -> None:
    bag = Bag()
    assert parse_expression(Source("--problem", text), bag) is None
    assert len(bag) == 1


# --- size and speed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "x = " + "(" * 5_000 + "a" + ")" * 5_000,
        "x = " + "-" * 50_000 + "a",
        "x = " + "not " * 8_000 + "a",
        "x = a" + " + a" * 8_000,
        "x = a" + "^a" * 8_000,
        "x = a" + " of a" * 8_000,
        "x = " + "f(" * 70 + "a" + ")" * 70,
        "x = " + "1" * 100_000,
        "\n".join(" " * i + "if c:" for i in range(2_000)),
        "\n".join(" " * i + "x = 1" for i in range(2_000)),
        "\n".join("x = f(" for _ in range(2_000)),
        ")" * 50_000,
        "'" * 50_001,
    ],
    ids=lambda text: text[:12].strip() + "...",
)
def test_any_depth_is_answered_by_diagnostics_in_time(text: str) -> None:
    start = time.process_time()
    assert mistakes_of(text)
    assert time.process_time() - start < 5


def test_an_expression_as_deep_as_allowed_survives_recursion() -> None:
    deep = "(" * 60 + "a" + " + b)" * 60
    assert expression_of(print_expression(expression_of(deep))) == expression_of(deep)


def test_parsing_takes_time_in_proportion_to_the_text() -> None:
    """A law, not a speed: four times the lines take about four times as long, however slow the machine is."""

    def seconds(lines: int) -> float:
        text = LANGUAGE_SPEC * (lines // LANGUAGE_SPEC.count("\n") + 1)
        found = []
        for _ in range(3):
            start = time.process_time()
            spec_of(text)
            found.append(time.process_time() - start)
        return min(found)

    spec_of(LANGUAGE_SPEC)
    assert seconds(2_000) < 10 * seconds(500)


def test_a_spec_is_read_without_lark() -> None:
    code = "import sys, cablese.dsl.syntax.nodes, cablese.dsl.syntax.parse; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tab_is_a_blank_on_the_command_line() -> None:
    assert expression_of("\ta +\tb") == expression_of("a + b")
