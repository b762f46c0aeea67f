"""Two programs -> how their methods compare, as far as algebra decides it: the answer, the relation, the messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import Enum

from ..check import program as core
from ..text.records import record
from .combination import TooMany
from .cuts import PLAIN, Alignment, alignments
from .fingerprints import may_be_equal
from .pairing import Fixed, Pairing, pair
from .redrawing import redrawn
from .relate import Proof, prove
from .resting import Property, granted, with_properties
from .symbols import NotRead, Sent
from .wire import Lines, rounded_lines


class Answer(Enum):
    """The outcome of a comparison."""

    SAME = "the same method"
    ALGEBRA = "equal by algebra"
    PATH = "the same path, other messages"
    NOT_PROVEN = "not proven"


_RANKS = tuple(Answer)[::-1]


@record
class Comparison:
    """An answer and what it rests on; `reason` says why nothing could be proven, where that has a name.

    `properties` are those of compressors that the proof uses beyond their contracts, `alignment` is where the second
    method's rounds were cut, `rounding` the lines of messages behind which one method goes on with the rounded value and
    the other with the exact one.
    """

    answer: Answer
    pairing: Pairing
    proof: Proof | None
    reason: str = ""
    properties: tuple[Property, ...] = ()
    alignment: Alignment = PLAIN
    rounding: tuple[Lines, ...] = ()

    @property
    def messages(self) -> tuple[list[Sent], list[Sent]]:
        """The messages of start or rounds that only one of the two sends."""
        alone: tuple[dict[Sent, None], dict[Sent, None]] = ({}, {})
        for match in self.proof.matches[::-1] if self.proof is not None else ():
            for found, sent in zip(alone, match.alone, strict=True):
                lines = {one.line for one in found}
                found.update(dict.fromkeys(one for one in sent if one.line not in lines))
        return list(alone[0]), list(alone[1])


def compare(
    one: core.Program, other: core.Program, fixed: tuple[Fixed, Fixed] = (Fixed(), Fixed())
) -> Comparison:
    """The comparison of the second program's method to the first's, with draws of one law in any order."""
    found = _compared(one, other, fixed)
    for turned in redrawn(other):
        if found.answer in (Answer.SAME, Answer.ALGEBRA):
            break
        again = _compared(one, turned, fixed)
        if _rank(again) > _rank(found):
            found = again
    return found


def _compared(one: core.Program, other: core.Program, fixed: tuple[Fixed, Fixed]) -> Comparison:
    """The comparison with draws of one law in the order in which they stand."""
    pairing = pair(one, other, fixed)
    if _parts(one) == _parts(other):
        return Comparison(Answer.SAME, pairing, None)  # to the letter
    try:
        found = _best(pairing, fixed)
    except (NotRead, TooMany) as reason:
        return Comparison(Answer.NOT_PROVEN, pairing, None, str(reason))
    return _on_the_wire(found)


def _parts(program: core.Program) -> tuple[object, ...]:
    return program.init, program.round, program.states, program.params, program.compressors


def _best(pairing: Pairing, fixed: tuple[Fixed, Fixed]) -> Comparison:
    """The comparison for all compressors of their contracts; else with properties that their defaults have."""
    first, second = (side.program for side in pairing.sides)
    if not may_be_equal((first, second), fixed):
        return _judged(pairing, prove(pairing.sides))
    found = _aligned(pairing, ())
    more = granted(pairing.sides)
    if found.answer in (Answer.SAME, Answer.ALGEBRA) or not more:
        return found
    strong = _aligned(pairing, more)
    if _rank(strong) <= _rank(found):
        return found
    needed = more
    for one in more:
        fewer = tuple(p for p in needed if p is not one)
        weaker = _aligned(pairing, fewer)
        if _rank(weaker) >= _rank(strong):
            needed, strong = fewer, weaker
    return strong


def _rank(comparison: Comparison) -> int:
    return _RANKS.index(comparison.answer)


def _aligned(pairing: Pairing, properties: tuple[Property, ...]) -> Comparison:
    """The comparison with rounds as they are; else with those of the second method cut elsewhere."""
    sides = with_properties(pairing.sides, properties)
    best = _judged(pairing, prove(sides))
    if best.answer not in (Answer.SAME, Answer.ALGEBRA):
        for alignment in alignments(sides):
            try:
                found = _judged(pairing, prove(alignment.sides(sides)))
            except (NotRead, TooMany):
                continue
            if _rank(found) > _rank(best):
                best = replace(found, alignment=alignment)
            if best.answer in (Answer.SAME, Answer.ALGEBRA):
                break
    if best.answer is Answer.SAME and (best.alignment is not PLAIN or properties):
        best = replace(best, answer=Answer.ALGEBRA)
    return replace(best, properties=properties)


def _judged(pairing: Pairing, proof: Proof) -> Comparison:
    if not proof.same_path:
        return Comparison(Answer.NOT_PROVEN, pairing, proof)
    if not proof.same_messages:
        return Comparison(Answer.PATH, pairing, proof)
    scaled = any(match.scaled for match in proof.matches)
    answer = Answer.SAME if _renamed(proof) and not scaled else Answer.ALGEBRA
    return Comparison(answer, pairing, proof)


def _renamed(proof: Proof) -> bool:
    """True where each state of one method is a state of the other under some name."""
    one, other = (Counter(value.digest() for value in states.values()) for states in proof.states)
    return one == other


def _on_the_wire(found: Comparison) -> Comparison:
    """The comparison with the messages at which rounding tells the methods apart."""
    if found.answer not in (Answer.SAME, Answer.ALGEBRA) or found.proof is None:
        return found
    sides = found.alignment.sides(with_properties(found.pairing.sides, found.properties))
    lines = rounded_lines(sides, found.proof)
    answer = Answer.ALGEBRA if lines and found.answer is Answer.SAME else found.answer
    return replace(found, answer=answer, rounding=lines)
