"""Formulas of costs: arithmetic on them is that of numbers, and what they give is what the cost has."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.collective import Collective
from cablese.runtime.compressors.registry import SHIPPED, registry
from cablese.runtime.execute.cost import Cost, cost_of
from cablese.runtime.execute.formulas import Product, call, evaluate, formula
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.read_formulas import of_text
from cablese.runtime.execute.scale import Scale
from cablese.runtime.lab.subject import example, read_subject
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from hypothesis import given
from hypothesis import strategies as some
from library_tiers import specs_by_tier
from shipped_runs import options_of

DIFFER = {"dual_averaging", "micro_adam", "mifa", "one_bit_adam", "rand_mcm_1mem"}
"""Shipped specs whose rounds differ, so that their mean has no formula."""

VALUES = {"a": 3.0, "b": 0.25, "n": 7.0}


def cost(name: str, **options: Any) -> Cost:
    spec = Source("spec.alg", name) if "\n" in name else find_spec(name)
    return cost_of(spec, Scale(Options(**{"nodes": 6, **options}), 1000, samples=10))


def grown(parts: Any) -> Any:
    two = some.tuples(parts, parts)
    return some.one_of(
        two.map(lambda p: (p[0][0] + p[1][0], p[0][1] + p[1][1])),
        two.map(lambda p: (p[0][0] - p[1][0], p[0][1] - p[1][1])),
        two.map(lambda p: (p[0][0] * p[1][0], p[0][1] * p[1][1])),
        parts.map(lambda p: (1 - p[0], 1 - p[1])),
        parts.map(lambda p: (p[0] / formula("n"), p[1] / VALUES["n"])),
        parts.map(lambda p: (call("ceil", p[0]), ceil(p[1]))),
    )


LEAVES = some.one_of(
    some.sampled_from(sorted(VALUES)).map(lambda name: (formula(name), VALUES[name])),
    some.integers(-3, 9).map(lambda number: (formula(number), float(number))),
)


@given(some.recursive(LEAVES, grown, max_leaves=8))
def test_a_formula_has_the_value_of_its_arithmetic(pair: tuple[Product, float]) -> None:
    of, value = pair
    assert evaluate(of, VALUES) == pytest.approx(value, rel=1e-9, abs=1e-6)
    assert str(of)


def test_formulas_as_people_write_them() -> None:
    n, p, k, d = map(formula, "npkd")
    assert str(n * p * 32 * d + n * (1 - p) * (32 * k + call("set", d, k))) == (
        "n·(32·d·p + (1 - p)·(32·k + set(d, k)))"
    )
    assert str(n * (k / n)) == "k" and str(n * (32 * p + 32 * (1 - p))) == "32·n"
    assert str(32 * d + 64 * n * d) == "32·d·(1 + 2·n)" and str(2 - 2 * p) == "2·(1 - p)"
    assert str(k / (n * d)) == "k / (n·d)"
    assert str(p - p) == "0" and str(2 - p - 2) == "-p" and str(n * n / 2) == "0.5·n^2"
    assert str(call("ceil", d / 10)) == "ceil(0.1·d)" and str(call("ceil", formula(2.5))) == "3"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_family_states_the_size_that_it_has(name: str) -> None:
    family = registry()[name]
    if issubclass(family, Collective):
        return
    for d in (31, 1000, 123_457):
        found: Compressor = read_subject(example(family), d, plugins()).at(d).compressor
        for float_bits in (16, 32):
            stated = found.formula(float_bits)
            values = {n: formula(v) for n, v in found.values.items() if isinstance(v, int | float)}
            if stated:
                of = of_text(stated, {"d": formula(d), "fb": formula(float_bits), **values})
                assert of is not None and evaluate(of, {}) == found.bits(d, float_bits), stated
            information = of_text(
                found.entropy_formula(float_bits), {"d": formula(d), "fb": formula(float_bits), **values}
            )
            if information is not None:
                assert evaluate(information, {}) == found.entropy_bits(d, float_bits)


@pytest.mark.parametrize("name", specs_by_tier())
def test_formulas_give_the_numbers_of_shipped_specs(name: str) -> None:
    given = {key: value for key, value in options_of(name).items() if key != "problem"}
    found = cost_of(find_spec(name), Scale(Options(**given), 1000, samples=10))
    formulas = found.formulas
    for of, number in ((formulas.up, found.bits(up=True)), (formulas.down, found.bits(up=False))):
        assert of is not None or not number.known or name in DIFFER
        if of is not None:
            assert evaluate(of, formulas.values) == pytest.approx(number.most, rel=1e-9)
    rows = [row for row in found.messages if not row.in_init]
    for row, of in zip(rows, formulas.messages, strict=True):
        if of is not None:
            assert evaluate(of, formulas.values) == pytest.approx(row.total.most, rel=1e-9)
    assert formulas.server is not None and formulas.node is not None
    assert evaluate(formulas.server, formulas.values) == found.state.server
    assert evaluate(formulas.node, formulas.values) == pytest.approx(found.state.node)
    numbers = numbers_of(found)
    for what, of in gradients_and_operations(found).items():
        assert of is not None or numbers[what] is None or name in DIFFER, what
        if of is not None:
            assert evaluate(of, formulas.values) == pytest.approx(numbers[what], rel=1e-9), what


@pytest.mark.parametrize("name", specs_by_tier())
def test_formulas_hold_for_other_nodes_dimensions_and_rounds(name: str) -> None:
    given = {key: value for key, value in options_of(name).items() if key != "problem"}
    one, other = (
        cost_of(find_spec(name), Scale(Options(**{**given, "nodes": n, "rounds": rounds}), d, samples=10))
        for n, d, rounds in ((6, 1000, 90), (9, 1700, 31))
    )
    numbers = numbers_of(other)
    for what, of in gradients_and_operations(one).items():
        if of is not None and numbers[what] is not None:
            assert evaluate(of, other.formulas.values) == pytest.approx(numbers[what], rel=1e-9), what


def gradients_and_operations(found: Cost) -> dict[str, Product | None]:
    of = found.formulas
    return {"full": of.gradients, "single": of.single, "server": of.flops_server, "node": of.flops_node}


def numbers_of(found: Cost) -> dict[str, float | None]:
    """The numbers of the same, None where they are not known exactly."""
    gradients = None if found.gradients is None or found.gradients.note else found.gradients
    return {
        "full": None if gradients is None else gradients.all_samples,
        "single": None if gradients is None else gradients.single,
        "server": found.flops_server.number,
        "node": found.flops_node.number,
    }


@pytest.mark.parametrize(
    ("name", "settings", "full", "single"),
    [
        ("marina", (), "1", "0"),
        ("extragradient", (), "2", "0"),
        ("page", ("p = 0.1",), "p", "2·b·(1 - p)"),
        ("vr_diana", ("p = 0.1",), "p·(1 - 1 / rounds)", "b·(2 - 1 / rounds)"),
        ("extra_step_local_sgd", (), "2·H", "0"),
        ("fed_avg", (), "H·r / n", "0"),
        ("ef21_pp", (), "q", "0"),
        ("masha1", (), "2 - tau", "0"),
        ("qsparse_async", (), "1", "0"),
    ],
)
def test_gradients_as_formulas(name: str, settings: tuple[str, ...], full: str, single: str) -> None:
    """L-SVRG's methods hold the gradient at their reference point until a coin renews it, and in round 0 x is that point."""
    found = cost(name, settings=settings).formulas
    assert (str(found.gradients), str(found.single)) == (full, single)


