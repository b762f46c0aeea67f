"""Fingerprints of methods: digests of their first points with all params one and all compressors one.

Methods that are equal under any pairing of their params and compressors have one fingerprint; the converse is to be proven.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice

from ..check import program as core
from ..check.contracts import Trait, Traits
from .combination import TooMany
from .functions import opaque_number
from .keys import digest
from .meaning import points
from .pairing import Fixed, ranges_of, symbols
from .ranges import POSITIVE
from .symbols import NotRead

POINTS = 4
_GENEROUS: Traits = frozenset({Trait.ZERO, Trait.HOMOGENEOUS, Trait.ODD, Trait.DETERMINISTIC})
"""Traits under which compressors of all kinds make equal what any of them makes equal."""


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
    one, other = (first_points(program, own) for program, own in zip(programs, fixed, strict=True))
    if one is None or other is None:
        return True
    return one == other or one[1:] == other[:-1] or one[:-1] == other[1:]


@lru_cache(maxsize=512)
def first_points(program: core.Program, fixed: Fixed) -> tuple[str, ...] | None:
    """Keys of a method's first points with all params one and all compressors one; None where it is not read."""
    names = [q.symbol.name for q in program.params] + [c.symbol.name for c in program.compressors]
    given = symbols(program, fixed, dict.fromkeys(names, "any"), ranges_of(program))
    one = opaque_number(POSITIVE, False, "param")
    given = replace(
        given,
        params=dict.fromkeys(given.params, one),
        traits=dict.fromkeys(given.compressors, _GENEROUS),
    )
    try:
        return tuple(point.digest() for point in islice(points(program, given), POINTS))
    except (NotRead, TooMany):
        return None
