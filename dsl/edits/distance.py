"""The distance of two methods: edits counted by what they touch, and measured by what there is."""

from __future__ import annotations

from collections.abc import Mapping

from .script import EditKind, FieldEdit, Script
from .system import Part, PartKind, System

_WEIGHTS: Mapping[PartKind, float] = {
    PartKind.PROBLEM: 10.0,
    PartKind.COMPRESSOR: 0.5,
    PartKind.PARAM: 0.1,
    PartKind.STATE: 1.0,
    PartKind.DRAW: 1.0,
    PartKind.SENT: 1.0,
    PartKind.MESSAGE: 1.0,
    PartKind.LOCAL: 1.0,
    PartKind.OUTPUT: 0.2,
}
_NOT_COUNTED = (PartKind.PROBLEM, PartKind.COMPRESSOR)
_SIGNAL = 0.1  # of a message that is no vector: it tells of a draw, which counts itself
_KEPT = 0.5  # of what a part counts that is changed, not gained or lost


def changes(script: Script) -> int:
    """The parts that are gained, lost or changed; params, signals and the averaging of the output do not count."""
    return sum(_weight(part) >= _WEIGHTS[PartKind.COMPRESSOR] for part in _touched(script).values())


def distance(script: Script) -> float:
    """The share of both methods' parts that is edited, by weight: 0 for a method and itself, 1 where nothing is kept."""
    edited = {e.part.name for e in script.changes if isinstance(e, FieldEdit)}
    weight = sum(_weight(p) * (_KEPT if name in edited else 1.0) for name, p in _touched(script).items())
    return min(1.0, weight / (_total(script.one) + _total(script.other)))


def _total(system: System) -> float:
    """The weight of a method's parts, which a kept problem is none of."""
    return sum(_weight(part) for part in system.parts.values() if part.kind not in _NOT_COUNTED)


def _touched(script: Script) -> dict[str, Part]:
    return {e.part.name: e.part for e in script.changes if not _is_contract_free(e.part, e.kind)}


def _is_contract_free(part: Part, kind: EditKind) -> bool:
    """True for a compressor that comes or goes: the messages that it compresses count."""
    return part.kind is PartKind.COMPRESSOR and kind in (EditKind.GAINED, EditKind.LOST)


def _weight(part: Part) -> float:
    is_signal = part.kind is PartKind.MESSAGE and part["kind"].head != "vector"
    return _SIGNAL if is_signal else _WEIGHTS[part.kind]
