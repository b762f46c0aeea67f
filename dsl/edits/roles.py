"""Roles of a method's parts, in the field's words, by how they are renewed and what they are used for."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from .system import Part, PartKind, System
from .terms import Sort, Summand, Term, reads, summands

ORACLES = frozenset({"grad", "F"})


class Role(Enum):
    """The role of a state; `OTHER` is told by its update."""

    MODEL = "model"
    MEMORY = "memory"
    MODEL_MEMORY = "memory of the model"
    MEAN_MEMORY = "mean of the memories"
    ERROR = "error memory"
    MOMENTUM = "momentum"
    SECOND_MOMENT = "second moment"
    MAXIMUM = "running maximum"
    REFERENCE = "reference point"
    REFERENCE_GRADIENT = "gradient at the reference point"
    ESTIMATOR = "recursive estimator"
    PREVIOUS = "previous iterate"
    OLD_GRADIENT = "gradient of the round before"
    TRACKER = "gradient tracker"
    CONTROL = "control variate"
    COPY = "compressed copy of the model"
    OTHER = "state"


_ESTIMATES = (Role.MEMORY, Role.MEAN_MEMORY, Role.ESTIMATOR, Role.TRACKER)


@lru_cache(maxsize=512)
def roles_of(system: System) -> dict[str, Role]:
    """The role of each state."""
    found = {part.name: _role(system, part) for part in system.of(PartKind.STATE)}
    return {name: _with_others(system, name, role, found) for name, role in found.items()}


def argument_of(system: System, sent: Term) -> Term | None:
    """The value that was compressed, of the name of what came of it."""
    part = system.parts.get(sent.head)
    value = None if part is None else part.get("value")
    return value.parts[1] if value is not None and value.head == "compress" else None


def draws_in(term: Term) -> list[Term]:
    """The draws that a term reads."""
    return [part for part in term.walk() if part.sort is Sort.DRAW]


def is_synchronisation(message: Part) -> bool:
    """True for a dense vector that is sent when a coin says so."""
    return (
        message["kind"].head == "vector"
        and message["value"].head != "compress"
        and bool(draws_in(message["gate"]))
    )


def _role(system: System, state: Part) -> Role:
    if system.parts["output"]["value"].head == state.name:
        return Role.MODEL
    value = _of_members(state["next"], state.name)
    renewed = _by_a_coin(value, state.name)
    if renewed is not None:
        return _renewed(system, renewed[0], renewed[1], state.name)
    if value.head in ("max", "min") and _reads_itself(value, state.name):
        return Role.MAXIMUM
    parts = summands(value)
    own = [s for s in parts if _is_state(s.rest, state.name)]
    others = [s for s in parts if not _is_state(s.rest, state.name)]
    if _is_error(system, parts, state.name):
        return Role.ERROR
    if not own:
        return _replaced(system, value)
    if not own[0].factors and len(others) == 1 and (sent := _sent(others[0].rest)) is not None:
        return _added(system, sent, others[0], state.name)
    if any(_is_square(s.rest) for s in others):
        return Role.SECOND_MOMENT
    if own[0].factors and any(_asks(system, s.rest) for s in others):
        return Role.MOMENTUM
    return Role.OTHER


def _with_others(system: System, name: str, role: Role, found: dict[str, Role]) -> Role:
    """The role among others: states that are added with opposite signs, a node's and one for all, are variates; one that
    takes the change of gradients tracks them, one that mixes itself with an estimate of the gradient is a momentum."""
    if role is Role.OTHER and _tracks(system.parts[name], found):
        return Role.TRACKER
    if role is Role.OTHER and _follows(system.parts[name], found):
        return Role.MOMENTUM
    if role in (Role.OTHER, Role.OLD_GRADIENT) and _corrects(system, name):
        return Role.CONTROL
    return role


def _tracks(state: Part, found: dict[str, Role]) -> bool:
    """True for a state to which the difference of a gradient and that of the round before is added."""
    parts = summands(state["next"])
    old = [s for s in parts if s.rest.sort is Sort.STATE and found.get(s.rest.head) is Role.OLD_GRADIENT]
    return any(_is_state(s.rest, state.name) for s in parts) and any(map(_is_minus, old))


def _follows(state: Part, found: dict[str, Role]) -> bool:
    """True for a state that is a part of itself and an estimate of the gradient that another state is."""
    parts = summands(state["next"])
    own = [s for s in parts if _is_state(s.rest, state.name)]
    return any(s.factors for s in own) and any(
        s.rest.sort in (Sort.STATE, Sort.NEW) and found.get(s.rest.head) in _ESTIMATES for s in parts
    )


def _corrects(system: System, name: str) -> bool:
    """True for one of two states that a step holds with opposite signs, one at each node and one for all."""
    for part in system.parts.values():
        for _, term in part.fields:
            states = {s.rest.head: s for s in summands(term) if s.rest.sort is Sort.STATE}
            if name in states and any(
                _are_opposite(states[name], other) and _spreads_differ(system, name, mate)
                for mate, other in states.items()
                if part.name not in (name, mate)
            ):
                return True
    return False


def _are_opposite(one: Summand, other: Summand) -> bool:
    weights = [sorted(f.key for f in s.factors if f.head != "-1") for s in (one, other)]
    return weights[0] == weights[1] and _is_minus(one) is not _is_minus(other)


def _spreads_differ(system: System, one: str, other: str) -> bool:
    homes = [system.parts[name]["home"].head for name in (one, other) if name in system.parts]
    return len(homes) == 2 and ("each" in homes[0]) != ("each" in homes[1])


def _of_members(value: Term, name: str) -> Term:
    """The value at those who renew it, of a state that others keep."""
    if value.head == "where" and value.parts[0].head == "in" and _is_state(value.parts[2], name):
        return value.parts[1]
    return value


def _by_a_coin(value: Term, name: str) -> tuple[Term, Term] | None:
    """The two values of a state that a coin decides on, the one without itself first."""
    if value.head != "where" or not draws_in(value.parts[0]):
        return None
    one, other = value.parts[1], value.parts[2]
    return (one, other) if not _reads_itself(one, name) else (other, one)


def _renewed(system: System, value: Term, otherwise: Term, name: str) -> Role:
    """A state that a coin renews: a point, or the gradient there; else what it is between the coins."""
    if not _is_state(otherwise, name):
        return Role.ESTIMATOR if _asks(system, value) else Role.OTHER
    if value.sort in (Sort.NEW, Sort.STATE):
        return Role.REFERENCE
    return Role.REFERENCE_GRADIENT if _asks(system, value) else Role.OTHER


def _added(system: System, sent: Term, added: Summand, name: str) -> Role:
    """A state to which a multiple of what was sent is added."""
    argument = argument_of(system, sent)
    if argument is None:
        return Role.OTHER
    own = [s for s in summands(argument) if _is_state(s.rest, name)]
    if own and _is_minus(own[0]):
        return Role.MODEL_MEMORY if _holds_model(system, argument) else Role.MEMORY
    if added.rest.sort is Sort.SENT:
        return Role.OTHER
    if any(s.rest.sort is Sort.STATE and _is_minus(s) for s in summands(argument)):
        return Role.MEAN_MEMORY
    signs = {_is_minus(s) for s in summands(argument) if _asks(system, s.rest)}
    return Role.ESTIMATOR if len(signs) == 2 else Role.OTHER  # what changed since, not what is


def _holds_model(system: System, value: Term) -> bool:
    """True where a sum has the model itself among its summands."""
    model = system.parts["output"]["value"].head
    return any(s.rest.sort in (Sort.STATE, Sort.NEW) and s.rest.head == model for s in summands(value))


def _replaced(system: System, value: Term) -> Role:
    """A state that is renewed from others alone."""
    if value.sort is Sort.STATE:
        return Role.PREVIOUS
    if value.head in ORACLES:
        return Role.OLD_GRADIENT
    sent = [part for part in value.walk() if part.sort is Sort.SENT]
    arguments = [argument_of(system, part) for part in sent]
    if any(a is not None and _holds_model(system, a) for a in arguments):
        return Role.COPY
    return Role.OTHER


def _is_error(system: System, parts: list[Summand], name: str) -> bool:
    """True where what was sent is taken off, and what was compressed holds the state."""
    for summand in parts:
        sent = _sent(summand.rest)
        argument = None if sent is None or not _is_minus(summand) else argument_of(system, sent)
        if argument is not None and any(
            _is_state(s.rest, name) and not _is_minus(s) for s in summands(argument)
        ):
            return True
    return False


def _sent(term: Term) -> Term | None:
    """The compressed value that a term is, itself or averaged."""
    if term.head in ("mean", "sum", "mix") and not term.is_leaf:
        term = term.parts[0]
    return term if term.sort is Sort.SENT else None


def _is_state(term: Term, name: str) -> bool:
    return term.sort is Sort.STATE and term.head == name


def _reads_itself(term: Term, name: str) -> bool:
    return reads(term, Sort.STATE, name)


def _is_minus(summand: Summand) -> bool:
    return sum(f.head == "-1" for f in summand.factors) % 2 == 1


def _is_square(term: Term) -> bool:
    return (term.head == "^" and term.parts[1].head == "2") or (
        term.head == "*" and len(term.parts) == 2 and term.parts[0] == term.parts[1]
    )


def _asks(system: System, term: Term) -> bool:
    """True where a term is made of oracles' answers, perhaps compressed."""
    if any(part.head in ORACLES and not part.is_leaf for part in term.walk()):
        return True
    sources = [argument_of(system, part) for part in term.walk() if part.sort is Sort.SENT]
    loops = (system.parts.get(part.head) for part in term.walk() if part.sort is Sort.RESULT)
    sources += [loop["next"] for loop in loops if loop is not None]
    return any(source is not None and _asks(system, source) for source in sources)
