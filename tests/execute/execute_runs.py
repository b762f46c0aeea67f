"""Runs of specs given as text, for tests of the runtime."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cablese.dsl.text.source import Source
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.problems import Problems
from cablese.runtime.execute.session import Outcome, Prepared, prepare, reseeded
from cablese.runtime.library import find_spec

QUADRATIC = "quadratic(d = 6, mu = 0.1, L = 1, spread = 0.5, seed = 3)"


def prepared(spec: str, **options: object) -> Prepared:
    """A shipped spec by name, or a text with a newline in it."""
    source = Source("spec.alg", spec) if "\n" in spec else find_spec(spec)
    return prepare(source, Options(**{"problem": QUADRATIC, "nodes": 4, "rounds": 5, "every": 1} | options))


def run(spec: str, **options: object) -> tuple[Recording, Outcome]:
    recording = Recording()
    outcome = prepared(spec, **options).run(recording)
    return recording, outcome


def runs_of_seeds(spec: str, seeds: Iterable[int], **options: object) -> Iterator[Recording]:
    """A run for each seed; the spec is compiled and the problem prepared once."""
    first, problems = prepared(spec, **options), Problems()
    for seed in seeds:
        recording = Recording()
        reseeded(first, seed, problems).run(recording)
        yield recording
