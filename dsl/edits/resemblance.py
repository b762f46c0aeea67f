"""The resemblance of methods: what their formulas have in common, where it is rare."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from .matching import fields_of
from .system import PartKind, System

Features: TypeAlias = Mapping[tuple[str, ...], float]

_LEFT_OUT = (PartKind.PROBLEM, PartKind.PARAM)  # all are for one kind of problem; defaults are notes
_START = 0.5  # of a feature of a start: most memories start alike


def resemblances(system: System, others: Sequence[System]) -> list[float]:
    """The resemblance of each method to the first: 0 to 1, the cosine of what their formulas hold, each head with the one
    above it, weighed by how few of all these methods have it (tf-idf; Spärck Jones 1972)."""
    found = [_features(each) for each in (system, *others)]
    holders = Counter(feature for features in found for feature in features)
    vectors = [_weighed(features, holders, len(found)) for features in found]
    return [_cosine(vectors[0], vector) for vector in vectors[1:]]


def _features(system: System) -> Features:
    """The heads of a method's fields, by the kind of part, counted."""
    found: dict[tuple[str, ...], float] = {}
    for (name, field), grams in fields_of(system).items():
        kind = system.parts[name].kind
        if kind in _LEFT_OUT or (kind, field) == (PartKind.COMPRESSOR, "default"):
            continue
        for gram, count in grams.counts.items():
            key = (kind.value, field, *gram)
            found[key] = found.get(key, 0.0) + count * (_START if field == "init" else 1.0)
    return found


def _weighed(features: Features, holders: Mapping[tuple[str, ...], int], methods: int) -> Features:
    """Features that not all methods have, by how often one has them and by how few do."""
    rare = {feature: math.log(methods / holders[feature]) for feature in features}
    return {
        feature: math.log1p(count) * rare[feature] for feature, count in features.items() if rare[feature]
    }


def _cosine(one: Features, other: Features) -> float:
    lengths = [math.sqrt(sum(value * value for value in each.values())) for each in (one, other)]
    dot = sum(value * other.get(feature, 0.0) for feature, value in one.items())
    return dot / (lengths[0] * lengths[1]) if all(lengths) else 0.0
