"""Rounding on the wire: the messages behind which one method goes on with floats and the other with exact values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..check import program as core
from ..check.kinds import Kind
from ..check.traverse import STATEMENTS
from .combination import TooMany
from .relate import Proof, Side, prove
from .symbols import NotRead

Line = tuple[int, int]
"""A side, and a line of its text."""
Lines = frozenset[Line]


def rounded_lines(sides: tuple[Side, Side], proof: Proof) -> tuple[Lines, ...]:
    """The messages that have to be taken for exact for the paths to be equal; none where they are as rounded.

    Messages of both methods that say the same are taken for exact together.
    """
    if _equal(sides, frozenset()):
        return ()
    exact = [*_together(sides, proof)]
    for lines in [*exact]:
        fewer = [one for one in exact if one is not lines]
        if _equal(sides, frozenset().union(*fewer)):
            exact = fewer
    return tuple(exact)


def _together(sides: tuple[Side, Side], proof: Proof) -> list[Lines]:
    """Lines of messages of vectors and numbers, with those of the other method that say the same."""
    found: list[Lines] = [frozenset({line}) for line in dict.fromkeys(_sent_lines(sides))]
    for linked in _links(proof):
        joined = [lines for lines in found if lines & linked]
        found = [lines for lines in found if not lines & linked]
        if joined:
            found.append(frozenset().union(*joined))
    return sorted(found, key=sorted)


def _links(proof: Proof) -> Iterator[Lines]:
    """Pairs of lines whose messages are equal, or up to scale."""
    for (ours, theirs), match in zip(proof.sent, proof.matches, strict=True):
        for one in ours:
            yield from (frozenset({(0, one.line), (1, two.line)}) for two in theirs if one == two)
        for pair in match.scaled:
            yield frozenset({(0, pair.one.line), (1, pair.other.line)})


def _equal(sides: tuple[Side, Side], exact: frozenset[Line]) -> bool:
    """True where paths are equal with all messages rounded but those in these lines."""
    one, other = (
        replace(
            side,
            symbols=replace(
                side.symbols, rounded=True, unrounded=frozenset(line for which, line in exact if which == at)
            ),
        )
        for at, side in enumerate(sides)
    )
    try:
        return prove((one, other)).same_path
    except (NotRead, TooMany):
        return False


def _sent_lines(sides: tuple[Side, Side]) -> Iterator[Line]:
    for at, side in enumerate(sides):
        for statement in STATEMENTS.walk(side.program):
            if isinstance(statement, core.Message):
                yield from (
                    (at, item.span.line)
                    for item in statement.items
                    if item.target.kind in (Kind.VECTOR, Kind.REAL)
                )
