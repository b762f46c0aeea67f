"""The fast path and the evaluator on the same spec and options, and how their runs must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.make_context import FLOAT_BITS
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.problems.reading import read_problem
from cablese.runtime.problems.registry import make_problem
from cablese.runtime.registry import plugins
from evaluator import Evaluator, Outcome

COUNTED = (
    "bits_up",
    "bits_down",
    "bits_down_broadcast",
    "bits_paper",
    "bits_paper_down",
    "bits_shared",
    "oracle_calls",
)


def slow(source: Source, options: Options) -> Outcome:
    """The evaluator's run."""
    assert options.problem is not None
    program = compile_spec(source, plugins(), options.settings)
    (name, arguments), added = read_problem(options.problem)
    problem = make_problem(
        name, arguments, n=options.nodes, split=options.split, seed=options.seed, added=added
    )
    bits, groups = FLOAT_BITS[options.wire], options.groups or 1
    return Evaluator(program, problem, options.rounds, options.seed, bits, options.graph, groups).run()


def fast(source: Source, options: Options) -> Outcome:
    """The runtime's run, measured after every round."""
    recording = Recording()
    outcome = prepare(source, options).run(recording)
    points = [{**{name: getattr(q, name) for name in COUNTED}, **q.metrics} for q in recording.points]
    return Outcome(points, outcome.output)


def assert_equal(source: Source, options: Options) -> Outcome:
    """Both runs are the same to the bit."""
    theirs, ours = slow(source, options), fast(source, options)
    assert len(ours.points) == len(theirs.points) == options.rounds + 1
    for round, (one, other) in enumerate(zip(ours.points, theirs.points, strict=True)):
        differing = {key: (one.get(key), other.get(key)) for key in one | other if not _same(one, other, key)}
        assert not differing, f"after {round} rounds (fast, slow): {differing}"
    np.testing.assert_array_equal(ours.output, theirs.output)
    return ours


def _same(one: dict[str, float], other: dict[str, float], key: str) -> Any:
    return key in one and key in other and one[key] == other[key]
