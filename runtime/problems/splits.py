"""Splits of samples over nodes: contiguous, shuffled, by label, or skewed by a Dirichlet law."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from . import errors
from .chance import generator

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_DIRICHLET = re.compile(r"dirichlet\(([^()]*)\)")
_MOST_CLASSES = 100  # more distinct labels than this are a continuous target


def deal(targets: HostArray, n: int, split: str, seed: int, where: str) -> list[HostArray]:
    """Each of n nodes' sample indices, ascending; every sample once, every node at least one.

    `contiguous`: file order, as numpy.array_split deals. `shuffled`: the same of a random order. `by_label`:
    the same after sorting by label (random order among equals). `dirichlet(a)`: of each class, node shares
    drawn from Dirichlet(a, …, a). `where` names the data in errors.
    """
    samples = len(targets)
    if n > samples:
        raise errors.more_nodes_than_samples(n, samples, where)
    split = "".join(split.split())
    if split == "contiguous":
        return list(np.array_split(np.arange(samples), n))
    order = generator(seed, "split").permutation(samples)
    if split == "shuffled":
        return [np.sort(part) for part in np.array_split(order, n)]
    if split == "by_label":
        order = order[np.argsort(targets[order], kind="stable")]
        return [np.sort(part) for part in np.array_split(order, n)]
    return _skewed(targets, order, n, _concentration(split), seed, where)


def _concentration(split: str) -> float:
    """The a of `dirichlet(a)`."""
    found = _DIRICHLET.fullmatch(split)
    if not found:
        raise errors.unknown_split(split)
    try:
        value = float(found[1])
    except ValueError:
        raise errors.wrong_concentration(split) from None
    if not (math.isfinite(value) and value > 0):
        raise errors.wrong_concentration(split)
    return value


def _skewed(
    targets: HostArray, order: HostArray, n: int, concentration: float, seed: int, where: str
) -> list[HostArray]:
    classes = np.unique(targets)
    if len(classes) > _MOST_CLASSES:
        raise errors.too_many_classes_to_split(f"dirichlet({concentration:g})", len(classes), where)
    draws = generator(seed, "shares")
    owner = np.empty(len(targets), dtype=np.int64)
    for label in classes:
        members = order[targets[order] == label]
        ends = np.cumsum(draws.dirichlet(np.full(n, concentration)))[:-1]
        cuts = np.round(np.nan_to_num(ends) * len(members)).astype(np.int64)
        for node, part in enumerate(np.split(members, cuts)):
            owner[part] = node
    _feed_the_empty(owner, n)
    return [np.flatnonzero(owner == node) for node in range(n)]


def _feed_the_empty(owner: HostArray, n: int) -> None:
    """Moves one sample of the largest node to each node without any, in place."""
    counts = np.bincount(owner, minlength=n)
    for node in np.flatnonzero(counts == 0):
        richest = int(counts.argmax())
        owner[np.flatnonzero(owner == richest)[0]] = node
        counts[richest] -= 1
        counts[node] += 1
