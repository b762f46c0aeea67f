"""Values that are 0 where their argument is: [v is not 0] C(v) = C(v) for a compressor with C(0) = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .combination import ALWAYS, NOTHING, UNIT, Combination, Guard, combination
from .functions import apply

_NORMS = ("norm2", "norm", "norm1", "norm_inf")  # 0 at 0 alone


@dataclass
class Zeros:
    """Truth values that say of an atom's argument that it is 0, or that it is not; worked out when an atom stands under
    conditions."""

    arguments: dict[str, list[Combination]] = field(
        default_factory=dict
    )  # of atoms that are 0 where these are
    known: dict[str, tuple[Guard, Guard]] = field(default_factory=dict)
    unrelated: set[str] = field(default_factory=set)  # truth values that say nothing of any argument

    def note(self, key: str, arguments: Sequence[Combination]) -> None:
        """Note that an atom is 0 where any of these, multiples of each other, is."""
        noted = self.arguments.setdefault(key, [])
        for argument in arguments:
            if argument not in noted:
                noted.append(argument)
                self.known.pop(key, None)

    def left_out(self, value: Combination) -> Combination:
        """The value without conditions that make no difference, and terms that are 0."""
        if not any(key in self.arguments and not guard <= self.unrelated for guard, key in value.terms):
            return value
        found = NOTHING
        for (guard, key), coefficient in value.terms.items():
            without, against = (ALWAYS, ALWAYS) if guard <= self.unrelated else self._truths_of(key)
            if not guard & against:
                found = found + combination({(guard - without, key): coefficient})
        return found

    def _truths_of(self, key: str) -> tuple[Guard, Guard]:
        """The truth values that an atom implies unless it is 0, and those under which it is 0."""
        if key not in self.known:
            sizes = [apply(norm, (a,)) for a in self.arguments.get(key, ()) for norm in _NORMS]
            without = (_truths(apply(">", (size, NOTHING))) for size in sizes)
            against = (_truths(apply("==", (size, NOTHING))) for size in sizes)
            self.known[key] = ALWAYS.union(*without), ALWAYS.union(*against)
        return self.known[key]


def _truths(condition: Combination) -> set[str]:
    """The truth value that a condition is; none where it is more than one."""
    if len(condition.terms) != 1:
        return set()
    ((guard, key),) = condition.terms
    return set(guard) if key == UNIT and len(guard) == 1 else set()
