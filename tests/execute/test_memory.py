"""What would not fit is refused by name before it is made, with the limit that --max-memory sets or the machine has."""

from __future__ import annotations

import pytest
from cablese.runtime.errors import RunFailed, SetupError, UsageError
from cablese.runtime.execute.byte_sizes import size_of, size_text
from cablese.runtime.execute.option_checks import make_options
from execute_runs import prepared, run

SPEC = """algorithm A
problem minimize
init:
    all: x = x0
round:
    {draw}
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g
output x
"""


@pytest.mark.parametrize(
    ("spec", "options", "what"),
    [
        ("gd", {"nodes": 10**9, "max_memory": "100GB"}, "a run of 1000000000 nodes"),
        ("gd", {"problem": "quadratic(d = 10^12, mu = 1, L = 2)"}, "a problem with d = 1000000000000"),
        ("gd", {"rounds": 10**9, "every": 1, "max_memory": "100GB"}, "measures 1000000002 points .* --every"),
        (
            "gd",
            {"problem": "quadratic(d = 3000, mu = 1, L = 2)", "max_memory": "300kB"},
            "d = 3000 on 4 nodes",
        ),
        ("choco_sgd", {"nodes": 10**5, "graph": "complete"}, "the graph complete on 100000 nodes"),
        (
            SPEC.format(draw="all: event S ~ sample(n, 10^10)"),
            {},
            "spec.alg:6:10: event `S` with 1e.10 draws",
        ),
        (
            "power_sgd",
            {"settings": ("P = sketch(rows = 10^9, cols = 100, k = 3)",)},
            r"compressor P = sketch\(rows = 1000000000, cols = 100, k = 3\)",
        ),
    ],
)
def test_what_does_not_fit_is_named_before_the_run(spec: str, options: dict[str, object], what: str) -> None:
    with pytest.raises(SetupError, match=f"{what}.* takes about" if "points" not in what else what):
        prepared(spec, **options)


@pytest.mark.parametrize(
    ("draw", "problem"),
    [
        ("all: event r ~ choice(10^10, 10^11)\n    all: event S ~ sample(n, r)", {}),
        (
            "node: event xi ~ minibatch(10^10, replace = true)",
            {"problem": 'logreg(data = "breast_cancer", l2 = 1e-3)'},
        ),
    ],
)
def test_draws_of_the_round_that_do_not_fit_stop_it(draw: str, problem: dict[str, str]) -> None:
    with pytest.raises(RunFailed, match=r"in round 0, .* draws takes about .* GB"):
        run(SPEC.format(draw=draw), **problem)


def test_sizes_as_options_write_them() -> None:
    assert [size_of(text) for text in ("4GB", "1.5 kB", "12B", "4", "4gb", "-1GB")] == [
        4 * 10**9,
        1500,
        12,
        None,
        None,
        None,
    ]
    with pytest.raises(UsageError, match="--max-memory takes a size such as 4GB or 500MB, not 'much'"):
        make_options({"max_memory": "much"})


def test_sizes_have_the_unit_that_fits() -> None:
    sizes = (7, 1000, 7234, 500e6, 1.5e9, 3e15)
    assert [size_text(size) for size in sizes] == ["7 B", "1 kB", "7.23 kB", "500 MB", "1.5 GB", "3000 TB"]
