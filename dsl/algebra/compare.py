"""Two programs -> how their methods compare, as far as algebra decides it: the answer, the relation, the messages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from ..check import program as core
from .combination import TooMany
from .pairing import Fixed, Pairing, pair
from .relate import Proof, prove
from .symbols import NotRead, Sent


class Answer(Enum):
    """The outcome of a comparison."""

    SAME = "the same method"
    ALGEBRA = "equal by algebra"
    PATH = "the same path, other messages"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True)
class Comparison:
    """An answer and what it rests on; `reason` says why nothing could be proven, where that has a name."""

    answer: Answer
    pairing: Pairing
    proof: Proof | None
    reason: str = ""

    @property
    def messages(self) -> tuple[list[Sent], list[Sent]]:
        """The messages of a round that only one of the two sends."""
        one, other = self.proof.sent if self.proof is not None else ([], [])
        return list((Counter(one) - Counter(other)).elements()), list(
            (Counter(other) - Counter(one)).elements()
        )


def compare(
    one: core.Program, other: core.Program, fixed: tuple[Fixed, Fixed] = (Fixed(), Fixed())
) -> Comparison:
    """The comparison of the second program's method to the first's."""
    pairing = pair(one, other, fixed)
    if (one.init, one.round, one.states, one.params, one.compressors) == (
        other.init,
        other.round,
        other.states,
        other.params,
        other.compressors,
    ):
        return Comparison(Answer.SAME, pairing, None)  # to the letter
    try:
        proof = prove(pairing.sides)
    except (NotRead, TooMany) as reason:
        return Comparison(Answer.NOT_PROVEN, pairing, None, str(reason))
    if not proof.same_path:
        return Comparison(Answer.NOT_PROVEN, pairing, proof)
    if not proof.same_messages:
        return Comparison(Answer.PATH, pairing, proof)
    answer = Answer.SAME if _renamed(proof) else Answer.ALGEBRA
    return Comparison(answer, pairing, proof)


def _renamed(proof: Proof) -> bool:
    """True where each state of one method is a state of the other under some name."""
    one, other = (Counter(value.digest() for value in states.values()) for states in proof.states)
    return one == other
