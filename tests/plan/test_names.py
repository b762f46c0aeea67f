"""Names of slots: the spec's own where they are free, and never two for one."""

from __future__ import annotations

import keyword

from cablese.dsl.plan.names import FRAME, SUFFIX, Namer
from hypothesis import given
from hypothesis import strategies as st

WORDS = ["x", "x_", "x_2", "run", "run_", "run_2", "lambda", "lambda_", "here", f"g{SUFFIX}", "g", "m_packet"]
symbols = st.sets(st.sampled_from(WORDS))


@given(symbols)
def test_symbols_get_different_usable_names(names: set[str]) -> None:
    namer = Namer(names)
    spelled = [namer.symbol(name) for name in sorted(names)]
    assert len(set(spelled)) == len(spelled)
    for name, spelling in zip(sorted(names), spelled, strict=True):
        assert not keyword.iskeyword(spelling)
        assert spelling not in FRAME
        assert not spelling.endswith(SUFFIX)
        assert spelling == name or keyword.iskeyword(name) or name in FRAME or name.endswith(SUFFIX)


@given(symbols, st.lists(st.sampled_from(["m_packet", "grad_x", "x", "run", "point"])))
def test_names_beside_symbols_are_new(names: set[str], wishes: list[str]) -> None:
    namer = Namer(names)
    taken = {namer.symbol(name) for name in names}
    for place, wish in enumerate(wishes):
        name = namer.kept(wish) if place % 2 else namer.passing(wish)
        assert name not in taken
        taken.add(name)


def test_names_of_a_statement_come_back_and_kept_ones_do_not() -> None:
    namer = Namer(["x"])
    assert (namer.passing("grad_x"), namer.passing("grad_x"), namer.kept("p")) == ("grad_x", "grad_x_2", "p")
    namer.next_statement()
    assert (namer.passing("grad_x"), namer.kept("p")) == ("grad_x", "p_2")
    namer.next_pass()
    assert namer.kept("p") == "p"
