"""Compressors applied to combinations: scalars that leave, draws by what is compressed, and what is 0 where that is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..check import program as core
from ..check.contracts import Trait, with_implied
from ..check.kinds import Spread
from .combination import ALWAYS, NOTHING, Combination, case_by_case, combination
from .functions import is_local, key_of
from .keys import digest
from .scaling import scaled_out
from .symbols import Symbols
from .zeros import Zeros


@dataclass
class Made:
    """Draws and compressions so far: how often each was, where they stand, and what is known of their zeros."""

    seen: Counter[str] = field(default_factory=Counter)
    sites: dict[str, core.Site] = field(default_factory=dict)
    zeros: Zeros = field(default_factory=Zeros)


def compressed(
    expr: core.Compress, given: tuple[Combination, ...], symbols: Symbols, made: Made, *, collective: bool
) -> Combination:
    """The value of one application to `given`, the vector and settings.

    A draw is told by what is compressed, and by how often that was before: in each case of a value with conditions apart.
    """
    name = expr.compressor.name
    compressor, shared = symbols.compressors[name], name in symbols.shared
    traits = with_implied(symbols.traits.get(name, frozenset()))
    spread = Spread.ONE if shared else expr.where.spread
    used: set[str] = set()

    def applied(value: Combination, *settings: Combination) -> Combination:
        if not value.terms and Trait.ZERO in traits:
            return NOTHING
        factor, scaled = scaled_out(value, traits)
        content = digest(compressor, scaled.digest(), *(s.digest() for s in settings))
        place = ""
        if Trait.DETERMINISTIC not in traits:
            drawn = digest(content, expr.where.spread.value)
            used.add(drawn)
            place = f"{symbols.moment} {spread.value} {made.seen[drawn] + 1}"
            made.sites[f"{drawn} {made.seen[drawn] + 1}"] = expr.site
        own = not collective and (spread is not Spread.ONE or is_local(scaled))
        key = key_of(own, "compress", content, place)
        if Trait.ZERO in traits:
            made.zeros.note(key, (value, scaled))
        return combination({(ALWAYS, key): factor})

    found = case_by_case(applied, given)
    made.seen.update(used)
    return found
