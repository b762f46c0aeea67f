"""The section "Fine print" of docs/language.md: its codes are those of the checker, its statements what a run does."""

from __future__ import annotations

import re

import cablese
import pytest
from blocks import PAGES, ROOT
from cablese.dsl import catalogue
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError
from cablese.runtime.library import diagnose

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
FINE_PRINT = PAGE[PAGE.index("## Fine print") :]
STEP = """    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - g / L
"""
Q = "compressor Q: unbiased = rand_k(k = 2)\n"
REFUSED = {
    "E209": (
        "",
        """    all: event c ~ bernoulli(0.5)
    all: event S ~ subset(n, 2)
    if c:
        node -> server: q = grad(x)
    else:
        node in S -> server: q = grad(x)
    server: v = mean(q)
""",
    ),
    "E202": (
        "",
        """    server: u = mean(m)
    link:
        if norm(m) > 1:
            u = m
    server: v = mean(u)
""",
    ),
    "E219": ("", "    server:\n        if norm(m) > 0:\n            v = 1\n"),
    "E215": ("param a = 1\n", "    node: y = x\n    node -> neighbors: q = y\n"),
    "E408": ("compressor Q: unbiased = rand_k(k = r)\nparam r = ceil(omega(Q))\n", ""),
    "E416": (Q, "    all:\n        if norm(Q(x)) > 1:\n            v = 1\n"),
    "E506": ("", "    all: event S ~ sample(5, 2)\n"),
    "E403": ("compressor Q: unbiased = rand_k(2)\n", ""),
    "E302": ("", "    node: event xi ~ minibatch(2)\n    node -> server: xi\n"),
}


def spec(lines: str, declared: str = "", init: str = "", step: str = STEP) -> Source:
    text = f"algorithm A\nproblem minimize\n{declared}init:\n    all: x = x0\n{init}round:\n{step}{lines}output x\n"
    return Source("spec.alg", text)


def run_of(source: Source, **options: object) -> cablese.Result:
    problem = {"problem": 'least_squares(data = "diabetes", scale = "columns")'}
    return cablese.run(source, nodes=5, rounds=3, every=1, **problem | options)  # type: ignore[arg-type]


def points(result: cablese.Result) -> list[object]:
    return [(p.bits_up, p.bits_down, p.oracle_calls, p.metrics) for p in result.points]


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_refused(code: str) -> None:
    declared, lines = REFUSED[code]
    assert code in {diagnostic.code for diagnostic in diagnose(spec(lines, declared))}


def test_codes_of_the_fine_print_are_tried_here() -> None:
    assert set(re.findall(r"\bE\d{3}\b", FINE_PRINT)) <= set(REFUSED)


def test_codes_that_the_pages_name_exist() -> None:
    for page in PAGES:
        named = set(re.findall(r"\bE[1-6]\d{2}\b", page.read_text(encoding="utf-8")))
        assert named <= catalogue.PAGES.keys(), page.name


def test_a_later_item_of_a_message_may_read_an_earlier_one() -> None:
    body = "    node -> server: q = grad(x), l = norm(q)\n    server -> all: v = mean(l) * mean(q)\n    all: x = x - v / L\n"
    assert not diagnose(spec(body))


def test_lines_may_stand_in_any_order_and_arguments_may_use_params_below() -> None:
    below = spec(
        "",
        "compressor Q: unbiased = rand_k(k = r)\nparam r = 2\n",
        step=STEP.replace("grad(x)", "Q(grad(x))"),
    )
    text = spec("", Q, step=STEP.replace("grad(x)", "Q(grad(x))"))
    assert points(run_of(below)) == points(run_of(text))
    head, rounds = text.text.split("round:\n")
    swapped = f"round:\n{rounds}{head}"
    assert points(run_of(Source("spec.alg", swapped))) == points(run_of(text))


def test_a_minibatch_of_all_samples_is_the_full_batch() -> None:
    batched = STEP.replace(
        "    node -> server", "    node: event xi ~ minibatch(b)\n    node -> server"
    ).replace("grad(x)", "grad(x, xi)")
    full = run_of(spec("", "param b = max(samples_i)\n", step=batched))
    assert points(full) == points(run_of(spec("")))


def test_a_name_keys_the_draw() -> None:
    def with_name(name: str) -> list[object]:
        return points(
            run_of(
                spec(
                    "",
                    Q,
                    step=STEP.replace("m = grad(x)", f"{name} = Q(grad(x))").replace("(m)", f"({name})"),
                )
            )
        )

    assert with_name("m") != with_name("u")
    assert with_name("m") == with_name("m")


@pytest.mark.parametrize(
    ("declared", "drawn", "bits"),
    [
        ("", "choice(1, 4)", 2),
        ("", "choice(1, n)", 3),
        ("param b = 7\n", "choice(0, b)", 3),
        ("", "choice(1, t)", 32),
    ],
)
def test_an_int_of_a_known_range_is_short(declared: str, drawn: str, bits: int) -> None:
    result = run_of(
        spec(
            f"    server: event c ~ {drawn}\n    server -> all: c\n    all: t = t + 1\n",
            declared,
            "    all: t = 1\n",
        )
    )
    assert result.summary is not None
    assert next(m for m in result.summary.messages if m.name == "c").bits == 3 * 5 * bits


def test_a_bare_item_rounds_the_servers_own_value() -> None:
    grown = "    node -> server: m = grad(x)\n    server: g = g + mean(m) / 3\n    {}\n    all: x = x - {} / (4 * L)\n"
    init = "    server: g = zeros\n"
    bare = run_of(spec("", init=init, step=grown.format("server -> all: g", "g")))
    named = run_of(spec("", init=init, step=grown.format("server -> all: u = g", "u")))
    assert points(bare) != points(named)
    exact = [
        run_of(spec("", init=init, step=grown.format(*form)), wire="float64")
        for form in (("server -> all: g", "g"), ("server -> all: u = g", "u"))
    ]
    assert points(exact[0]) == points(exact[1])


def test_prox_is_the_identity_where_nothing_is_added() -> None:
    proximal = STEP.replace("x - g / L", "prox(x - g / L, 1 / L)")
    assert points(run_of(spec("", step=proximal))) == points(run_of(spec("")))
    with pytest.raises(SetupError, match="has no `prox`, so it would ignore the regulariser or set"):
        run_of(spec(""), problem="quadratic(d = 6, mu = 0.5, L = 2) + l1(lam = 0.1)")
    added = run_of(spec("", step=proximal), problem="quadratic(d = 6, mu = 0.5, L = 2) + l1(lam = 0.1)")
    assert {"loss", "grad_map2"} == set(added.points[0].metrics)


def test_claims_are_not_verified() -> None:
    source = spec("")
    wrong = Source("spec.alg", source.text + "invariant norm(x) == 1\nequals NOWHERE when n = 1\n")
    assert points(run_of(wrong)) == points(run_of(source))
