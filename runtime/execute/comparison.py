"""Several methods made ready for one comparison: a `--set` goes to those that have its name, all solve one problem."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from cablese.dsl.check.uses import has_groups
from cablese.dsl.text.records import record

from ..errors import SetupError, UsageError
from .methods import Method, settings_of_each
from .options import Options
from .setup_errors import nothing_to_compare

if TYPE_CHECKING:
    from cablese.dsl.check.program import Program
    from cablese.dsl.text.source import Source

    from ..problems.objective import Objective
    from .session import Prepared

T = TypeVar("T")


@record
class Entry:
    """One run of a comparison, ready to begin; `name` tells it from the others and suits a file name."""

    name: str
    source: Source
    options: Options
    prepared: Prepared


def prepare_all(
    methods: Sequence[Method],
    options: Options,
    seeds: int = 1,
    objective: Objective | None = None,
    chosen: Callable[[Sequence[int]], Sequence[int]] = list,
) -> tuple[Entry, ...]:
    """Every method ready to run on the same problem, in order, each under so many seeds from that of the options on; the
    problem is that of the options, or an objective that a program holds. `chosen` takes some of the runs, by their places.

    Raises SpecError, UsageError for no seeds, SetupError: also when the specs solve problems of different kinds, or there
    are none.
    """
    from ..transports.connect import ALONE, together
    from . import session
    from .agree import in_step
    from .problems import Problems

    if not methods:
        raise nothing_to_compare()
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, not {seeds}.")
    names, problems = entry_names(methods, options.seed, seeds), Problems(objective)
    with in_step(together(ALONE if options.alone else os.environ)) as meeting:
        meeting.facts.update(
            {"list of methods": ", ".join(method.stem for method in methods), "--seeds": str(seeds)}
        )
    own, entries = options_of_each(methods, options), list[Entry]()
    firsts: dict[int, Prepared] = {}
    for place in chosen(range(len(names))):
        at, step = divmod(place, seeds)
        method, seeded = methods[at], replace(own[at], seed=own[at].seed + step)
        prepared = session.prepare(method.source, seeded, problems, like=firsts.get(at))
        firsts.setdefault(at, prepared)
        entries.append(Entry(names[place], method.source, seeded, prepared))
    _check_one_problem(entries)
    return tuple(entries)


def entry_names(methods: Sequence[Method], seed: int, seeds: int) -> list[str]:
    """A name for each run that tells it from the others and suits a file name."""
    stems = [method.stem for method in methods]
    names = [
        stem if stems.count(stem) == 1 else f"{stem}-{stems[: i + 1].count(stem)}"
        for i, stem in enumerate(stems)
    ]
    if seeds == 1:
        return names
    return [f"{name}-seed-{seed + step}" for name in names for step in range(seeds)]


def options_of_each(methods: Sequence[Method], options: Options) -> list[Options]:
    """The options of each method: settings, graph and groups reach those that take them."""
    return [
        replace(options, settings=own, graph=graph, groups=groups)
        for own, graph, groups in zip(
            settings_of_each(methods, options.settings),
            _for_those(methods, options.graph, _on_graph),
            _for_those(methods, options.groups, has_groups),
            strict=True,
        )
    ]


def _for_those(
    methods: Sequence[Method], given: T | None, takes: Callable[[Program], bool]
) -> list[T | None]:
    """An option for the methods that take it; where none does, for all, to be refused."""
    from ..compiled import compiled

    if given is None:
        return [None for _ in methods]
    take = [takes(compiled(method.source)) for method in methods]
    return [given if own or not any(take) else None for own in take]


def _on_graph(program: Program) -> bool:
    return program.on_graph


def _check_one_problem(entries: Sequence[Entry]) -> None:
    first = entries[0].prepared.header
    for entry in entries[1:]:
        other = entry.prepared.header
        if other.kind != first.kind:
            raise SetupError(
                f"{first.algorithm} (`problem {first.kind}`) and {other.algorithm} (`problem {other.kind}`) "
                "solve problems of different kinds and cannot be compared."
            )
