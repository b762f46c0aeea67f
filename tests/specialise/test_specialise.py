"""Special cases of specs: valid specs, proven to be the same method, without what no longer matters."""

from __future__ import annotations

from itertools import combinations

import pytest
from cablese.dsl.algebra.compare import Answer, compare
from cablese.dsl.algebra.pairing import Fixed, fixed_in
from cablese.dsl.check import program as core
from cablese.dsl.pipeline import compile_spec, diagnose_spec
from cablese.dsl.specialise.candidates import candidates
from cablese.dsl.text.diagnostics import Severity, SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError
from cablese.runtime.execute.options import setting_name
from cablese.runtime.execute.special_case import separate, special_case
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from tiers import every

SPECS = sorted(spec.name for spec in shipped_specs())[::3]  # each is compiled to find its bindings
OPEN = {("lag_wk", "xi = 0")}  # no relation of states is found beside a history of numbers
PROVEN = (Answer.SAME, Answer.ALGEBRA, Answer.PATH)  # messages of what is gone are gone


def compiled(name: str, *settings: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), settings)


def fixed(program: core.Program, *bindings: str) -> Fixed:
    return fixed_in(program, frozenset(map(setting_name, bindings)))


def settable(name: str) -> list[str]:
    program = compiled(name)
    draws = {"everyone"}
    return [text for text in candidates(program) if text.partition("= ")[2] not in draws]


SINGLES = [(name, (text,)) for name in SPECS for text in settable(name)]
PAIRS = [
    (name, pair)
    for name in SPECS
    for pair in combinations(settable(name), 2)
    if len(set(map(setting_name, pair))) == 2
]
CASES = [*SINGLES, *PAIRS[::8]]


