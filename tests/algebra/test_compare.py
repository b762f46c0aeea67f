"""Comparisons of specs: a rewritten copy is the same method, a method with one thing changed is none."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from cablese.dsl.algebra.compare import Answer, compare
from cablese.dsl.algebra.pairing import Fixed
from cablese.dsl.check import program as core
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from library_tiers import specs_by_tier
from rewrites import renamed, rewritten
from tiers import every

REFERENCE = Path(__file__).parents[1] / "reference" / "specs"
EQUAL = (Answer.SAME, Answer.ALGEBRA)


def program(name: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), ())


@pytest.mark.parametrize("name", specs_by_tier())
def test_a_rewritten_copy_is_the_same_method(name: str) -> None:
    for seed in range(2):
        copy = rewritten(program(name), Random(f"{name} {seed}"))
        found = compare(program(name), copy)
        assert found.answer in EQUAL, (seed, found.reason, found.messages)


@pytest.mark.parametrize("path", every(8, sorted(REFERENCE.glob("*.alg"))), ids=lambda path: path.stem)
def test_a_renamed_corner_case_is_the_same_method_or_not_read(path: Path) -> None:
    """Nothing in the language makes the reading of a round fail in another way than by saying so."""
    spec = compile_spec(Source(path.name, path.read_text()), plugins(), ())
    found = compare(spec, renamed(spec))
    assert found.answer in EQUAL or found.answer is Answer.NOT_PROVEN
    assert compare(spec, spec).answer is Answer.SAME


def test_most_corner_cases_are_read() -> None:
    specs = [
        compile_spec(Source(p.name, p.read_text()), plugins(), ())
        for p in sorted(REFERENCE.glob("*.alg"))[::12]
    ]
    answers = [compare(spec, renamed(spec)).answer in EQUAL for spec in specs]
    assert sum(answers) >= 0.8 * len(answers)


WHERE = re.compile(r" +where .*$", re.MULTILINE)


@pytest.mark.parametrize("name", every(12, [spec.name for spec in shipped_specs()]))
def test_a_copy_without_conditions_is_the_same_method(name: str) -> None:
    """Two methods are compared where both run: at params that the conditions of both admit."""
    source = find_spec(name)
    bare = compile_spec(Source("bare.alg", WHERE.sub("", source.text)), plugins(), ())
    assert compare(program(name), bare).answer is compare(bare, program(name)).answer is Answer.SAME


def test_minibatches_of_all_samples_are_no_draws() -> None:
    """The most samples of a node is an aggregate, which a text and the reader of minibatches know by one key."""
    text = re.sub(r"(?m)^(param b|equals).*\n|^.*event.*\n|, xi", "", find_spec("sgd").text)
    full = compile_spec(Source("full.alg", text), plugins(), ())
    bound = Fixed(params=frozenset({"b"}))
    assert compare(program("sgd"), full, (bound, Fixed())).answer is Answer.SAME


BOOLS = """\
algorithm Bools
problem minimize
init:
    all:
        x = x0
        up = true
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x, up = where(up, x - g, x + g), not up
output x
"""


def test_states_that_are_truth_values() -> None:
    one = compile_spec(Source("a.alg", BOOLS), plugins(), ())
    turned = BOOLS.replace("true", "false").replace("where(up, x - g, x + g)", "where(up, x + g, x - g)")
    wrong = BOOLS.replace("where(up, x - g, x + g)", "where(up, x - g, x - g)")
    assert compare(one, compile_spec(Source("b.alg", wrong), plugins(), ())).answer is Answer.NOT_PROVEN
    assert compare(one, compile_spec(Source("c.alg", turned), plugins(), ())).answer in (
        *EQUAL,
        Answer.NOT_PROVEN,
    )


def test_masks_are_multiplied_entry_by_entry() -> None:
    masked = BOOLS.replace("where(up, x - g, x + g)", "where((x > 0) and (g > 0), x - g, x)")
    swapped = masked.replace("(x > 0) and (g > 0)", "(g > 0) and (x > 0)")
    other = masked.replace("(x > 0) and (g > 0)", "(x > 0) or (g > 0)")
    one, two, three = (
        compile_spec(Source("m.alg", text), plugins(), ()) for text in (masked, swapped, other)
    )
    assert compare(one, two).answer in EQUAL
    assert compare(one, three).answer is Answer.NOT_PROVEN


@pytest.mark.parametrize(
    "never_negative",
    ["norm1(x - x0)", "norm2(x - x0)", "norm_inf(x - x0)", "abs(dot(x, g))", "sqrt(norm2(x))"],
)
def test_what_is_never_negative_may_be_zero(never_negative: str) -> None:
    """Found by a reader: `norm1(v) == 0` was taken for false, and a method that doubles its first step for none."""
    plain = BOOLS.replace("where(up, x - g, x + g)", "x - g")
    first = BOOLS.replace("where(up, x - g, x + g)", f"where({never_negative} == 0, x - 2 * g, x - g)")
    turned = BOOLS.replace("where(up, x - g, x + g)", f"where({never_negative} > 0, x - g, x - 2 * g)")
    one, two, three = (compile_spec(Source("n.alg", text), plugins(), ()) for text in (plain, first, turned))
    assert compare(one, two).answer is Answer.NOT_PROVEN
    assert compare(one, three).answer is Answer.NOT_PROVEN


TWICE = """\
algorithm Twice
problem minimize
init:
    all: x = x0
round:
    node:
        event xi ~ minibatch(2)
        event psi ~ minibatch(2)
    node -> server: m = grad(x, xi), q = grad(2 * x, psi)
    server -> all: g = mean(m) + mean(q)
    all: x = x - g
output x
"""


def signed(value: str, default: str = "sign()") -> core.Program:
    """GD along a compressed mean, at the start as well."""
    text = f"""\
algorithm Signed
problem minimize
compressor S: any = {default}
param beta = 0.9 where 0 <= beta < 1
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: v = S({value})
    all: x = x - v
output x
"""
    return compile_spec(Source("signed.alg", text), plugins(), ())


def test_scalars_vanish_in_a_scale_free_compressor() -> None:
    """Found by mutants: a first look ruled out what only such compressors make equal."""
    found = compare(signed("mean(m)"), signed("sum(m)"))
    assert found.answer is Answer.ALGEBRA
    assert [one.trait.value for one in found.properties] == ["scale-free"]
    assert compare(signed("mean(m)"), signed("-mean(m)")).answer is Answer.NOT_PROVEN
    momenta = [signed(f"{share} * mean(m)") for share in ("(1 - beta)", "2 * (1 - beta)")]
    assert compare(*momenta).answer in EQUAL
    homogeneous = [signed(value, "top_k(k = 1)") for value in ("mean(m)", "sum(m)")]
    assert compare(*homogeneous).answer is Answer.NOT_PROVEN
    assert compare(signed("mean(m)", "top_k(k = 1)"), signed("mean(m)")).answer in EQUAL


def test_draws_of_one_law_have_no_order() -> None:
    one = compile_spec(Source("a.alg", TWICE), plugins(), ())
    swapped = (
        TWICE.replace("event xi", "event -").replace("event psi", "event xi").replace("event -", "event psi")
    )
    same = TWICE.replace("psi)\n    server", "xi)\n    server")
    assert compare(one, compile_spec(Source("b.alg", swapped), plugins(), ())).answer is Answer.SAME
    assert compare(one, compile_spec(Source("c.alg", same), plugins(), ())).answer is Answer.NOT_PROVEN
