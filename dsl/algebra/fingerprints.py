"""Fingerprints of methods: digests of their first points with all params one and all compressors one.

Methods that are equal under any pairing of their params and compressors have one fingerprint; the converse is to be proven.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from ..check import program as core
from ..check.contracts import Trait, Traits
from .combination import TooMany
from .functions import opaque_number
from .keys import digest
from .meaning import points
from .pairing import Fixed, ranges_of, symbols
from .ranges import Range
from .symbols import NotRead

POINTS = 4
_SHARE = Range(Fraction(0), Fraction(1), open_low=True, open_high=True)
"""The range of all params: the signs of p, 1 + p and 1 - p are known."""
_GENEROUS: Traits = frozenset({Trait.ZERO, Trait.HOMOGENEOUS, Trait.ODD, Trait.DETERMINISTIC})
"""Traits under which compressors make equal what any that is not scale-free makes equal."""
_SCALE_FREE: Traits = _GENEROUS - {Trait.HOMOGENEOUS} | {Trait.SCALE_FREE}
"""Traits under which compressors make equal what any that is scale-free makes equal."""


def fingerprint(program: core.Program, fixed: Fixed) -> str | None:
    """The fingerprint of a method; None where it is not read as algebra."""
    found = first_points(program, fixed)
    return (
        None
        if found is None
        else digest(program.problem.value, str((program.on_graph, program.is_directed)), *found)
    )


def may_be_equal(programs: tuple[core.Program, core.Program], fixed: tuple[Fixed, Fixed]) -> bool:
    """False where no pairing of params and compressors makes the paths equal, from the same point or one round later."""
    kinds = (False, True) if any(map(_has_scale_free, programs)) else (False,)
    return any(_meet(programs, fixed, by_default=kind) for kind in kinds)


def _meet(
    programs: tuple[core.Program, core.Program], fixed: tuple[Fixed, Fixed], *, by_default: bool
) -> bool:
    """True where both have the same first points, from the same one or one round later, or have none that are known."""
    one, other = (
        first_points(program, own, by_default=by_default)
        for program, own in zip(programs, fixed, strict=True)
    )
    if one is None or other is None:
        return True
    return one == other or one[1:] == other[:-1] or one[:-1] == other[1:]


def _has_scale_free(program: core.Program) -> bool:
    return any(map(_is_scale_free, program.compressors))


def _is_scale_free(compressor: core.Compressor) -> bool:
    """True for a compressor of which a proof may say so, as its default is."""
    return compressor.default is not None and Trait.SCALE_FREE in compressor.default.traits


@lru_cache(maxsize=512)
def first_points(program: core.Program, fixed: Fixed, *, by_default: bool = False) -> tuple[str, ...] | None:
    """Keys of a method's first points with all params one and all compressors one; None where it is not read.

    `by_default`: compressors are scale-free whose default is; otherwise none.
    """
    names = [q.symbol.name for q in program.params] + [c.symbol.name for c in program.compressors]
    given = symbols(program, fixed, dict.fromkeys(names, "any"), ranges_of(program))
    one = opaque_number(_SHARE, False, "param")
    given = replace(
        given,
        params=dict.fromkeys(given.params, one),
        traits={
            c.symbol.name: _SCALE_FREE if by_default and _is_scale_free(c) else _GENEROUS
            for c in program.compressors
        },
    )
    try:
        return tuple(point.digest() for point in islice(points(program, given), POINTS))
    except (NotRead, TooMany):
        return None
