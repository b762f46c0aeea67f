"""Every draw of the language for one evaluator at a time, from the words that its stream has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from cablese.dsl.check.program import Site
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.chance.streams import NodeList, Stream
from scipy.special import ndtri

HOST = NumpyBackend("float64", "float64")

# With at most so many items, or so many for each one drawn, subsets are drawn by the largest keys.
FEW, FEW_EACH = 32, 4


@dataclass(frozen=True)
class Moment:
    """When a draw is made: the run's seed, the round (-1 in init), the counters of the enclosing loops."""

    seed: int
    round: int
    repeats: tuple[int, ...] = ()


@dataclass(frozen=True)
class Drawer:
    """Who draws: a node (and which of its copies) for itself, or, with `node` None, one for all."""

    node: int | None = None
    copy: int = 0
    scope: str = "node"  # or "group": `node` is a group's number


@dataclass(frozen=True)
class Members:
    """A drawn set, or bag, of nodes: (node, copy) in order.

    `most`: of a bag, how many it may hold as far as that is known before the run (else 2^32 - 1); None of a set.
    """

    pairs: tuple[tuple[int, int], ...]
    most: int | None = None


def words(site: Site, moment: Moment, drawer: Drawer, count: int) -> list[int]:
    """The 64-bit words of a site for one drawer."""
    scope = "none" if drawer.node is None else drawer.scope
    return _row(site, scope, moment, drawer.node or 0, drawer.copy, count)


def _row(site: Site, scope: str, moment: Moment, node: int, copy: int, count: int) -> list[int]:
    stream = Stream(moment.seed, site.kind, site.name, site.ordinal, scope)
    rows = NodeList(np.asarray([node]), np.asarray([copy]))
    found: list[int] = stream.words(HOST, count, moment.round, moment.repeats, rows)[0].tolist()
    return found


def unit(word: int) -> float:
    """[0, 1), from the upper 53 bits."""
    return (word >> 11) * 2.0**-53


def below(word: int, bound: int) -> int:
    """A whole number from 0 to bound - 1."""
    return int(unit(word) * bound)


def subset(m: int, k: int, drawn: list[int]) -> list[int]:
    """k of range(m), ascending. `drawn`: as many words as `subset_words` says."""
    if k in (0, m):
        return list(range(k))
    return _largest(drawn[:m], k) if _by_keys(m, k) else _floyd(m, k, drawn)


def subset_words(m: int, k: int) -> int:
    """Words that `subset` takes."""
    if k == m:
        return 1
    return m if _by_keys(m, k) else k


def _by_keys(m: int, k: int) -> bool:
    return m <= max(FEW, FEW_EACH * k)


def _largest(keys: list[int], k: int) -> list[int]:
    """The places of the k largest keys, ascending; of equal keys the first."""
    return sorted(sorted(range(len(keys)), key=lambda item: (-keys[item], item))[:k])


def _floyd(m: int, k: int, drawn: list[int]) -> list[int]:
    """R. Floyd's algorithm (Bentley and Floyd, CACM 30(9), 1987)."""
    taken: set[int] = set()
    for j in range(k):
        candidate = below(drawn[j], m - k + j + 1)
        taken.add(m - k + j if candidate in taken else candidate)
    return sorted(taken)


# --- events --------------------------------------------------------------------------------------------------


def number(distribution: str, site: Site, moment: Moment, drawer: Drawer, arguments: list[Any]) -> Any:
    """`bernoulli`, `uniform`, `normal` or `choice`: a Python number for all, a NumPy number for a node's own."""
    (word,) = words(site, moment, drawer, 1)
    match distribution:
        case "bernoulli":
            drawn = np.bool_(unit(word) < arguments[0])
        case "uniform":
            drawn = np.float64(arguments[0] + (arguments[1] - arguments[0]) * unit(word))
        case "normal":
            drawn = np.float64(arguments[0] + arguments[1] * ndtri(((word >> 12) + 0.5) * 2.0**-52))
        case "choice":
            least, most = int(arguments[0]), int(arguments[1])
            drawn = np.int64(least + below(word, most - least + 1))
        case _:
            raise AssertionError(distribution)
    return drawn if drawer.node is not None else drawn.item()


def entries(distribution: str, site: Site, moment: Moment, drawer: Drawer, arguments: list[Any]) -> Any:
    """A vector of numbers, each from a word of its own and from the entries of two vectors."""
    first, second = arguments
    drawn = words(site, moment, drawer, len(first))
    if distribution == "uniform_entries":
        return np.array([a + (b - a) * unit(word) for a, b, word in zip(first, second, drawn, strict=True)])
    normals = [ndtri(((word >> 12) + 0.5) * 2.0**-52) for word in drawn]
    return np.array([mu + s * z for mu, s, z in zip(first, second, normals, strict=True)])


def sample(site: Site, moment: Moment, n: int, r: int, *, known: bool) -> Members:
    """r independent draws of a node; `known`: r was known before the run."""
    nodes = sorted(below(word, n) for word in words(site, moment, Drawer(), r)) if r else []
    pairs = tuple((node, nodes[:at].count(node)) for at, node in enumerate(nodes))
    return Members(pairs, most=r if known else 2**32 - 1)


def some(site: Site, moment: Moment, n: int, r: int) -> Members:
    """r different nodes."""
    drawn = words(site, moment, Drawer(), subset_words(n, r)) if r else []
    return Members(tuple((node, 0) for node in subset(n, r, drawn)))


def each(site: Site, moment: Moment, chances: list[float]) -> Members:
    """Every node by its own coin."""
    coins = [unit(_row(site, "none", moment, node, 0, 1)[0]) for node in range(len(chances))]
    return Members(tuple((node, 0) for node, q in enumerate(chances) if coins[node] < q))


def bucket(site: Site, moment: Moment, node: int, n: int, s: int) -> Any:
    """The bucket of a node: its place among the keys of all, s to a bucket."""
    keys = [words(site, moment, Drawer(i), 1)[0] for i in range(n)]
    ahead = [i for i in range(n) if (keys[i], i) < (keys[node], node)]
    return np.int64(len(ahead) // s)


# --- minibatches ---------------------------------------------------------------------------------------------


def minibatch(
    site: Site, moment: Moment, drawer: Drawer, samples: tuple[int, ...], b: int
) -> tuple[int, ...] | None:
    """b of the drawer's samples without replacement, ascending; all where there are no more; None: all, at every node.

    Whether keys decide is the same for all nodes: by the least m_i above b.
    """
    if b >= max(samples):
        return None
    m = samples[drawer.node or 0]
    if b >= m:
        return tuple(range(m))
    if _by_keys(min(s for s in samples if s > b), b):
        return tuple(_largest(words(site, moment, drawer, max(samples))[:m], b))
    return tuple(_floyd(m, b, words(site, moment, drawer, b)))


def minibatch_with_replacement(
    site: Site, moment: Moment, drawer: Drawer, samples: tuple[int, ...], b: int
) -> tuple[int, ...]:
    """b independent draws of a sample."""
    m = samples[drawer.node or 0]
    return tuple(sorted(below(word, m) for word in words(site, moment, drawer, b)))


def shuffled(site: Site, seed: int, epoch: int, drawer: Drawer, samples: tuple[int, ...]) -> list[int]:
    """The drawer's samples in the order of an epoch: by a word for each, of a stream of its own."""
    own = Drawer(drawer.node, 0, f"{drawer.scope}, epochs")
    keys = words(site, Moment(seed, epoch), own, max(samples))
    return sorted(range(samples[drawer.node or 0]), key=lambda sample: keys[sample])
