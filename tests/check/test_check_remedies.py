"""What the help of an error advises is tried: with it the spec has no mistake."""

from __future__ import annotations

import pytest
from cablese.dsl.pipeline import diagnose_spec
from cablese.dsl.text.diagnostics import Severity
from cablese.dsl.text.source import Source
from cablese.runtime.library import diagnose
from check_tools import REGISTRY, checked, codes_of, spec_with


def help_of(text: str) -> str:
    """The help of a spec's one mistake."""
    _, (said,) = checked(text)
    return said.help


def advised(text: str, place: int = 0) -> str:
    """What a help puts between backquotes."""
    return help_of(text).split("`")[2 * place + 1]


@pytest.mark.parametrize(
    ("contract", "written", "instead"),
    [
        ("contractive", "rand_k(k = 3)", "rand_k(k = 3, scaled = false)"),
        ("contractive", "rand_k(k = 3, scaled = true)", "rand_k(k = 3, scaled = false)"),
        ("contractive", "top_k(k = 1) of rand_k(k = 3)", "top_k(k = 1) of rand_k(k = 3, scaled = false)"),
        ("unbiased", "rand_k(k = min(d, 3), scaled = false)", "rand_k(k = min(d, 3), scaled = true)"),
    ],
)
def test_a_switch_that_makes_the_class_is_named(contract: str, written: str, instead: str) -> None:
    body = "node -> server: m = C(grad(x))"
    assert advised(spec_with(body, head=f"compressor C: {contract} = {written}")) == instead
    assert codes_of(spec_with(body, head=f"compressor C: {contract} = {instead}")) == []


def test_an_unbiased_one_may_be_divided() -> None:
    body = "node -> server: m = C(grad(x))"
    for written, instead in (
        ("natural()", "natural() / (1 + omega)"),
        ("natural() of rand_k(k = 3, scaled = true)", "natural() of rand_k(k = 3, scaled = false)"),
    ):
        assert advised(spec_with(body, head=f"compressor C: contractive = {written}")) == instead
        assert codes_of(spec_with(body, head=f"compressor C: contractive = {instead}")) == []
    assert codes_of(spec_with(body, head="compressor C: any = top_k(k = 1) / (1 + omega)")) == ["E405"]
    assert codes_of(spec_with(body, head="compressor C: any = natural() / 2")) == ["E402"]
    assert codes_of(spec_with(body, head="compressor C: any = natural() / (1 + delta)")) == ["E402"]


def test_figures_of_any_are_those_of_what_is_bound() -> None:
    body = "node -> server: m = C(grad(x))"
    for figure, written, codes in (
        ("omega", "natural()", []),
        ("delta", "top_k(k = 3)", []),
        ("delta", "natural()", ["E406"]),
        ("omega", "top_k(k = 3)", ["E406"]),
    ):
        head = f"compressor C: any = {written}\nparam b = {figure}(C)"
        assert codes_of(spec_with(f"{body}\nall: x = x / b", head=head)) == codes, (figure, written)


def test_a_method_is_named_where_no_switch_helps() -> None:
    said = help_of(spec_with("node -> server: m = C(grad(x))", head="compressor C: unbiased = top_k(k = 3)"))
    assert said == "see EF21, which takes contractive ones"


@pytest.mark.parametrize(
    "line", ["x = x0, c = zeros", "y = max(1, 2); x = x0, c = zeros + 1", "x = min(1, 2) * x0, c = zeros"]
)
def test_two_statements_parted_by_a_comma(line: str) -> None:
    remedy = advised(spec_with("all: y = x", init=f"all: {line}"), 1)
    assert codes_of(spec_with("all: y = x + c", init=f"all: {line.replace(', c', '; c')}")) == []
    assert line.endswith(remedy.replace("; c", ", c"))


def test_a_chained_assignment_is_two() -> None:
    assert "two assignments" in help_of(spec_with("all: y = z = x"))


@pytest.mark.parametrize("head", ["repeat 10 while e:", "repeat while e:", "repeat until norm(x) > 1:"])
def test_no_loop_runs_by_a_condition(head: str) -> None:
    _, said = checked(spec_with(f"all:\n    e = norm(x) > 1\n    {head}\n        y = x"))
    assert said[0].code == "E117" and "repeat H:" in said[0].help and "*" not in said[0].help
    assert (
        codes_of(spec_with("all:\n    e = norm(x) > 1\n    repeat 10:\n        if e:\n            y = x"))
        == []
    )


@pytest.mark.parametrize("role", ["all", "server", "node"])
@pytest.mark.parametrize(("function", "meant"), [("sum", "dot(x, ones)"), ("mean", "dot(x, ones) / d")])
def test_the_sum_of_a_vector_s_entries(role: str, function: str, meant: str) -> None:
    assert f"`{meant}`" in help_of(spec_with(f"{role}: a = {function}(x)"))
    assert codes_of(spec_with(f"{role}: a = {meant}\n{role}: b = a + 1")) == []


SCAFFOLD = """
server: event S ~ subset(n, 2)
server -> node in S: y = x, u = c
node in S -> server: dy = grad(y) - u, dc = grad(y)
server: x = x - mean(dy) / L
server: c = c + mean(dc)
"""


def scaffold(init: str) -> str:
    return spec_with(SCAFFOLD, init=init).replace("    all: x = x / 2\n", "")


