"""Params and compressors of two methods, paired by their part in what is computed, then by likeness; names break ties."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache

from ..check import program as core
from ..check.contracts import Trait, Traits
from ..check.kinds import Kind
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..text.records import record
from ..text.source import Source
from .combination import Combination, TooMany, number, scalar
from .conditions import range_of
from .functions import opaque_number
from .keys import digest
from .ranges import Range
from .relate import Side
from .symbols import Meaning, NotRead, Symbols

PASSES = 3
ALIKE = 0.4
SAME_NAME = 0.2
ROUNDS = 2
_HOLE = "hole"
IDENTITY = "identity"


@record
class Pairing:
    """Two methods with common symbols: names of the second method's params and compressors -> the first's."""

    sides: tuple[Side, Side]
    params: Mapping[str, str]
    compressors: Mapping[str, str]


@record
class Fixed:
    """Bindings made before methods are paired: params, compressors, those of them that change nothing, nodes."""

    params: frozenset[str] = frozenset()
    exact: frozenset[str] = frozenset()
    plain_prox: bool = False
    compressors: frozenset[str] = frozenset()
    nodes: int | None = None


def fixed_in(
    program: core.Program, names: frozenset[str], *, plain_prox: bool = False, nodes: int | None = None
) -> Fixed:
    """The bindings of a program that keeps some of the names that are bound, as defaults."""
    params = frozenset(q.symbol.name for q in program.params) & names
    bound = [c for c in program.compressors if c.symbol.name in names]
    exact = frozenset(c.symbol.name for c in bound if c.default is not None and _is_identity(c.default))
    return Fixed(params, exact, plain_prox, frozenset(c.symbol.name for c in bound), nodes)


def _is_identity(call: core.CompressorCall) -> bool:
    return call.inner is None and call.name == IDENTITY


def _kind(param: core.Param) -> str:
    """The kind of a param; a default that is a whole number says nothing of it."""
    return "number" if param.kind in (Kind.INT, Kind.REAL) else param.kind.value


def pair(one: core.Program, other: core.Program, fixed: tuple[Fixed, Fixed] = (Fixed(), Fixed())) -> Pairing:
    """Pair what plays the same part, then what is used alike; the rest stay each method's own."""
    first, second = _colours(one, fixed[0]), _colours(other, fixed[1])

    kinds = [{q.symbol.name: _kind(q) for q in program.params} for program in (one, other)]

    uses = _uses(one, one.span.source), _uses(other, other.span.source)

    ranges = ranges_of(one), ranges_of(other)

    def likeness(mine: str, name: str) -> float:
        if kinds[0].get(mine) != kinds[1].get(name):
            return 0.0
        if mine in ranges[0] and ranges[0][mine].within(ranges[1][name]).is_empty:
            return 0.0
        return _alike(uses[0].get(mine, ""), uses[1].get(name, "")) + SAME_NAME * (mine == name)

    params = _paired(first.params, second.params, likeness)
    compressors = _paired(first.compressors, second.compressors, likeness)
    keys = {name: f"A {name}" for name in (*first.params, *first.compressors)}
    theirs = {name: f"B {name}" for name in (*second.params, *second.compressors)}
    theirs |= {name: f"A {partner}" for name, partner in (params | compressors).items()}
    mine, other_ranges = _common_ranges(one, other, params)
    sides = (
        Side(one, symbols(one, fixed[0], keys, mine)),
        Side(other, symbols(other, fixed[1], theirs, other_ranges)),
    )
    return Pairing(_with_common_traits(sides), params, compressors)


def ranges_of(program: core.Program) -> dict[str, Range]:
    """The range of each param, as its condition says."""
    return {q.symbol.name: range_of(q) for q in program.params}


def _common_ranges(
    one: core.Program, other: core.Program, pairs: Mapping[str, str]
) -> tuple[Mapping[str, Range], Mapping[str, Range]]:
    """The ranges of params; of a pair the numbers that both admit, as only there both run, unless there are none."""
    first, second = ranges_of(one), ranges_of(other)
    for theirs, mine in pairs.items():
        both = first[mine].within(second[theirs])
        if not both.is_empty:
            first[mine] = second[theirs] = both
    return first, second


def _with_common_traits(sides: tuple[Side, Side]) -> tuple[Side, Side]:
    """Methods in which a compressor of both has the traits that either contract promises."""
    asked: dict[str, Traits] = {}
    for side in sides:
        for name, key in side.symbols.compressors.items():
            asked[key] = asked.get(key, frozenset()) | side.symbols.traits[name]
    one, other = (
        Side(
            side.program,
            replace(
                side.symbols, traits={name: asked[key] for name, key in side.symbols.compressors.items()}
            ),
        )
        for side in sides
    )
    return one, other


