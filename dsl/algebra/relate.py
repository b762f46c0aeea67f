"""Two methods side by side: which linear relations between their states every round keeps, and what follows of their paths.

Candidates come from a few rounds that are run as algebra from both starts; the largest set of them that one round preserves
from any state is proven by induction (the Houdini algorithm, Flanagan and Leino 2001).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..check import program as core
from ..check.kinds import Kind, Spread
from ..text.records import record
from .combination import NOTHING, Coefficient, Combination, atom, number, scalar
from .elimination import relations
from .field import ZERO, Element
from .functions import key_of, opaque_number
from .meaning import meaning
from .messages import Match, matched
from .multiples import Multiple, named_multiples
from .parts import asked, averaged, value_of_kind
from .ranges import at_least
from .symbols import ALL_SAMPLES, EVERYONE, Meaning, NotRead, Sent, Symbols

ROUNDS = 4  # that are run to find candidates: states of one step, the step before it and their differences are seen apart


@record
class Side:
    """A method as it is compared: its program, and the symbols of what it leaves open, states aside."""

    program: core.Program
    symbols: Symbols

    def init(self) -> Meaning:
        """The start, which draws at a moment of its own."""
        given = replace(self.symbols, states={}, moment="init")
        return self._with_states(meaning(self.program, self.program.init, given))

    def round(self, states: Mapping[str, Combination], counter: Combination, moment: str) -> Meaning:
        """One round from these states."""
        given = replace(self.symbols, states=states, counter=counter, moment=moment)
        return self._with_states(meaning(self.program, self.program.round, given))

    def _with_states(self, after: Meaning) -> Meaning:
        """A meaning that has every state: of a round that is cut some may lack a value."""
        missing = [s.symbol.name for s in self.program.states if s.symbol.name not in after.values]
        if missing:
            raise NotRead(f"`{missing[0]}` has no value on some path")
        return after

    @property
    def oracle(self) -> str:
        """The oracle of a vector that the method's problem has."""
        return "grad" if self.program.problem is core.ProblemKind.MINIMIZE else "F"

    @property
    def states(self) -> list[core.State]:
        """The states that are numbers, vectors or truth values."""
        return [s for s in self.program.states if s.kind not in (Kind.NODES, Kind.BATCH, Kind.MASK)]


@record
class Relation:
    """sum of multiples of states (or of the means of those of nodes), of x0 and of 1: 0 after every round."""

    multiples: Mapping[Quantity, Coefficient]


@record
class Quantity:
    """A state of one side, its mean over the nodes, each node's answer to it, or the mean of these; `side` -1 for x0."""

    side: int
    name: str
    oracle: str = ""
    mean: bool = False

    @property
    def is_state(self) -> bool:
        """True for a state itself."""
        return self.side >= 0 and not (self.oracle or self.mean)


@dataclass
class Proof:
    """Relations that hold after every round, and whether paths and messages are equal under them.

    `states` are the values of both methods' states of which no more is known than the relations; `sent` the messages of the
    start, of the first rounds and of any later one.
    """

    relations: tuple[Relation, ...]
    same_path: bool
    states: tuple[Mapping[str, Combination], Mapping[str, Combination]]
    multiples: Mapping[Element, Multiple]
    sites: tuple[Mapping[str, core.Site], Mapping[str, core.Site]]
    sent: tuple[tuple[list[Sent], list[Sent]], ...]

    @cached_property
    def matches(self) -> tuple[Match, ...]:
        """Messages of each time side by side."""
        return tuple(matched(*pair, self.multiples) for pair in self.sent)

    @property
    def same_messages(self) -> bool:
        """True where both send the same under equal conditions along equal routes, up to known scalars, in any order."""
        return not any(match.alone[0] or match.alone[1] for match in self.matches)


