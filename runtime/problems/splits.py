"""Splits of samples over nodes: in order, by label, in unequal shares, or whole groups of them to each node."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heapreplace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.load import DataSet
from ..data.split_names import Split, read_split
from ..data.text_files import text_of
from . import errors
from .chance import generator
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_MOST_CLASSES = 100  # more distinct labels than this are a continuous target
_STARTS = 4  # of k-means, of which the best counts


def deal(
    targets: HostArray,
    n: int,
    split: str,
    seed: int,
    where: str,
    *,
    equal: bool = False,
    data: DataSet | None = None,
) -> list[HostArray]:
    """Each of n nodes' sample indices, ascending; every sample once, every node at least one.

    `contiguous`: file order, as numpy.array_split deals. `shuffled`: the same of a random order. `by_label`: the same after
    sorting by label (random order among equals). `dirichlet(a)`: of each class, node shares drawn from Dirichlet(a, …, a).
    `quantity(a)`: shares of all samples drawn so. `shares(a, b, …)`: these shares of a random order. `column(c)`,
    `file:PATH`, `cluster(k)`: whole groups of samples, see `_groups`.

    `equal`: all nodes have as many, and the remainder has no node. `where` names the data in errors.
    """
    samples = len(targets)
    if n > samples:
        raise errors.more_nodes_than_samples(n, samples, where)
    how = read_split(split)
    if how is None:
        raise (
            errors.wrong_concentration(split)
            if split.strip().startswith("dirichlet(")
            else errors.unknown_split(split)
        )
    if how.kind in ("contiguous", "shuffled", "by_label"):
        order = _order(how, targets, seed)
        order = order[: samples - samples % n] if equal else order
        return [np.sort(part) for part in np.array_split(order, n)]
    owner = _owner(how, targets, n, seed, where, data)
    _feed_the_empty(owner, n)
    parts = _parts(owner, n)
    least = min(map(len, parts))
    return [part[:least] for part in parts] if equal else parts


def _order(how: Split, targets: HostArray, seed: int) -> HostArray:
    """The samples in the order in which equal pieces of them go to the nodes."""
    if how.kind == "contiguous":
        return np.arange(len(targets))
    order = generator(seed, "split").permutation(len(targets))
    return order[np.argsort(targets[order], kind="stable")] if how.kind == "by_label" else order


def _owner(how: Split, targets: HostArray, n: int, seed: int, where: str, data: DataSet | None) -> HostArray:
    """(samples,): each sample's node."""
    match how.kind:
        case "dirichlet":
            return _skewed(targets, n, how.numbers[0], seed, where)
        case "quantity" | "shares":
            order = generator(seed, "split").permutation(len(targets))
            owner = np.empty(len(targets), dtype=np.int64)
            owner[order] = _cut(_shares(how, n, seed), len(targets))
            return owner
        case _:
            if data is None:
                raise errors.no_groups_here(how.kind, where)
            return _grouped(_groups(how, n, seed, where, data), n, how, where)


# --- shares ------------------------------------------------------------------------------------------------------


def _shares(how: Split, n: int, seed: int) -> HostArray:
    """(n,): each node's share of the samples."""
    if how.kind == "quantity":
        return np.asarray(generator(seed, "shares").dirichlet(np.full(n, how.numbers[0])))
    if len(how.numbers) != n:
        raise errors.not_as_many_shares(len(how.numbers), n)
    return np.asarray(how.numbers) / sum(how.numbers)


def _cut(shares: HostArray, samples: int) -> HostArray:
    """(samples,): the node of each place, ascending, by the nodes' shares."""
    cuts = np.round(np.nan_to_num(np.cumsum(shares)[:-1]) * samples).astype(np.int64)
    return np.searchsorted(cuts, np.arange(samples), side="right")


def _skewed(targets: HostArray, n: int, concentration: float, seed: int, where: str) -> HostArray:
    classes = np.unique(targets)
    if len(classes) > _MOST_CLASSES:
        raise errors.too_many_classes_to_split(f"dirichlet({concentration:g})", len(classes), where)
    order, draws = generator(seed, "split").permutation(len(targets)), generator(seed, "shares")
    owner = np.empty(len(targets), dtype=np.int64)
    for label in classes:
        members = order[targets[order] == label]
        owner[members] = _cut(draws.dirichlet(np.full(n, concentration)), len(members))
    return owner


