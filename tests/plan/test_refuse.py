"""What the language has and a run does not execute is refused at its line; nothing is silently ignored."""

from __future__ import annotations

import pytest
from plan_tools import method, refusals

STEP = "node -> server: m = grad(x)\nserver -> all: v = mean(m)\nall: x = x - 0.1 * v\n"

ROUNDS = [
    ("node: y = Q(x, k = 1 + floor(norm(x + L_i)))", 1, "not one number that all know"),
    (
        "all: event c ~ bernoulli(0.5)\nif c:\n    server: j = 2; w = Q(x, k = j)",
        3,
        "not one number that all know",
    ),
    ("all: x = x / mean(L_i)", 1, "takes it as a param"),
    ("node: y = x / max(samples_i)", 1, "takes it as a param"),
    ("node when L_i > mean(L_i) -> server: m = grad(x)", 1, "takes it as a param"),
]


@pytest.mark.parametrize(
    ("statements", "row", "said"), ROUNDS, ids=[f"{said} {row}" for _, row, said in ROUNDS]
)
def test_statements_of_a_round(statements: str, row: int, said: str) -> None:
    found = refusals(method(f"{STEP}{statements}"))
    assert [(code[:2], line) for code, line, message in found if said in message] == [("E6", 10 + row)]


HEADS = [
    ("param gamma = 1\ncompressor C: contractive", "has no default"),
]


@pytest.mark.parametrize(
    ("head", "said"), HEADS, ids=[f"{said} {place}" for place, (_, said) in enumerate(HEADS)]
)
def test_declarations(head: str, said: str) -> None:
    found = refusals(method(f"{STEP}all: y = gamma * x", head=head))
    assert [(line, said in message) for _, line, message in found] == [(4 + head.count("\n"), True)]


WEIGHTS = [
    ("norm2(v)", "no state"),
    ("s", "not all"),
    ("mean(L_i)", "aggregate"),
]


@pytest.mark.parametrize(("weight", "said"), WEIGHTS)
def test_weights_that_who_has_the_output_cannot_work_out(weight: str, said: str) -> None:
    text = method(
        f"{STEP}server: s = s + 1", init="all: x = x0\nserver: s = 0", output=f"average(x, {weight})"
    )
    ((code, _, message),) = refusals(text)
    assert code == "E601"
    assert said in message


def test_a_support_that_is_lost() -> None:
    text = method(
        f"{STEP}node: u = Q(grad(x)); w = Q(x)\n"
        "node:\n    if norm2(u) > L_i:\n        u = w\n    y = where(support(u), x, zeros)"
    )
    ((code, line, message),) = refusals(text)
    assert (code, line) == ("E601", 15)
    assert "plain numbers" in message


def test_a_graph_and_what_only_it_has() -> None:
    text = (
        "algorithm M\nproblem minimize on graph\ninit:\n    neighbors: h = x0\n    node: x = x0\nround:\n"
        "    node -> neighbors: q = x\n    node: x = mix(q) - 0.1 * grad(x)\n    neighbors: h = q\noutput x\n"
    )
    assert refusals(text) == []


@pytest.mark.parametrize(
    ("head", "init"),
    [
        ("param gamma = 1 / (k + 1)", "all: x = gamma * x0"),
        ("compressor R: unbiased = rand_k(k = 1 + k)\nparam gamma = 1 / omega(R)", "all: x = gamma * x0"),
        ("compressor R: unbiased = rand_k(k = 1 + k)", "all: x = x0\nserver: h = R(x0)"),
    ],
)
def test_what_depends_on_the_round_has_no_value_before_the_rounds(head: str, init: str) -> None:
    text = method(STEP, head=head, init=init)
    ((code, line, message),) = refusals(text)
    assert (code, line) == ("E607", 5 + head.count("\n") + 1 + init.count("\n"))
    assert "init" in message


def test_an_output_of_groups() -> None:
    text = method(f"{STEP}group: y = 2 * x", output="y")
    ((code, _, message),) = refusals(text)
    assert code == "E601"
    assert "group" in message


def test_a_set_that_was_drawn_anew() -> None:
    text = method(
        "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: event S ~ subset(n, 2)\n"
        "server -> all: v = mean(q - h)\nlink: h = h + v\nall: x = x - v",
        init="all: x = x0\nlink: h = zeros",
    )
    ((code, line, _),) = refusals(text)
    assert (code, line) == ("E603", 12)


def test_aggregates_of_constants_at_the_server_and_in_params_run() -> None:
    assert not refusals(method(f"{STEP}server: y = x / mean(L_i)", head="param a = mean(L_i)"))


def test_invariants_guarantees_and_laws_are_no_obstacle() -> None:
    text = method(STEP) + 'invariant x == x\nguarantee "T" for smooth: average(grad_norm2) <= 1\nequals GD\n'
    assert not refusals(text)
