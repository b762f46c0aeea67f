"""`--set NAME=EXPR` in the place of defaults."""

from __future__ import annotations

import pytest
from cablese.dsl.check import program as core
from check_tools import checked, codes_of, program_of, spec_with

HEAD = "compressor Q: unbiased = rand_k(k = 1)\nparam gamma = 1 / L where gamma > 0\nparam b"
TEXT = spec_with("all: y = gamma * b * Q(x)", head=HEAD)


def test_a_setting_takes_the_place_of_a_default_and_may_use_it() -> None:
    program = program_of(TEXT, "gamma = 4 * gamma", "b = 2", "Q = quantize(s = 2) of Q")
    gamma = program.params[0].value
    assert isinstance(gamma, core.Apply)
    assert gamma.operator == "*"
    assert isinstance(gamma.arguments[1], core.Apply)
    assert gamma.arguments[1].operator == "/"
    bound = program.compressors[0].default
    assert bound is not None
    assert bound.inner is not None
    assert (bound.name, bound.inner.name) == ("quantize", "rand_k")


def test_a_param_without_default_may_stay_open() -> None:
    assert program_of(TEXT).params[1].value is None


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("gama = 1", "E407", "did you mean `gamma`?"),
        ("alpha = 1", "E407", "it has `Q`, `b`, `gamma`"),
        ("b = 2 * b", "E407", ""),
        ("gamma = x", "E409", "compute with it inside `round`, or use constants and other params"),
        ("gamma = b", "E408", "move the line of `b` up"),
        ("gamma = zeros", "E411", ""),
        ("Q = top_k(k = 1)", "E401", "see EF21, which takes contractive ones"),
        ("Q = rand_k()", "E404", "write `rand_k(k = 1)`"),
        (
            "Q = rand(k = 1)",
            "E402",
            "there are `block_sign`, `coded`, `collective_thing`, `identity`, `mixed`, `natural`",
        ),
    ],
)
def test_settings_are_checked_like_defaults(setting: str, code: str, said: str) -> None:
    program, diagnostics = checked(TEXT, setting)
    assert program is None
    assert [d.code for d in diagnostics] == [code]
    assert diagnostics[0].help.startswith(said)
    assert diagnostics[0].span.source.name == "--set"


def test_one_name_is_set_once() -> None:
    assert codes_of(TEXT, "gamma = 1", "gamma = 2") == ["E407"]


def test_a_setting_may_make_a_schedule() -> None:
    assert program_of(TEXT, "gamma = gamma / sqrt(1 + k)").params[0].schedule