# --- groups ------------------------------------------------------------------------------------------------------


def _groups(how: Split, n: int, seed: int, where: str, data: DataSet) -> HostArray:
    """(samples,): numbers or texts that are the same for the samples of a group."""
    match how.kind:
        case "column":
            if how.name not in data.columns:
                raise errors.no_column_to_split(how.name, where, list(data.columns))
            return np.asarray(data.columns[how.name])
        case "file":
            return _of_file(how.name, data, where)
        case _:
            found = _clusters(int(how.numbers[0]) if how.numbers else n, seed, data, where)
            return found if len(how.numbers) < 2 else _evened(found, how.numbers[1])


def _of_file(name: str, data: DataSet, where: str) -> HostArray:
    """The lines of a file, one for each sample of the data's file; a heading may stand above."""
    path = Path(name).expanduser()
    if not path.is_file():
        raise errors.no_file_of_groups(name)
    lines = [line.strip() for line in text_of(path, name).strip().splitlines()]
    places = data.places if data.places is not None else np.arange(len(data.targets))
    samples = data.samples_in_file
    if len(lines) == samples + 1:
        lines = lines[1:]
    if len(lines) != samples:
        raise errors.groups_do_not_fit(name, len(lines), samples, where)
    empty = next((number for number, line in enumerate(lines, 1) if not line), None)
    if empty is not None:
        raise errors.empty_group(name, empty)
    texts = np.array(lines)
    try:
        return texts.astype(np.float64)[places]
    except ValueError:
        return texts[places]


def _clusters(count: int, seed: int, data: DataSet, where: str) -> HostArray:
    """The clusters of k-means (Lloyd's, k-means++ starts) on the samples as the problem has them."""
    try:
        from sklearn.cluster import KMeans
    except ImportError:
        raise errors.no_clusters() from None
    if count > len(data.targets):
        raise errors.more_clusters_than_samples(count, len(data.targets), where)
    with one_thread():
        means = KMeans(count, n_init=_STARTS, random_state=seed % 2**32, algorithm="lloyd")
        return np.asarray(means.fit_predict(data.matrix))


def _evened(groups: HostArray, most: float) -> HostArray:
    """Groups of which the smallest has taken half of the largest, in order, until none is more than `most` times another."""
    groups = groups.copy()
    counts = np.bincount(groups)
    while counts.max() > most * counts.min():
        large, small = counts.argmax(), counts.argmin()
        moved = np.flatnonzero(groups == large)[: counts[large] // 2]
        groups[moved] = small
        counts = np.bincount(groups)
    return groups


def _grouped(groups: HostArray, n: int, how: Split, where: str) -> HostArray:
    """The owner of each sample: of n groups node i has the i-th, in order of their values; of more, the largest first to
    whoever has the fewest samples by then."""
    values, codes, counts = np.unique(groups, return_inverse=True, return_counts=True)
    if len(values) < n:
        raise errors.too_few_groups(how.kind, len(values), n, where)
    nodes = np.arange(len(values)) if len(values) == n else _balanced(counts, n)
    return nodes[codes]


def _balanced(counts: Sequence[int] | HostArray, n: int) -> HostArray:
    owners, loads = np.empty(len(counts), dtype=np.int64), np.zeros(n, dtype=np.int64)
    for group in np.argsort(-np.asarray(counts), kind="stable"):
        owners[group] = loads.argmin()
        loads[owners[group]] += counts[group]
    return owners


def _parts(owner: HostArray, n: int) -> list[HostArray]:
    """Each node's samples, ascending."""
    return np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner, minlength=n))[:-1])


def _feed_the_empty(owner: HostArray, n: int) -> None:
    """Moves one sample of the largest node, its first, to each node without any, in place."""
    counts = np.bincount(owner, minlength=n)
    empty = np.flatnonzero(counts == 0).tolist()
    if not empty:
        return
    held = [part.tolist() for part in _parts(owner, n)]
    given = [0] * n  # samples that a node has given away
    richest = [(-count, node) for node, count in enumerate(counts.tolist()) if count > 1]
    heapify(richest)
    for node in empty:
        count, giver = richest[0]
        owner[held[giver][given[giver]]] = node
        given[giver] += 1
        heapreplace(richest, (count + 1, giver))