def prove(sides: tuple[Side, Side]) -> Proof:
    """The largest set of linear relations that every round keeps, and what it says of outputs and messages."""
    observed = _observed(sides)
    if not _outputs_agree(sides, observed[-1]):
        return _parted(observed)
    multiples = multiples_of(sides)
    local = _Kept(sides, observed, multiples, local=True)
    shared = _Kept(sides, observed, multiples, local=False)
    while True:
        given = _Generic(sides, (local, shared)).states()
        after = _round(sides, given, opaque_number(at_least(ROUNDS), False, "counter"), "round")
        lost = local.dropped(after) | shared.dropped(after)
        if not lost:
            break
    found = tuple(Relation(dict(r)) for kept in (local, shared) for r in kept.relations)
    sent = tuple((one.sent, other.sent) for one, other in (*observed, after))
    sites = (after[0].sites, after[1].sites)
    return Proof(found, _outputs_agree(sides, after), given, multiples, sites, sent)


def _parted(observed: Sequence[tuple[Meaning, Meaning]]) -> Proof:
    """The proof of nothing, for methods whose first points differ."""
    sites: tuple[dict[str, core.Site], dict[str, core.Site]] = ({}, {})
    for pair in observed:
        for found, after in zip(sites, pair, strict=True):
            found.update(after.sites)
    return Proof((), False, ({}, {}), {}, sites, ())


def _outputs_agree(sides: tuple[Side, Side], after: tuple[Meaning, Meaning]) -> bool:
    """True where the points are equal; a name that `init` does not bind has none."""
    one, other = (
        m.values.get(side.program.output.value.symbol.name, NOTHING)
        for side, m in zip(sides, after, strict=True)
    )
    return one == other


def _observed(sides: tuple[Side, Side]) -> list[tuple[Meaning, Meaning]]:
    """Both methods after their starts, and after each of a few rounds, until their outputs differ."""
    found = [(sides[0].init(), sides[1].init())]
    for k in range(ROUNDS):
        if not _outputs_agree(sides, found[-1]):
            break
        states = [_states(side, m) for side, m in zip(sides, found[-1], strict=True)]
        found.append(_round(sides, (states[0], states[1]), scalar(number(k)), f"round {k}"))
    return found


def _states(side: Side, m: Meaning) -> dict[str, Combination]:
    return {s.symbol.name: m.values[s.symbol.name] for s in side.program.states}


def _round(
    sides: tuple[Side, Side],
    states: tuple[Mapping[str, Combination], Mapping[str, Combination]],
    counter: Combination,
    moment: str,
) -> tuple[Meaning, Meaning]:
    one, other = (side.round(given, counter, moment) for side, given in zip(sides, states, strict=True))
    return one, other


class _Kept:
    """Relations between quantities of one kind that have not been refuted: of nodes, or of what is one for all."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        observed: Sequence[tuple[Meaning, Meaning]],
        multiples: Mapping[Element, Multiple],
        *,
        local: bool,
    ) -> None:
        self.local = local
        self.quantities = list(_quantities(sides, local=local))
        rows = [[value(q, pair) for q in self.quantities] for pair in observed]
        self.known = {value: m.coefficient for value, m in multiples.items()}
        self.basis = relations(rows, self.known)

    @property
    def relations(self) -> list[list[tuple[Quantity, Coefficient]]]:
        """Each relation's multiples that are not 0."""
        return [
            [(q, c) for q, c in zip(self.quantities, row, strict=True) if c.value != ZERO]
            for row in self.basis
        ]

    def dropped(self, after: tuple[Meaning, Meaning]) -> bool:
        """Keep of the relations those combinations that a round preserves; True where some were lost."""
        values = [value(q, after) for q in self.quantities]
        failing = [_weighted(row, values) for row in self.basis]
        if not any(f.terms for f in failing):
            return False
        mixes = relations([failing], self.known)
        self.basis = [_mixed(mix, self.basis) for mix in mixes]
        return True


def multiples_of(sides: tuple[Side, Side]) -> Mapping[Element, Multiple]:
    """The named multiples of two methods' params; those of the first have their names where both share one."""
    return named_multiples([item for side in reversed(sides) for item in side.symbols.params.items()])


def _mixed(mix: Sequence[Coefficient], basis: Sequence[Sequence[Coefficient]]) -> list[Coefficient]:
    columns = zip(*basis, strict=True)
    return [sum((m * c for m, c in zip(mix, column, strict=True)), number(0)) for column in columns]


