"""Remarks on two formulas that are sent: minibatches, the point of gradients, units of an error."""

from __future__ import annotations

from .roles import ORACLES
from .terms import Sort, Summand, Term, summands


def remark(one: Term, other: Term) -> str:
    """The remark on the second of two values, in brackets; empty where there is none."""
    ours, theirs = _calls(one), _calls(other)
    if not (ours and theirs):
        return ""
    found = []
    batches = [any(len(call.parts) > 1 for call in calls) for calls in (ours, theirs)]
    if batches[0] != batches[1]:
        found.append("on minibatches" if batches[1] else "on all samples")
    new = [any(part.sort is Sort.NEW for call in calls for part in call.walk()) for calls in (ours, theirs)]
    if new[0] != new[1]:
        found.append("after the step" if new[1] else "before the step")
    units = [_in_steps(value) for value in (one, other)]
    if units[0] != units[1] and None not in units:
        found.append("in units of the step" if units[1] else "in units of the gradient")
    return f" ({', '.join(found)})" if found else ""


def _calls(term: Term) -> list[Term]:
    """Calls of oracles in a term."""
    return [part for part in term.walk() if part.head in ORACLES and not part.is_leaf]


def _in_steps(value: Term) -> bool | None:
    """True where gradients that are added to a state have a param for a factor; None where none are."""
    inner = value.parts[1] if value.head == "compress" else value
    parts = summands(inner)
    if not any(s.rest.sort is Sort.STATE for s in parts):
        return None
    own = [s for s in parts if s.rest.head in ORACLES]
    return any(map(_has_param, own)) if own else None


def _has_param(summand: Summand) -> bool:
    return any(part.sort is Sort.PARAM for factor in summand.factors for part in factor.walk())
