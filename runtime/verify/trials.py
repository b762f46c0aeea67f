"""Runs of a method that are watched after every round: the values of names, and the points of the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source

from ..errors import RunFailed, SetupError
from ..execute.interface import Point, Recording
from ..execute.options import Options
from ..execute.problems import Problems
from ..execute.session import Prepared, prepare, reseeded
from .problems import Trial

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Watching = Callable[[int, Mapping[str, Any]], None]
"""Called with the number of rounds done, and the values of states by name."""


@dataclass
class Course:
    """A run as it was seen: points with metrics, the output after each round, and the failure that ended it."""

    points: list[Point] = field(default_factory=list)
    outputs: list[HostArray | None] = field(default_factory=list)
    failed: str = ""


def options_of(trial: Trial, rounds: int, settings: tuple[str, ...] = (), every: int = 1) -> Options:
    """The options of a trial: nothing is rounded on the wire; the output is measured every so many rounds."""
    return Options(
        nodes=trial.nodes,
        rounds=rounds,
        problem=trial.problem,
        every=every,
        wire="float64",
        settings=settings,
        graph=trial.graph,
        alone=True,
    )


@dataclass
class Bench:
    """A method on one problem: prepared once, run under many seeds."""

    source: Source
    options: Options
    watch: frozenset[str]
    problems: Problems
    prepared: Prepared

    @classmethod
    def make(
        cls, source: Source, options: Options, problems: Problems, watch: frozenset[str] = frozenset()
    ) -> Bench:
        """Prepare a method; raises SetupError or SpecError where the problem does not suit it."""
        return cls(source, options, watch, problems, prepare(source, options, problems, watch))

    def course(self, seed: int, watching: Watching | None = None) -> Course:
        """One run under a seed."""
        prepared = reseeded(self.prepared, seed, self.problems)
        names = [state.symbol.name for state in prepared.context.program.states]
        found, recording = Course(), Recording()

        def look(done: int, states: Any) -> None:
            value = prepared.loop.value
            found.outputs.append(None if value is None else np.array(value, dtype=np.float64))
            if watching is not None:
                watching(done, dict(zip(names, states, strict=False)))

        prepared.loop.observer = look
        try:
            prepared.run(recording)
        except RunFailed as failure:
            found.failed = str(failure)
        found.points = recording.points
        return found


REFUSED = (SetupError, SpecError)
"""Errors of a method that a problem does not suit."""


def reason(error: Exception) -> str:
    """An error in a line: of a spec's mistakes the first, without its place."""
    return error.diagnostics[0].message if isinstance(error, SpecError) else str(error)
