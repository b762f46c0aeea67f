"""Fingerprints of methods: digests of their first points with all params one and all compressors one.

Methods that are equal under any pairing of their params and compressors have one fingerprint; the converse is to be proven.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from ..check import program as core
from ..check.contracts import Trait, Traits
from .combination import TooMany
from .functions import opaque_number
from .keys import digest
from .meaning import points
from .pairing import Fixed, symbols
from .ranges import POSITIVE
from .symbols import NotRead

POINTS = 4
_GENEROUS: Traits = frozenset({Trait.ZERO, Trait.HOMOGENEOUS, Trait.ODD, Trait.DETERMINISTIC})
"""Traits under which compressors of all kinds make equal what any of them makes equal."""


def fingerprint(program: core.Program, fixed: Fixed) -> str | None:
    """The fingerprint of a method; None where it is not read as algebra."""
    names = [q.symbol.name for q in program.params] + [c.symbol.name for c in program.compressors]
    given = symbols(program, fixed, dict.fromkeys(names, "any"))
    one = opaque_number(POSITIVE, False, "param")
    given = replace(
        given,
        params=dict.fromkeys(given.params, one),
        traits=dict.fromkeys(given.compressors, _GENEROUS),
    )
    try:
        found = [point.digest() for point in islice(points(program, given), POINTS)]
    except (NotRead, TooMany):
        return None
    return digest(program.problem.value, str(program.on_graph), *found)