LOOP = """algorithm Loop
problem minimize
param p = 0.25
param H = 3
init:
    all: x = x0
round:
    all: event c ~ bernoulli(p)
    node:
        y = x
        v = grad(y)
        repeat H:
BODY    node -> server: m = y - x - v
    server -> all: g = mean(m)
    all: x = x - 0.01 * g
output x
"""


@pytest.mark.parametrize(
    ("body", "number", "of"),
    [
        (("y = y - grad(y)",), 3.0, "H"),  # the first pass asks again where v was taken
        (("y = y - grad(y)", "z = y + v", "y = y - grad(z)"), 6.0, "2·H"),
        (("z = x + v", "y = y - grad(z)", "y = y - grad(z)"), 4.0, "H + 1"),
        (("if c:", "    y = y - grad(y)", "    y = y - grad(x)"), 1.75, None),
    ],
)
def test_gradients_of_passes(body: tuple[str, ...], number: float, of: str | None) -> None:
    text = LOOP.replace("BODY", "".join(f"            {line}\n" for line in body))
    found = cost(text)
    assert found.gradients is not None and found.gradients.all_samples == number
    assert (None if found.formulas.gradients is None else str(found.formulas.gradients)) == of


def test_operations_of_methods() -> None:
    """Per entry, of a round: MARINA's server steps (2), and adds up n rows, or n rows and its g; of PP-MARINA r rows."""
    marina, pp, gd = (cost(name).formulas for name in ("marina", "pp_marina", "gd"))
    assert str(gd.flops_server) == "d·(n + 2)" and str(gd.flops_node) == "2·d"
    assert str(marina.flops_server) == "d·(2 + n·p + (n + 1)·(1 - p))"
    assert str(pp.flops_server) == "d·(2 + n·p + (r + 1)·(1 - p))"
    assert str(marina.flops_node) == "d·(3 - p)"
    clag = cost("clag")
    assert clag.flops_node.least < clag.flops_node.most and clag.formulas.flops_node is None
    dpsgd = cost("dpsgd", graph="ring")
    assert dpsgd.flops_node.least == 1000 * (2 + 2 * 3), "a step, and a weighted sum of three vectors"


def test_formulas_of_methods() -> None:
    marina, pp = cost("marina").formulas, cost("pp_marina").formulas
    assert str(marina.up) == "n·(32·d·p + (1 - p)·(32·k + set(d, k)))"
    assert str(marina.down) == "n·(32·d + 1)"
    assert str(pp.up) == "32·n·d·p + r·(1 - p)·(32·k + set(d, k))"
    assert str(pp.down) == "n·(32·d + 1 + bag(n, r)·(1 - p))"
    assert (str(marina.server), str(marina.node)) == ("2·d", "d")
    assert marina.written["k"] == "ceil(d / 10)"
    twice = cost("artemis", settings=("C_up=rand_k(k = 3)", "C_dwn=rand_k(k = 5)")).formulas
    assert {"k_C_up", "k_C_dwn"} <= set(twice.names())


HEAD = """algorithm Some
problem minimize
compressor Q: any = rand_k(k = 3)
init:
    all: x = x0; g = zeros
round k:
"""
TAIL = "    all: x = x - 0.01 * g\noutput x\n"


@pytest.mark.parametrize(
    "lines",
    [
        "    if k % 3 == 0:\n        node -> server: m = Q(grad(x))\n",
        "    server: event S ~ subset(n, 1 + k % 3)\n    server -> all: S\n    node in S -> server: m = grad(x)\n",
        "    node when norm2(x) > 1 -> server: m = grad(x)\n",
        "    all: H = floor(norm(x))\n    repeat H:\n        node -> server: m = grad(x)\n",
    ],
)
def test_what_has_no_formula_shows_none(lines: str) -> None:
    assert cost(HEAD + lines + TAIL).formulas.up is None
