"""Ints have a limit and loops do: what grows or runs without end is refused at its line."""

from __future__ import annotations

import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.runtime.errors import RunFailed, SetupError, UsageError
from cablese.runtime.execute.option_checks import make_options
from execute_runs import prepared, run

HEAD = """algorithm A: "test"
problem minimize
{head}
init:
    all: x = x0
    node: i = 3
round k:
    {body}
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g
output x
"""


def spec(body: str, head: str = "") -> str:
    return HEAD.format(head=head, body=body.replace("\n", "\n    "))


def squares(first: str) -> str:
    """A number that is squared 40 times, each time under a name of its own."""
    return "\n".join([f"param p0 = {first}", *(f"param p{j} = p{j - 1} * p{j - 1}" for j in range(1, 40))])


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("gamma=1/0", r"--set gamma=1/0: `gamma` comes out as inf: give it another value\."),
        ("gamma = log(0)", r"--set gamma = log\(0\): `gamma` comes out as -inf"),
        ("gamma=2^53 * n", r"--set gamma=2\^53 \* n: `gamma` is an int beyond 2\^53"),
    ],
)
def test_a_value_that_was_given_is_blamed_where_it_was_given(setting: str, place: str) -> None:
    with pytest.raises(SetupError, match=f"^{place}"):
        prepared("gd", settings=(setting,))


@pytest.mark.parametrize(
    ("body", "head", "place"),
    [
        ("all: j = p39 * 2", squares("3"), "spec.alg:9:1: `p6` is an int beyond 2^53"),
        ("all: j = 1.0 * p39", squares("3 + k"), "spec.alg:9:1: `p6` is an int beyond 2^53 in round 0"),
        ("all: y = p * x", "param p = 2^53\nparam q = 1 / (p" + " * p" * 30 + " / 3)", "larger than any"),
        ("all: y = x * q", "param q = floor(2.0^k)", "`q` is an int beyond 2^53 in round 54"),
        (
            "repeat 10^12: all: x = x / 2",
            "",
            "spec.alg:8:5: this and the loops in it would run 1000000000000",
        ),
        ("repeat 9999:\n repeat d * 999:\n  all: x = x / 2", "", "spec.alg:8:5: .* run 59944005 times"),
        ("repeat floor(log(0 - 1)): all: x = x / 2", "", "repeated nan times"),
    ],
)
def test_what_is_known_before_the_run_is_refused_before_it(body: str, head: str, place: str) -> None:
    with pytest.raises(SetupError, match=place.replace("^", r"\^")):
        prepared(spec(body, head), rounds=60)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("all: j = 3\nrepeat 60:\n all: j = j * j", "spec.alg:10: in round 0: .* int beyond 2^53"),
        ("node: i = i * 3", "spec.alg:8: in round 32: .* int beyond 2^53"),
        ("node -> server: q = i * 2^52", "spec.alg:8: in round 0: .* int beyond 2^53"),
        ("all: j = 2^53; y = (j" + " * j" * 30 + ") * x", "spec.alg:8: in round 0: .* larger than any real"),
        ("all: j = floor(log(0 - norm(x)))", "spec.alg:8: in round 0: .* not finite"),
        (
            "all: event r ~ choice(10^8, 10^9)\nrepeat r: all: x = x / 2",
            "spec.alg:9: .* may run 10000000 times",
        ),
        ("node:\n event r ~ choice(10^8, 10^9)\n repeat r: i = 0", "spec.alg:10: .* may run 10000000 times"),
        ("repeat floor(log(0 - 1 - norm(x))): all: x = x / 2", "spec.alg:8: .* nan times"),
    ],
)
def test_what_the_round_finds_stops_the_run_at_its_line(body: str, place: str) -> None:
    with pytest.raises(RunFailed, match=place.replace("^", r"\^")):
        run(spec(body), rounds=40)


def test_ints_up_to_the_limit_are_exact() -> None:
    body = "all: j = 2^52 - 1 + 2^52; x = where(j + 1 == 9007199254740992 and j % 2 == 1, x, x / 0)"
    run(spec(body), rounds=2)


def test_the_number_of_rounds_is_bounded() -> None:
    with pytest.raises(UsageError, match="--rounds must be at most 1000000000, not 10000000000"):
        make_options({"rounds": 10**10})


@pytest.mark.parametrize(
    "value",
    [
        "x + " + " + ".join(["0.001 * x"] * 190),
        "min(" + ", ".join(f"norm(x) + {j}" for j in range(150)) + ") * x",
    ],
)
def test_long_sums_and_many_arguments_run(value: str) -> None:
    run(spec(f"all: y = {value}", "param p = " + " + ".join(["1"] * 199)), rounds=1)


@pytest.mark.parametrize("value", [" + ".join(["x"] * 202), "min(" + ", ".join(["1"] * 202) + ") * x"])
def test_what_is_longer_is_told(value: str) -> None:
    with pytest.raises(SpecError, match="more than 200 terms"):
        prepared(spec(f"all: y = {value}"))
