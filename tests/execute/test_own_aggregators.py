"""Aggregators of plug-ins: what specs may write, what runs do with them, what is refused."""

from __future__ import annotations

from typing import Any

import cablese
import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.runtime.aggregators import registry as room
from cablese.runtime.aggregators.base import Aggregator
from cablese.runtime.errors import RunFailed, SetupError

SPEC = """algorithm OWN
problem minimize
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = AGGREGATE
    all: x = x - g / (2 * L_max)
output x
"""
RUN: dict[str, Any] = {"problem": "quadratic(d = 5, mu = 1, L = 2)", "nodes": 4, "rounds": 30, "every": 10}


class Plain(Aggregator):
    name, doc = "plain", "mean of the vectors"

    def aggregate(self, xp: Any, vectors: Any, number: int | None) -> Any:
        assert number is None
        return xp.mean(vectors, axis=0)


class Trimmed(Aggregator):
    name, doc = "trimmed", "mean without the f least and greatest, entry by entry"
    arguments = (Argument("f", ArgumentKind.INT, doc="left out on each side", least=0, most=1),)

    def aggregate(self, xp: Any, vectors: Any, number: int | None) -> Any:
        assert number is not None
        return xp.mean(xp.sort(vectors, axis=0)[number : vectors.shape[0] - number], axis=0)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    families = room.families()
    monkeypatch.setattr(room, "_FAMILIES", families)
    for each in (Plain, Trimmed):
        families.register(each)


def spec(aggregate: str) -> str:
    return SPEC.replace("AGGREGATE", aggregate)


@pytest.mark.parametrize(
    ("own", "language"),
    [
        ("plain(m)", "mean(m)"),
        ("trimmed(m, 1)", "trimmed_mean(m, 1)"),
        ("trimmed(2 * m, n - 3) / 2", "trimmed_mean(m, 1)"),
    ],
)
def test_it_runs_as_one_of_the_language_would(own: str, language: str) -> None:
    found, expected = (cablese.run(spec(text), **RUN) for text in (own, language))
    np.testing.assert_allclose(found.trace.loss, expected.trace.loss, rtol=1e-12)
    assert found.trace.bits_up[-1] == expected.trace.bits_up[-1]


def test_it_runs_over_some_nodes() -> None:
    some = SPEC.replace(
        "    node -> server: m",
        "    server: event S ~ subset(n, 2)\n    server -> all: S\n    node in S -> server: m",
    )
    found = [cablese.run(some.replace("AGGREGATE", text), **RUN) for text in ("plain(m)", "mean(m)")]
    np.testing.assert_allclose(found[0].trace.loss, found[1].trace.loss, rtol=1e-12)


@pytest.mark.parametrize(
    ("aggregate", "says"),
    [
        ("plain(m, 1)", "takes 1 argument"),
        ("trimmed(m)", "takes 2 arguments"),
        ("trimmed(m, 0.5)", "whole number"),
        ("plain(norm(m))", "a family of vectors"),
        ("plan(m)", "did you mean `plain`"),
        ("plain(x)", "`plain` runs over nodes; `x` is one value"),
    ],
)
def test_what_a_spec_may_not_write(aggregate: str, says: str) -> None:
    assert any(says in str(each) for each in cablese.check(spec(aggregate))), cablese.check(spec(aggregate))


def test_a_number_out_of_bounds_ends_the_run() -> None:
    with pytest.raises(RunFailed, match=r"`f` of `trimmed` must be from 0 to 1, not 2"):
        cablese.run(spec("trimmed(m, 2)"), **RUN)


def test_nothing_is_known_of_it_to_algebra() -> None:
    assert cablese.diff(spec("plain(m)"), spec("plain(m)").replace("g / (2", "(1 * g) / (2")).same
    assert not cablese.diff(spec("plain(m)"), spec("mean(m)"), quick=True).same
    assert not cablese.diff(spec("trimmed(m, 0)"), spec("trimmed(m, 1)"), quick=True).same


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            lambda xp, v: v,
            r"gives as its `aggregate` an array of shape \(4, 5\), and must give one of shape \(5,\)",
        ),
        (lambda xp, v: None, "NoneType"),
        (lambda xp, v: v[0] / 0, "not finite, for finite ones"),
        (lambda xp, v: v[7], "aggregator `odd` failed in its `aggregate`"),
        (lambda xp, v: xp.astype(v[0], xp.float32), "float32"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_it_gives_is_looked_at(body: Any, says: str) -> None:
    class Odd(Aggregator):
        name, doc = "odd", "a test"

        def aggregate(self, xp: Any, vectors: Any, number: int | None) -> Any:
            return body(xp, vectors)

    room.register(Odd)
    with pytest.raises((SetupError, RunFailed), match=says):
        cablese.run(spec("odd(m)"), **RUN)


def test_it_may_write_into_its_vectors() -> None:
    class Writes(Plain):
        name = "writes"

        def aggregate(self, xp: Any, vectors: Any, number: int | None) -> Any:
            vectors *= 0.5
            return 2 * xp.mean(vectors, axis=0)

    room.register(Writes)
    both = spec("(h + mean(m)) / 2").replace("    server ->", "    server: h = writes(m)\n    server ->")
    found, expected = cablese.run(both, **RUN), cablese.run(spec("mean(m)"), **RUN)
    np.testing.assert_allclose(found.trace.loss, expected.trace.loss, rtol=1e-12)


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"name": "krum"}, "`krum` is a function of the language"),
        ({"name": "mean"}, "`mean` is a function of the language"),
        ({"name": "no name"}, "a spec cannot write the name"),
        ({"arguments": (Argument("f", ArgumentKind.REAL),)}, "one whole number without a default"),
        ({"arguments": (Argument("f", ArgumentKind.INT, 2),)}, "one whole number without a default"),
        (
            {"arguments": (Argument("f", ArgumentKind.INT), Argument("g", ArgumentKind.INT))},
            "one whole number",
        ),
        ({"aggregate": Aggregator.aggregate}, "it does not define `aggregate`"),
        ({"doc": ""}, "it has no `doc`"),
    ],
)
def test_what_cannot_be_registered(stated: dict[str, Any], says: str) -> None:
    family = type("Wrong", (Plain,), {"name": "wrong", **stated})
    with pytest.raises(SetupError, match=says):
        room.register(family)
