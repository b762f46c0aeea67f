"""Several specs made ready for one comparison: a `--set` goes to the specs that have its name, all solve one problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cablese.dsl.check.uses import has_groups

from ..errors import SetupError
from .options import Options, setting_name
from .setup_errors import nothing_to_compare

if TYPE_CHECKING:
    from cablese.dsl.check.program import Program
    from cablese.dsl.text.source import Source

    from ..problems.objective import Objective
    from .session import Prepared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One spec of a comparison, ready to run; `name` tells it from the others and suits a file name."""

    name: str
    options: Options
    prepared: Prepared


def prepare_all(
    sources: Sequence[Source], options: Options, objective: Objective | None = None
) -> tuple[Entry, ...]:
    """Every spec ready to run on the same problem, in order: that of the options, or an objective that a program holds.

    Raises SpecError, SetupError: also when the specs solve problems of different kinds, or there are none.
    """
    from . import session
    from .problems import Problems

    if not sources:
        raise nothing_to_compare()
    dealt = options_of_each(sources, options)
    names = entry_names(sources)
    problems = Problems(objective)
    prepared = [session.prepare(source, own, problems) for source, own in zip(sources, dealt, strict=True)]
    entries = tuple(map(Entry, names, dealt, prepared))
    _check_one_problem(entries)
    return entries


def entry_names(sources: Sequence[Source]) -> list[str]:
    """A name for each spec that tells it from the others and suits a file name."""
    stems = [Path(source.name).stem for source in sources]
    return [
        stem if stems.count(stem) == 1 else f"{stem}-{stems[: i + 1].count(stem)}"
        for i, stem in enumerate(stems)
    ]


def options_of_each(sources: Sequence[Source], options: Options) -> list[Options]:
    """The options of each spec: settings, graph and groups reach those that take them."""
    return [
        replace(options, settings=own, graph=graph, groups=groups)
        for own, graph, groups in zip(
            deal(sources, options.settings),
            _for_those(sources, options.graph, _on_graph),
            _for_those(sources, options.groups, has_groups),
            strict=True,
        )
    ]


def deal(sources: Sequence[Source], settings: Sequence[str]) -> list[tuple[str, ...]]:
    """For each spec the settings whose name it declares; a name that no spec declares goes to all, to be refused."""
    declared = [_declared(source) for source in sources]
    known = set().union(*declared)
    return [
        tuple(s for s in settings if setting_name(s) in own or setting_name(s) not in known)
        for own in declared
    ]


def _for_those(
    sources: Sequence[Source], given: T | None, takes: Callable[[Program], bool]
) -> list[T | None]:
    """An option for the methods that take it; where none does, for all, to be refused."""
    from cablese.dsl.pipeline import compile_spec

    from ..registry import plugins

    if given is None:
        return [None for _ in sources]
    take = [takes(compile_spec(source, plugins())) for source in sources]
    return [given if own or not any(take) else None for own in take]


def _on_graph(program: Program) -> bool:
    return program.on_graph


def _declared(source: Source) -> frozenset[str]:
    from cablese.dsl.syntax.nodes import Compressor, Param
    from cablese.dsl.syntax.parse import parse
    from cablese.dsl.text.diagnostics import Bag

    lines = parse(source, Bag()).lines
    return frozenset(line.name.id for line in lines if isinstance(line, (Compressor, Param)))


def _check_one_problem(entries: Sequence[Entry]) -> None:
    first = entries[0].prepared.header
    for entry in entries[1:]:
        other = entry.prepared.header
        if other.kind != first.kind:
            raise SetupError(
                f"{first.algorithm} (`problem {first.kind}`) and {other.algorithm} (`problem {other.kind}`) "
                "solve problems of different kinds and cannot be compared."
            )
