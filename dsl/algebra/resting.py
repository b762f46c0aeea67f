"""Properties of compressors that a proof may rest on: traits that defaults have and contracts do not promise."""

from __future__ import annotations

from dataclasses import replace

from ..check.contracts import Trait, Traits
from ..text.records import record
from .relate import Side

USED = (Trait.ZERO, Trait.HOMOGENEOUS, Trait.SCALE_FREE, Trait.ODD, Trait.DETERMINISTIC)
"""Traits that equality may rest on, those first that most compressors have: what is left out first comes last."""


@record
class Property:
    """A trait of a compressor, by the key that both methods have for it; `default` is the one that has it, as written."""

    key: str
    name: str
    trait: Trait
    default: str


def granted(sides: tuple[Side, Side]) -> tuple[Property, ...]:
    """The traits of defaults that both methods have for a compressor, or the only one that has it."""
    found: dict[str, Traits] = {}
    named: dict[str, tuple[str, str]] = {}
    known: dict[str, Traits] = {}
    for side in sides:
        for compressor in side.program.compressors:
            name, default = compressor.symbol.name, compressor.default
            key = side.symbols.compressors[name]
            if default is None or name in side.symbols.exact:
                continue
            found[key] = found.get(key, default.traits) & default.traits
            known[key] = known.get(key, frozenset()) | side.symbols.traits.get(name, frozenset())
            named.setdefault(key, (name, default.span.text))
    return tuple(
        Property(key, named[key][0], trait, named[key][1])
        for trait in USED[::-1]
        for key, traits in found.items()
        if trait in traits - known[key]
    )


def with_properties(sides: tuple[Side, Side], properties: tuple[Property, ...]) -> tuple[Side, Side]:
    """Methods with properties granted to their compressors."""
    one, other = (_granted_to(side, properties) for side in sides)
    return one, other


def _granted_to(side: Side, properties: tuple[Property, ...]) -> Side:
    traits = {
        name: side.symbols.traits.get(name, frozenset()) | {p.trait for p in properties if p.key == key}
        for name, key in side.symbols.compressors.items()
    }
    return Side(side.program, replace(side.symbols, traits=traits))