def test_a_state_of_the_server_alone_starts_there() -> None:
    """Not sent to all at the end of each round: its readers have it in messages of their own."""
    text = scaffold("all: x = x0\nall: c = zeros")
    _, said = checked(text)
    assert [d.code for d in said] == ["E208", "E208"]
    remedies = [d.help.split("`")[3] for d in said]
    assert remedies == ["server: x = x0", "server: c = zeros"]
    assert codes_of(scaffold("\n".join(remedies))) == []


def test_a_model_that_each_round_sends_down_first_starts_at_the_server() -> None:
    """It would be sent down twice a round otherwise."""
    body = "server -> all: x\nnode -> server: m = grad(x)\nserver: x = x - mean(m) / L"
    text = spec_with(body, init="all: x = x0").replace("    all: x = x / 2\n", "")
    _, said = checked(text)
    assert [d.code for d in said] == ["E208"]
    assert "in `init`, `server: x = x0`" in said[0].help
    assert codes_of(text.replace("all: x = x0", "server: x = x0")) == []


def test_a_model_that_nodes_keep_is_sent_at_the_end() -> None:
    text = spec_with("node -> server: m = grad(x)\nserver: x = x - mean(m) / L", init="all: x = x0")
    _, said = checked(text.replace("    all: x = x / 2\n", ""))
    assert "`server -> all: x`" in said[0].help


def test_a_state_that_nodes_read_is_sent() -> None:
    text = spec_with("node -> server: m = grad(x)\nserver: x = x - mean(m) / L").replace(
        "    all: x = x / 2\n", ""
    )
    assert advised(text) == "server -> all: x"
    assert codes_of(text.replace("output x", "    server -> all: x\noutput x")) == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("tan(k)", "there are `cos` and `sin`"),
        ("hess(x)", "no second derivatives"),
        ("argmin(k, 1)", "there is none"),
        ("sqr(2)", "did you mean `sqrt`?"),
        ("square(2)", "write `a ^ 2`"),
        ("frobnicate(x)", "the functions of numbers and vectors are `abs`"),
        ("P(x)", "`compressor P: unbiased = rand_k(k = 1)`"),
    ],
)
def test_an_unknown_function(call: str, words: str) -> None:
    assert words in help_of(spec_with(f"all: y = {call}"))


# --- what no run executes ------------------------------------------------------------------------------------


def said_of(text: str) -> list[str]:
    """The codes of what `cablese check` says of a spec, warnings apart."""
    said = diagnose_spec(Source("t.alg", text), REGISTRY)
    return [d.code for d in said if d.code.startswith("E")]


SENT = "node -> server: m = grad(x)\nserver -> all: g = mean(m)\n"


@pytest.mark.parametrize(
    ("wrong", "right", "head"),
    [
        (f"{SENT}all: y = sum(L_i) * g", f"{SENT}all: y = a * g", "param a = sum(L_i)"),
        (f"{SENT}node: y = g / max(samples_i)", f"{SENT}node: y = g / a", "param a = max(samples_i)"),
        (
            "node: e = grad(x)\nnode -> all: u = P(e)\nall: y = where(support(u), 0, u)",
            "node: e = grad(x)\nnode -> all: u = P(e)\nall: y = where(u != 0, 0, u)",
            "compressor P: collective = power_sgd(rank = 1)",
        ),
        (
            "node: u = C(grad(x), k = 1 + floor(L_i))\nnode -> server: m = u",
            "all: j = 1 + floor(L)\nnode: u = C(grad(x), k = j)\nnode -> server: m = u",
            "compressor C: contractive = top_k",
        ),
    ],
)
def test_check_says_what_no_run_executes(wrong: str, right: str, head: str) -> None:
    """And the remedy that it names is one."""
    declared = "" if head.startswith("param") else head
    assert len(said_of(spec_with(wrong, head=declared))) == 1
    assert said_of(spec_with(right, head=head)) == []


def test_a_compressor_that_is_left_open_is_no_mistake_to_check() -> None:
    body = "node: u = C(grad(x))\nnode -> server: m = u\nnode: s = where(support(u), 0, x)"
    assert said_of(spec_with(body, head="compressor C: contractive")) == []


@pytest.mark.parametrize("fitting", ["top_k(k = ceil(d / 10))", "natural()"])
def test_in_the_place_of_an_unbiased_compressor_a_contractive_one_is_named(fitting: str) -> None:
    declared = "compressor C: contractive = quantize(s = 60)"
    text = spec_with(
        "node -> server: m = C(grad(x))\nserver -> all: g = mean(m)\nall: x = x - g", head=declared
    )
    (said,) = diagnose(Source("m.alg", text))
    assert said.code == "E401"
    assert f"`{fitting}`" in said.help
    mended = diagnose(Source("m.alg", text.replace("quantize(s = 60)", fitting)))
    assert not [d for d in mended if d.severity is Severity.ERROR]


def test_an_aggregate_over_others_keeps_its_settings() -> None:
    begin = "server: event S ~ subset(n, 4)\nserver -> all: S\nserver: event B ~ buckets(n, 2)\n"
    begin += "node -> server: m = x\n"
    body = f"{begin}node in S -> server: q = x\nserver: y = median(q) + krum(m, 0, by = B)"
    assert advised(spec_with(body), 1) == "krum(m over q, 0, by = B)"
    assert codes_of(spec_with(body.replace("krum(m,", "krum(m over q,"))) == []
