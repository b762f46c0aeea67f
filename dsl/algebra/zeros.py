"""Values that are 0 where their argument is: [v is not 0] C(v) = C(v) for a compressor with C(0) = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .combination import NOTHING, UNIT, Combination, combination
from .functions import apply

_NORMS = ("norm2", "norm", "norm1", "norm_inf")  # 0 at 0 alone


@dataclass
class Zeros:
    """Truth values that say of an atom's argument that it is 0, or that it is not."""

    without: dict[str, set[str]] = field(
        default_factory=dict
    )  # atom -> truths that it implies unless it is 0
    against: dict[str, set[str]] = field(default_factory=dict)  # atom -> truths under which it is 0

    def note(self, key: str, arguments: Sequence[Combination]) -> None:
        """Note that an atom is 0 where any of these, multiples of each other, is."""
        for argument in arguments:
            for norm in _NORMS:
                size = apply(norm, (argument,))
                self.without.setdefault(key, set()).update(_truths(apply(">", (size, NOTHING))))
                self.against.setdefault(key, set()).update(_truths(apply("==", (size, NOTHING))))

    def left_out(self, value: Combination) -> Combination:
        """The value without conditions that make no difference, and terms that are 0."""
        if not any(guard and key in self.without for guard, key in value.terms):
            return value
        found = NOTHING
        for (guard, key), coefficient in value.terms.items():
            if not guard & self.against.get(key, set()):
                found = found + combination({(guard - self.without.get(key, set()), key): coefficient})
        return found


def _truths(condition: Combination) -> set[str]:
    """The truth value that a condition is; none where it is more than one."""
    if len(condition.terms) != 1:
        return set()
    ((guard, key),) = condition.terms
    return set(guard) if key == UNIT and len(guard) == 1 else set()
