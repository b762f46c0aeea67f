"""Known relations between methods, found and proven: each from two specs, and what the answer rests on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from cablese.dsl.algebra.compare import Answer, Comparison
from cablese.dsl.algebra.cuts import Alignment
from cablese.dsl.algebra.pairing import pair
from cablese.dsl.algebra.relate import prove
from cablese.dsl.algebra.symbols import NotRead
from cablese.dsl.algebra.wording import notes, relation_texts
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

SPECS = Path(__file__).parent / "specs"


def source(name: str) -> Source:
    own = SPECS / f"{name}.alg"
    return Source(own.name, own.read_text()) if own.exists() else find_spec(name)


def compared(one: str, other: str, *under: str) -> Comparison:
    return difference((source(one), source(other)), under, quick=True).comparison


@pytest.mark.parametrize(
    ("one", "other", "under", "answer", "relations", "rests"),
    [
        (
            "ef_sgd",
            "ef_gradient",
            "",
            Answer.ALGEBRA,
            ["err_B = 1 / gamma * e_A"],
            [
                ("rests on", "C is homogeneous, as the default top_k(k = ceil(d / 10)) is"),
                ("messages", "q_B = 1 / gamma * m_A (lines 13 and 13)"),
                ("messages", "v_B = 1 / gamma * v_A (lines 15 and 15)"),
                ("rounding", "equal up to rounding on the wire, line 15 of A, line 15 of B"),
            ],
        ),
        ("diana", "diana_without_h", "", Answer.ALGEBRA, ["h_A = mean(h_i_A)"], []),
        ("diana", "diana_inside", "", Answer.ALGEBRA, ["h_A = mean(h_i_A)"], []),
        (
            "marina",
            "gd",
            "p = 1, prox = none",
            Answer.ALGEBRA,
            ["g_A = mean(grad(x_A))"],
            [("rounds", "B cuts its round after line 10")],
        ),
        ("ef21", "gd", "C = identity(), prox = none", Answer.PATH, ["g_i_A = grad(x_A)"], []),
        ("artemis", "diana", "C_dwn = identity(), prox = none", Answer.SAME, [], []),
        (
            "masha1",
            "extragradient",
            "tau = 0, Q_dev = identity(), Q_srv = identity()",
            Answer.PATH,
            ["Fw_A = mean(F(w_A))"],
            [],
        ),
        ("mcm", "model_compression", "alpha_dwn = 0", Answer.SAME, [], []),
        (
            "ef21",
            "ef21_ends_with_the_step",
            "",
            Answer.ALGEBRA,
            ["x_B = x_A"],
            [("rounds", "B cuts its round after line 17; A is after k + 1 rounds where B is after k")],
        ),
        (
            "gd",
            "gd_asks_first",
            "",
            Answer.ALGEBRA,
            ["x_B = x_A"],
            [("rounds", "B cuts its round after line 13")],
        ),
        ("marina", "marina_turned", "", Answer.SAME, [], []),
        (
            "marina",
            "marina_rounded",
            "",
            Answer.ALGEBRA,
            ["g_B = g_A"],
            [("rounding", "equal up to rounding on the wire, line 16 of A, line 16 of B")],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_known_relation_is_found_and_proven(
    one: str,
    other: str,
    under: str,
    answer: Answer,
    relations: list[str],
    rests: list[tuple[str, str]],
) -> None:
    found = compared(one, other, *([under] if under else []))
    assert found.answer is answer, found.messages
    assert [text for text in relations if text not in relation_texts(found)] == []
    assert list(notes(found)) == rests


def test_a_scalar_leaves_no_compressor_that_does_not_scale() -> None:
    """`natural` scales by powers of two alone."""
    found = compared("ef_sgd", "ef_gradient", "C = natural()")
    assert found.answer is Answer.NOT_PROVEN
    assert compared("ef_sgd", "ef_gradient", "C = scaled_sign()").answer is Answer.ALGEBRA


def test_only_a_positive_scalar_leaves_a_compressor_that_is_not_odd() -> None:
    first, second = (source(name).text.replace("where gamma > 0", "") for name in ("ef_sgd", "ef_gradient"))
    free = Source("free.alg", first), Source("second.alg", second)
    for compressor, answer in (("scaled_sign()", Answer.NOT_PROVEN), ("top_k(k = 1)", Answer.ALGEBRA)):
        assert difference(free, (f"C = {compressor}",), quick=True).comparison.answer is answer


@pytest.mark.parametrize("name", ["normalised", "gd_scaled_by_p"])
def test_what_may_be_undefined_is_not_proven(name: str) -> None:
    """0 / 0 is not 1: a state that starts at 0, and a param of which no `where` says that it is none."""
    assert compared("gd", name).answer is Answer.NOT_PROVEN


def test_a_factor_that_is_proven_positive_cancels() -> None:
    text = source("gd_scaled_by_p").text.replace("param q     = 1", "param q     = 1    where q > 0")
    found = difference((source("gd"), Source("q.alg", text)), (), quick=True)
    assert found.comparison.answer is Answer.SAME


@pytest.mark.parametrize("name", ["fed_avg", "scaffold_1"])
def test_rounds_are_cut_between_what_members_draw_and_read(name: str) -> None:
    program = compile_spec(find_spec(name), plugins(), ())
    sides = pair(program, program).sides
    read = 0
    for at in range(len(program.round)):
        with suppress(NotRead):
            prove(Alignment(at=(0, at)).sides(sides))
            read += 1
    assert read > len(program.round) / 2
