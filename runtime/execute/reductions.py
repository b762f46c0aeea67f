"""The library's map of reductions: which methods become which others in special cases, found by trying, and proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from cablese.dsl.algebra.compare import Answer, Comparison, compare
from cablese.dsl.algebra.fingerprints import fingerprint
from cablese.dsl.specialise.candidates import candidates
from cablese.dsl.specialise.specialise import PROX
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import SetupError
from .options import setting_name
from .special_case import NONE, SpecialCase, special_case

MOST_BINDINGS = 3
PLAIN = f"{PROX} = {NONE}"


@record
class Reduction:
    """A method that is another under bindings, on problems without a regulariser, and the comparison that proves it."""

    name: str
    bindings: tuple[str, ...]
    other: str
    comparison: Comparison

    @property
    def answer(self) -> str:
        """The degree to which the two are equal."""
        return str(self.comparison.answer.value)


def reductions(sources: Mapping[str, Source]) -> list[Reduction]:
    """Every reduction of one of the specs, by name, to another: under the fewest bindings, and none that follows from two
    others."""
    whole = {name: special_case(source, (PLAIN,)) for name, source in sources.items()}
    targets: dict[str | None, list[str]] = defaultdict(list)
    for name, target in whole.items():
        targets[_fingerprint(target)].append(name)
    found: list[Reduction] = []
    for name, source in sources.items():
        own: list[Reduction] = []
        for bindings in _combinations(whole[name]):
            case = _case(source, bindings)
            key = None if case is None else _fingerprint(case)
            if case is None or key is None:
                continue
            for other in targets.get(key, ()):
                known = any(one.other == other and {*one.bindings} <= {*bindings} for one in own)
                if other == name or known:
                    continue
                comparison = _compared(case, whole[other])
                if comparison.answer is not Answer.NOT_PROVEN:
                    own.append(Reduction(name, bindings, other, comparison))
        found += own
    return [one for one in found if not _follows(one, found)]


def _combinations(whole: SpecialCase) -> Iterator[tuple[str, ...]]:
    """Bindings of few names, the fewest first."""
    texts = candidates(whole.program)
    for size in range(MOST_BINDINGS + 1):
        for bindings in combinations(texts, size):
            if len({*map(setting_name, bindings)}) == size:
                yield bindings


def _case(source: Source, bindings: Sequence[str]) -> SpecialCase | None:
    """The special case; None where the spec admits none."""
    try:
        return special_case(source, (PLAIN, *bindings))
    except (SpecError, SetupError):
        return None


def _fingerprint(case: SpecialCase) -> str | None:
    return fingerprint(case.program, case.bindings)


def _compared(case: SpecialCase, other: SpecialCase) -> Comparison:
    return compare(case.program, other.program, (case.bindings, other.bindings))


def _follows(one: Reduction, found: Sequence[Reduction]) -> bool:
    """True where a reduction is two others, one after the other; of two methods that are always the same, what holds of
    the second by name follows from the first, and not the other way round."""
    firsts = (
        first
        for first in found
        if first.name == one.name
        and first.other != one.other
        and {*first.bindings} < {*one.bindings}
        and (first.bindings or first.other < first.name)
    )
    return any(
        second.name == first.other
        and second.other == one.other
        and len(first.bindings) + len(second.bindings) <= len(one.bindings)
        for first in firsts
        for second in found
    )


def map_lines(found: Sequence[Reduction]) -> Iterator[str]:
    """A line for each reduction, by method."""
    names = max((len(one.name) for one in found), default=0)
    for one in found:
        under = ", ".join(one.bindings) or "always"
        rests = f", if {rest_text(one)}" if rest_text(one) else ""
        yield f"{one.name:<{names}}  {under} -> {one.other}: {one.answer}{rests}"


def rest_text(one: Reduction) -> str:
    """The properties of compressors that a reduction rests on; empty without any."""
    return ", ".join(f"{p.name} is {p.trait.value}" for p in one.comparison.properties)
