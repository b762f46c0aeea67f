"""Bindings under which two methods take the same path: special cases that are tried one after the other, and proven."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from ..algebra.combination import Combination, TooMany, number, scalar
from ..algebra.conditions import range_of
from ..algebra.expressions import evaluated
from ..algebra.pairing import Pairing
from ..algebra.relate import Side, prove
from ..algebra.symbols import NotRead
from ..check import program as core
from ..check.kinds import EVERYONE, KNOWN_TO_ALL, Kind, Placement, Spread, Where
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..check.uses import has_prox
from ..text.records import record
from ..text.source import NOWHERE

MOST = 24
"""Special cases that are tried."""

_NODES = Where(Placement.NODE, Spread.NODES)
_EVERY_SAMPLE = core.Aggregate(
    "max",
    core.Constant("samples_i", Kind.INT, _NODES, NOWHERE),
    None,
    EVERYONE,
    Kind.INT,
    KNOWN_TO_ALL,
    NOWHERE,
)

Sides = tuple[Side, Side]


@record
class Binding:
    """A binding as it is written, and what it makes of both methods."""

    text: str
    bind: Callable[[Sides], Sides]


def equal_if(pairing: Pairing) -> tuple[str, ...]:
    """The bindings under which paths are proven equal, none of them idle; empty where none were found.

    Tried are: every compressor exact, no regulariser, all samples; with these params at the ends of their ranges.
    """
    sides = pairing.sides
    exact = [*_exact(pairing), *_without_prox(sides), *_whole_batches(pairing)]
    ends = list(_ends(pairing))
    more = [(), *((end,) for end in ends), *combinations(ends, 2)]
    for chosen in more[:MOST]:
        bindings = [*exact, *chosen]
        if _equal(sides, bindings):
            return tuple(b.text for b in _needed(sides, bindings))
    return ()


def _needed(sides: Sides, bindings: Sequence[Binding]) -> list[Binding]:
    """The bindings without those that nothing rests on."""
    kept = list(bindings)
    for binding in bindings:
        fewer = [b for b in kept if b is not binding]
        if _equal(sides, fewer):
            kept = fewer
    return kept


def _equal(sides: Sides, bindings: Sequence[Binding]) -> bool:
    for binding in bindings:
        sides = binding.bind(sides)
    try:
        return prove(sides).same_path
    except (NotRead, TooMany):
        return False


# --- bindings --------------------------------------------------------------------------------------------------


def _exact(pairing: Pairing) -> Iterator[Binding]:
    """Every compressor as the identity, those that are paired at once."""
    for ours, theirs in _names(pairing, [c.symbol.name for c in pairing.sides[0].program.compressors], 1):
        yield Binding(_text(ours, theirs, "identity()"), _both(ours, theirs, _made_exact))


def _names(pairing: Pairing, own: Sequence[str], kind: int) -> Iterator[tuple[str, str]]:
    """Names of both methods for one thing, empty where a method has none."""
    program = pairing.sides[1].program
    pairs = pairing.compressors if kind else pairing.params
    others = [p.symbol.name for p in (program.compressors if kind else program.params)]
    found = {a: b for b, a in pairs.items()}
    yield from ((name, found.get(name, "")) for name in own)
    yield from (("", name) for name in others if name not in pairs)


def _text(ours: str, theirs: str, value: str) -> str:
    """The binding of a name, or of each of two."""
    return ", ".join(f"{name} = {value}" for name in dict.fromkeys((ours, theirs)) if name)


def _both(ours: str, theirs: str, change: Callable[[Side, str], Side]) -> Callable[[Sides], Sides]:
    def bind(sides: Sides) -> Sides:
        one, other = (change(s, n) if n else s for s, n in zip(sides, (ours, theirs), strict=True))
        return one, other

    return bind


def _made_exact(side: Side, name: str) -> Side:
    return replace(side, symbols=replace(side.symbols, exact=side.symbols.exact | {name}))


def _without_prox(sides: Sides) -> Iterator[Binding]:
    def plain(found: Sides) -> Sides:
        one, other = (replace(s, symbols=replace(s.symbols, plain_prox=True)) for s in found)
        return one, other

    if any(has_prox(side.program) for side in sides):
        yield Binding("prox = none", plain)


def _whole_batches(pairing: Pairing) -> Iterator[Binding]:
    """Params that are sizes of minibatches, as large as the samples."""
    sizes = [_batch_sizes(side.program) for side in pairing.sides]
    for ours, theirs in _names(pairing, [q.symbol.name for q in pairing.sides[0].program.params], 0):
        own = ours if ours in sizes[0] else "", theirs if theirs in sizes[1] else ""
        if any(own):
            yield Binding(_text(*own, "max(samples_i)"), _both(*own, _all_samples))


def _batch_sizes(program: core.Program) -> set[str]:
    return {
        part.symbol.name
        for draw in STATEMENTS.walk(program)
        if isinstance(draw, core.Draw) and draw.distribution == "minibatch"
        for part in draw.arguments
        if isinstance(part, core.ParamRead)
    }


def _all_samples(side: Side, name: str) -> Side:
    return _with_value(side, name, evaluated(side.program, side.symbols, _EVERY_SAMPLE))


def _with_value(side: Side, name: str, value: Combination) -> Side:
    return replace(side, symbols=replace(side.symbols, params={**side.symbols.params, name: value}))


def _ends(pairing: Pairing) -> Iterator[Binding]:
    """Params, both of two that are paired, at the closed ends 0 and 1 of ranges that conditions tell; one local step."""
    within = [{q.symbol.name: range_of(q) for q in side.program.params} for side in pairing.sides]
    ranges = [{q.symbol.name: _closed_ends(q) for q in side.program.params} for side in pairing.sides]
    for side, found in zip(pairing.sides, ranges, strict=True):
        found.update({name: {1} for name in _counts(side.program)})
    for ours, theirs in _names(pairing, list(ranges[0]), 0):
        for end in sorted(ranges[0].get(ours, set()) | ranges[1].get(theirs, set()), reverse=True):
            if not all(own[n].has(Fraction(end)) for own, n in zip(within, (ours, theirs), strict=True) if n):
                continue
            value = scalar(number(end))
            yield Binding(
                _text(ours, theirs, str(end)),
                _both(ours, theirs, lambda side, name, value=value: _with_value(side, name, value)),  # type: ignore[misc]
            )


def _counts(program: core.Program) -> set[str]:
    """Params that are numbers of local steps."""
    loops = (s for s in STATEMENTS.walk(program) if isinstance(s, core.Repeat))
    return {s.count.symbol.name for s in loops if isinstance(s.count, core.ParamRead)}


def _closed_ends(param: core.Param) -> set[int]:
    """The ends 0 and 1 that a condition such as `0 < p <= 1` lets a param take."""
    if param.condition is None or param.schedule:
        return set()
    return {
        int(side.value)
        for part in EXPRESSIONS.walk(param.condition)
        if isinstance(part, core.Apply) and part.operator in ("<=", ">=")
        for side in part.arguments
        if isinstance(side, core.Literal) and side.value in (0, 1)
    }