def symbols(
    program: core.Program, fixed: Fixed, keys: Mapping[str, str], ranges: Mapping[str, Range]
) -> Symbols:
    """A method's open symbols by their keys, params within ranges."""
    return Symbols(
        params={
            q.symbol.name: opaque_number(ranges[q.symbol.name], False, "param", keys[q.symbol.name])
            for q in program.params
            if q.symbol.name not in fixed.params
        },
        ranges=ranges,
        compressors={c.symbol.name: keys.get(c.symbol.name, "") for c in program.compressors},
        exact=fixed.exact,
        traits={c.symbol.name: _traits(c, fixed) for c in program.compressors},
        nodes=None if fixed.nodes is None else scalar(number(fixed.nodes)),
        plain_prox=fixed.plain_prox,
    )


def _traits(compressor: core.Compressor, fixed: Fixed) -> Traits:
    """The traits of all that the contract admits; of a compressor that is bound its own, too."""
    bound = compressor.symbol.name in fixed.compressors and compressor.default is not None
    own = compressor.default.traits if bound and compressor.default is not None else frozenset[Trait]()
    return compressor.contract.traits | own


@lru_cache(maxsize=512)
def _colours(program: core.Program, fixed: Fixed) -> _Colours:
    """The colours of a method, which is compared with many."""
    return _Colours(program, fixed)


class _Colours:
    """Colours of a method's params and compressors: equal where nothing but their names tells two apart."""

    def __init__(self, program: core.Program, fixed: Fixed) -> None:
        self.program, self.fixed = program, fixed
        self.params = {
            q.symbol.name: digest("param", _kind(q), str(q.schedule))
            for q in program.params
            if q.symbol.name not in fixed.params
        }
        self.compressors = {
            c.symbol.name: digest("compressor", str(c.shared))
            for c in program.compressors
            if c.symbol.name not in fixed.exact
        }
        for _ in range(PASSES):
            colours = self.params | self.compressors
            if len(set(colours.values())) == len(colours):
                break
            found = {name: digest(colour, self._effect(name, colours)) for name, colour in colours.items()}
            self.params = {name: found[name] for name in self.params}
            self.compressors = {name: found[name] for name in self.compressors}

    def _effect(self, name: str, colours: Mapping[str, str]) -> str:
        """A digest of what a few rounds compute and send, with one symbol marked and the others by colour."""
        keys = {**colours, name: _HOLE} | dict.fromkeys(self.fixed.exact | self.fixed.params, "")
        side = Side(self.program, symbols(self.program, self.fixed, keys, ranges_of(self.program)))
        try:
            after = side.init()
            seen = [self._seen(after)]
            for k in range(ROUNDS):
                states = {s.symbol.name: after.values[s.symbol.name] for s in self.program.states}
                after = side.round(states, scalar(number(k)), str(k))
                seen.append(self._seen(after))
        except (NotRead, TooMany):
            return ""
        return digest(*seen)

    def _seen(self, after: Meaning) -> str:
        states = sorted(after.values[s.symbol.name].digest() for s in self.program.states)
        output: Combination | None = after.values.get(self.program.output.value.symbol.name)
        return digest(output.digest() if output is not None else "", *states, *sorted(map(repr, after.sent)))


def _paired(
    one: Mapping[str, str], other: Mapping[str, str], likeness: Callable[[str, str], float]
) -> dict[str, str]:
    """Names of the second by names of the first: of equal colour, equal names before others; then the likest in use."""
    found: dict[str, str] = {}
    classes = defaultdict(list)
    for name, colour in one.items():
        classes[colour].append(name)
    for name, colour in sorted(other.items(), key=lambda item: item[0] not in one):
        free = [partner for partner in classes[colour] if partner not in found.values()]
        if free:
            found[name] = name if name in free else free[0]
    partners = {*found.values()}
    left = [
        (likeness(mine, name), name, mine)
        for name in other
        if name not in found
        for mine in one
        if mine not in partners
    ]
    for alike, name, mine in sorted(left, key=lambda item: (-item[0], item[1:])):
        if alike >= ALIKE and name not in found and mine not in found.values():
            found[name] = mine
    return found


@lru_cache(maxsize=512)
def _uses(program: core.Program, source: Source) -> dict[str, str]:
    """The statements and values of params that read a param or apply a compressor, by its name, which is left out; as the
    text has them, which equality of programs leaves out."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    values = (q.value for q in program.params if q.value is not None)
    for part in (*STATEMENTS.walk(program), *values):
        text = part.span.text
        for name in dict.fromkeys(map(_named_in, EXPRESSIONS.walk(part))):
            found[name][re.sub(rf"\b{name}\b", "@", text)] = None
    return {name: "; ".join(texts) for name, texts in found.items() if name}


@lru_cache(maxsize=65536)
def _alike(one: str, other: str) -> float:
    """The part of two texts that they share; 0 where it is too little to matter."""
    if not (one and other):
        return 0.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE - SAME_NAME:
        return 0.0
    return matcher.ratio()


def _named_in(part: core.Expr) -> str:
    """The param that an expression reads, or the compressor that it applies."""
    match part:
        case core.ParamRead():
            return part.symbol.name
        case core.Compress():
            return part.compressor.name
        case _:
            return ""