def _weighted(row: Sequence[Coefficient], values: Sequence[Combination]) -> Combination:
    found = NOTHING
    for coefficient, v in zip(row, values, strict=True):
        found = found + v.scaled(coefficient)
    return found


def _quantities(sides: tuple[Side, Side], *, local: bool) -> list[Quantity]:
    """Quantities to be solved for come first: states of the second method, of the first, then means, then answers."""
    states, means, answers = [], [], []
    for at in (1, 0):
        for state in sides[at].states:
            name, own = state.symbol.name, state.home.spread is not Spread.ONE
            if own is local:
                states.append(Quantity(at, name))
            elif local:
                means.append(Quantity(at, name))
            if not local and state.home.spread is Spread.NODES:
                means.append(Quantity(at, name, mean=True))
            if state.kind is Kind.VECTOR and (local or not own):
                answers.append(Quantity(at, name, oracle=sides[at].oracle, mean=not local))
    return [*states, *means, *answers, Quantity(-1, "x0")]


def value(quantity: Quantity, pair: tuple[Meaning, Meaning]) -> Combination:
    """The value of a quantity after these rounds."""
    return atom("x0") if quantity.side < 0 else _of(quantity, pair[quantity.side].values[quantity.name])


def _of(quantity: Quantity, state: Combination) -> Combination:
    """A quantity by the value of its state."""
    found = asked(quantity.oracle, state, atom(ALL_SAMPLES)) if quantity.oracle else state
    return averaged(found, EVERYONE, Spread.NODES, never_empty=True) if quantity.mean else found


class _Generic:
    """Any states that fulfil the relations: those that a relation is solved for follow from others, the rest are free, but
    for their means where a relation is solved for these."""

    def __init__(self, sides: tuple[Side, Side], kept: Sequence[_Kept]) -> None:
        self.sides = sides
        self.solved: dict[Quantity, list[tuple[Quantity, Coefficient]]] = {}
        self.means: dict[Quantity, list[tuple[Quantity, Coefficient]]] = {}
        for relation in (r for k in kept for r in k.relations):
            lead, factor = relation[0]
            below = factor.inverse()
            if below is not None:
                rest = [(q, c * below * number(-1)) for q, c in relation[1:]]
                if lead.is_state:
                    self.solved[lead] = rest
                elif lead.mean and not lead.oracle:
                    self.means[replace(lead, mean=False)] = rest
        self.found: dict[Quantity, Combination] = {Quantity(-1, "x0"): atom("x0")}
        self.waiting: set[Quantity] = set()

    def states(self) -> tuple[dict[str, Combination], dict[str, Combination]]:
        """The values of both methods' states."""
        one, other = (
            {s.symbol.name: self._value(Quantity(at, s.symbol.name)) for s in side.program.states}
            for at, side in enumerate(self.sides)
        )
        return one, other

    def _value(self, quantity: Quantity) -> Combination:
        if quantity not in self.found:
            self.found[quantity] = self._computed(quantity)
        return self.found[quantity]

    def _computed(self, quantity: Quantity) -> Combination:
        if not quantity.is_state:
            return _of(quantity, self._value(Quantity(quantity.side, quantity.name)))
        terms = self.solved.get(quantity)
        if terms is None or quantity in self.waiting:
            return self._free(quantity)
        self.waiting.add(quantity)
        return _weighted([c for _, c in terms], [self._value(q) for q, _ in terms])

    def _free(self, quantity: Quantity) -> Combination:
        (state,) = (s for s in self.sides[quantity.side].program.states if s.symbol.name == quantity.name)
        own = state.home.spread is not Spread.ONE
        free = value_of_kind(state.kind, own, key_of(own, "state", str(quantity.side), quantity.name))
        mean = self.means.get(quantity)
        if mean is None or state.home.spread is not Spread.NODES:
            return free
        del self.means[quantity]  # a mean that is made of the state itself stays free
        known = _weighted([c for _, c in mean], [self._value(q) for q, _ in mean])
        made_of_itself = quantity in self.found
        return (
            free
            if made_of_itself
            else free - averaged(free, EVERYONE, Spread.NODES, never_empty=True) + known
        )