@pytest.mark.parametrize(
    ("name", "bindings"),
    every(24, CASES),
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_a_special_case_is_a_valid_spec_and_the_same_method(name: str, bindings: tuple[str, ...]) -> None:
    case = special_case(find_spec(name), bindings)
    assert [d for d in diagnose_spec(case.source, plugins()) if d.severity is Severity.ERROR] == []
    assert len(case.source.text) < len(find_spec(name).text)
    whole = compiled(name, *bindings)
    found = compare(whole, case.program, (fixed(whole, *bindings), fixed(case.program, *bindings)))
    if (name, *bindings) in OPEN:
        assert found.answer is Answer.NOT_PROVEN
        return
    assert found.answer in PROVEN, found.reason


@pytest.mark.parametrize(
    ("name", "drawn"),
    [("pp_marina", "sample(n, r)"), ("byz_vr_marina", "buckets(n, s)"), ("fed_avg", "subset(n, r)")],
)
def test_a_number_of_nodes_leaves_draws_among_all_nodes(name: str, drawn: str) -> None:
    case = special_case(find_spec(name), ("n = 3",))
    assert [d for d in diagnose_spec(case.source, plugins()) if d.severity is Severity.ERROR] == []
    assert drawn in case.source.text


def test_nothing_bound_is_the_spec_itself() -> None:
    assert special_case(find_spec("marina"), ()).source == find_spec("marina")


def test_what_no_longer_matters_is_gone() -> None:
    case = special_case(find_spec("marina"), ("Q = identity()", "p = 1"))
    assert (
        case.source.text
        == """\
algorithm MARINA: "Gorbunov, Burlachenko, Li, Richtarik (ICML 2021), Algorithm 1"
problem minimize

param gamma = 1 / L_mean2    where gamma > 0

init:
    all: x = x0
    node -> server: m = grad(x)
    server: g = mean(m)

round:
    server -> all: u = g
    all: x = x - gamma * u
    node -> server: m = grad(x)
    server: g = mean(m)

output uniform(x)
"""
    )


SMALL = """\
algorithm Small
problem minimize

compressor Q: unbiased = rand_k(k = 1)
param a   = 0.5    where 0 <= a <= 1
param H   = 3      where H >= 0
param b   = 5      where b >= 1

init:
    all: x = x0
    node: h = zeros
    server: s = 0

round:
    server:
        event c ~ bernoulli(1 - a)
        event S ~ subset(n, n)
    server -> all: c, S
    node: event xi ~ minibatch(b)
    node in S -> server: m = Q(grad(x, xi) - h)
    node in S: h = h + a * m
    server: s = s + a * sum(1 over m)
    server -> all: g = mean(m) + a * s * x0
    repeat H:
        all: x = x - g / H
    if not c:
        all: x = 2 * x
output x
"""


def small(*bindings: str) -> str:
    return special_case(Source("small.alg", SMALL), bindings).source.text.partition("round:\n")[2]


def test_branches_coins_sets_loops_and_states_that_stay_as_they_start() -> None:
    assert (
        small("a = 0", "H = 1", "b = max(samples_i)")
        == """\
    node -> server: m = Q(grad(x))
    server -> all: g = mean(m)
    all: x = x - g

output x
"""
    )


def test_a_certain_coin_takes_the_other_way() -> None:
    assert "    all: x = 2 * x\n" in small("a = 1")
    assert "if" not in small("a = 1")


def test_one_node() -> None:
    written = special_case(find_spec("diana"), ("n = 1",)).source.text
    assert "1 / (10 * L_max * sqrt(1 + omega(Q)) * (2 + omega(Q)))" in written


def test_a_value_that_does_not_fold_is_the_default() -> None:
    written = special_case(find_spec("diana"), ("gamma = gamma / 2",)).source.text
    assert "param gamma = 1 / (10 * L_max * sqrt(1 + omega(Q) / n) * (2 + omega(Q))) / 2" in written


@pytest.mark.parametrize(
    ("binding", "says"),
    [("p = 2", "p must be so that 0 < p <= 1"), ("prox = 3", "prox can be bound to `none` alone")],
)
def test_what_a_condition_refuses_is_refused(binding: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        special_case(find_spec("marina"), (binding,))


@pytest.mark.parametrize(
    ("name", "binding", "remedy"),
    [
        ("marina", "c = 1", "bind it to true or false"),
        ("marina", "c = everyone", "bind it to true or false"),
        ("pp_marina", "S = true", "bind it to everyone"),
        ("diana", "xi = 3", "bind the params that its draw depends on"),
        ("diana", "n = 0", "bind it to a number of nodes from 1"),
        ("diana", "n = true", "bind it to a number of nodes from 1"),
        ("marina", "zz = 1", "it has `Q`, `c`, `gamma`, `n`, `p`"),
    ],
)
def test_a_wrong_binding_is_told_where_it_stands(name: str, binding: str, remedy: str) -> None:
    """Events and n are names of the spec; an error at a line of the spec would be of the case, which nobody wrote."""
    with pytest.raises(SpecError) as caught:
        special_case(find_spec(name), (binding,))
    (told,) = caught.value.diagnostics
    assert told.span.source.name == "--under" and told.span.source.text == binding
    assert told.help == remedy


def test_what_is_the_same_both_ways_and_what_one_divides() -> None:
    """A `where` of equal values is that value; every round is a multiple of 1."""
    momentum = special_case(find_spec("fed_glomo"), ("beta = 1",)).source.text
    assert "where(" not in momentum and "x_prev" not in momentum and "Q(z - y)" in momentum
    always = special_case(find_spec("rand_mcm_1mem"), ("T = 1",)).source.text
    assert "if" not in always.partition("round k:")[2]
    entries = SMALL.replace("all: x = x - g / H", "all: x = x - where(g > 0, a, 1)")
    assert (
        "where(g > 0, 1, 1)" in special_case(Source("small.alg", entries), ("a = 1",)).source.text
    )  # a vector


@pytest.mark.parametrize("binding", ["q = 1", "c = 1", "n = 0", "Q = top_k(k = 1)", "p = true", "p ="])
def test_what_fits_no_name_is_refused(binding: str) -> None:
    with pytest.raises(SpecError):
        special_case(find_spec("marina"), (binding,))


def test_bindings_stand_between_commas_outside_of_brackets() -> None:
    text = 'Q = rand_k(k = 1, scaled = true), p = 1, T = f("a, b")'
    assert list(separate(text)) == ["Q = rand_k(k = 1, scaled = true)", "p = 1", 'T = f("a, b")']


def test_a_family_that_keeps_one_value_is_its_own_mean() -> None:
    """The memory that never moves is x0 at every node."""
    still = special_case(find_spec("rand_mcm_1mem"), ["alpha_dwn = 0"]).source.text
    assert "mean(H)" not in still and "invariant h == mean(h_i)" in still
