"""`--output`: what a run returns in the place of its spec's output is as if the spec had it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cablese as python
import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.errors import RunFailed
from cablese.runtime.execute.interface import Header, Point, Recording
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.session import prepare
from cablese.runtime.identity import identity_of

SPEC = """algorithm GIVEN
problem minimize
param gamma = 1 / (4 * L)
init:
    all: x = x0
round k:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: y = x - gamma * g
    all: x = y - gamma * g / (k + 2)
output x
"""
PROBLEM = "quadratic(d = 4, mu = 0.5, L = 1, spread = 1, seed = 2)"


def run(text: str, **given: Any) -> tuple[Header, list[Point], list[float]]:
    options = make_options({"problem": PROBLEM, "nodes": 3, "rounds": 6, "every": 1, **given})
    recording, prepared = Recording(), prepare(Source("given.alg", text), options)
    output = prepared.run(recording).output
    assert recording.header is not None and output is not None
    return (
        recording.header,
        [replace(point, seconds=0.0) for point in recording.points],
        list(map(float, output)),
    )


@pytest.mark.parametrize(
    "output", ["x", "average(x)", "average(x, 1 + k)", "uniform(x)", "y", "average(y, gamma)"]
)
def test_a_run_returns_it_as_if_the_spec_did(output: str) -> None:
    given, points, found = run(SPEC, output=output)
    written, *expected = run(SPEC.replace("output x", f"output {output}"))
    assert [points, found] == expected
    assert given.output == written.output == output
    assert given.spec_hash == written.spec_hash
    assert identity_of(given) == identity_of(written)


@pytest.mark.parametrize(
    ("output", "code", "says"),
    [
        ("averag(x)", "E509", "is not something that a spec returns"),
        ("x / 2", "E509", "is not something that a spec returns"),
        ("x +", "E121", "an expression is missing"),
        ("", "E102", "the text is empty"),
        ("average(z)", "E201", "`z` is not bound anywhere"),
        ("gamma", "E302", "an output needs a vector"),
        ("average(x, m)", "E302", "a weight needs a real or an int"),
        ("uniform(x, 2)", "E509", "`uniform` takes no weight"),
    ],
)
def test_a_mistake_in_it_has_its_place(output: str, code: str, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        run(SPEC, output=output)
    (found,) = caught.value.diagnostics
    assert found.code == code and says in found.message
    assert found.span.source.name == "--output" and found.span.line == 1


def test_a_mistake_in_it_names_the_method() -> None:
    """One of several that are compared may lack a name."""
    with pytest.raises(SpecError) as caught:
        run(SPEC, output="average(z)")
    (label,) = caught.value.diagnostics[0].labels
    assert (label.span.line, label.note) == (1, "of this method")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"output": "average(x, 1 - k)"}, "--output: in round 2: a weight of -1"),
        ({"output": "average(x, where(sqrt(1.5 - k) > 1, 2, 1))"}, "--output: in round 2: what is compared"),
        ({"settings": ("gamma = where(sqrt(1.5 - k) > 1, 2, 1)",)}, "--set: in round 2: what is compared"),
    ],
)
def test_a_failure_in_it_is_not_that_of_a_line_of_the_spec(given: dict[str, Any], says: str) -> None:
    with pytest.raises(RunFailed) as caught:
        run(SPEC, **given)
    told = str(caught.value)
    written = given.get("output") or given["settings"][0]
    assert says in told and f"`{written}`" in told


def test_python_has_it() -> None:
    result = python.run(SPEC, problem=PROBLEM, nodes=3, rounds=6, output="average(x)")
    assert len(result.trace.loss_avg) == 7
    both = python.compare(["gd", "diana"], problem=PROBLEM, nodes=3, rounds=6, output="average(x)", seeds=2)
    assert len(both) == 4
    assert all(len(each.trace.loss_avg) == 7 for each in both)
