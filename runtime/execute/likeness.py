"""The methods of the library by their likeness to a spec: what they share, how few edits make it, what algebra proves."""

from __future__ import annotations

from dataclasses import replace

from cablese.dsl.algebra.compare import Answer, Comparison, compare
from cablese.dsl.algebra.wording import relation_texts
from cablese.dsl.edits.distance import changes, distance
from cablese.dsl.edits.resemblance import resemblances
from cablese.dsl.edits.script import Script, script, system_of_method
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..compiled import compiled
from ..errors import SetupError
from ..library import find_spec, shipped_specs

COMPARED = 10
"""The closest methods, which algebra compares with the spec; the others are ranked by their edits alone."""

_ORDER = (Answer.SAME, Answer.ALGEBRA, Answer.PATH, Answer.NOT_PROVEN)


@record
class Likeness:
    """A shipped method beside a spec: the answer of algebra, the edits from the method to the spec."""

    name: str
    title: str
    comparison: Comparison | None  # None of those that are too far off to be tried
    script: Script
    changes: int
    distance: float  # half what the edits touch of both methods, half what their formulas have not in common: 0 to 1

    @property
    def answer(self) -> str:
        """The answer of algebra: `the same method`, …, `not proven`."""
        return str(self.verdict.value)

    @property
    def verdict(self) -> Answer:
        """The answer of algebra, `NOT_PROVEN` where it was not asked."""
        return Answer.NOT_PROVEN if self.comparison is None else self.comparison.answer

    @property
    def proven(self) -> bool:
        """True where at least the paths are equal."""
        return self.verdict is not Answer.NOT_PROVEN

    @property
    def same(self) -> bool:
        """True where paths and messages are equal."""
        return self.verdict in (Answer.SAME, Answer.ALGEBRA)

    @property
    def relations(self) -> tuple[str, ...]:
        """Relations of states that were proven, A the shipped method and B the spec."""
        return () if self.comparison is None or not self.proven else tuple(relation_texts(self.comparison))


def likenesses(source: Source) -> tuple[str, tuple[Likeness, ...]]:
    """The name of a spec's method, and the shipped methods for its kind of problem, the likest first.

    A shipped spec is not compared with itself. Raises SpecError for a wrong spec, SetupError where there is no method
    to compare it with.
    """
    program = compiled(source)
    near = nearest(source)
    ranked = [
        replace(each, comparison=compare(compiled(find_spec(each.name)), program))
        if place < COMPARED
        else each
        for place, each in enumerate(near)
    ]
    return program.name, tuple(sorted(ranked, key=_rank))


def nearest(source: Source) -> list[Likeness]:
    """The methods by their distance alone, algebra not asked. Raises as `likenesses`."""
    program = compiled(source)
    found = [
        (shipped, other, script(other, program, {}))
        for shipped in shipped_specs()
        for own in [find_spec(shipped.name)]
        if own.text != source.text
        for other in [compiled(own)]
        if (other.problem, other.on_graph) == (program.problem, program.on_graph)
    ]
    if not found:
        raise SetupError(f"No other method that ships with cablese solves the problem of {program.name}.")
    others = [system_of_method(other) for _, other, _ in found]
    alike = resemblances(system_of_method(program), others)
    methods = [
        Likeness(shipped.name, shipped.title, None, edits, changes(edits), (distance(edits) + 1 - common) / 2)
        for (shipped, _, edits), common in zip(found, alike, strict=True)
    ]
    return sorted(methods, key=lambda method: (method.distance, method.name))


def _rank(likeness: Likeness) -> tuple[int, float, str]:
    return _ORDER.index(likeness.verdict), likeness.distance, likeness.name
