"""A random run is a function of its number: a spec, and the options under which it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from cablese.dsl.check.kinds import Placement
from cablese.runtime.execute.options import Options
from spec_author import Author

ROUNDS = 4
SAMPLES = Path(__file__).parent / "samples.svm"
GRAPHS = ("ring", "complete", "star", "erdos_renyi(0.5)")


@dataclass(frozen=True)
class RandomCase:
    """A spec and its options; `rebound` has the placements between which it binds a name anew."""

    seed: int
    text: str
    options: Options
    rebound: frozenset[tuple[Placement, Placement]]


def random_case(seed: int) -> RandomCase:
    """The case of a number."""
    chance = Random(f"spec {seed}")
    groups, on_graph = chance.random() < 0.3, chance.random() < 0.2
    sampled, saddle = chance.random() < 0.25, chance.random() < 0.15
    groups, saddle = groups and not on_graph, saddle and not sampled
    author = Author(chance, groups=groups, on_graph=on_graph, sampled=sampled, saddle=saddle)
    author.remembers = Random(f"history of {seed}").random() < 0.25
    text = author.spec()
    nodes = chance.choice((1, 2, 2, 3, 3, 3, 4, 5, 7))
    options = _options(chance, text, nodes, sampled=sampled, saddle=saddle)
    return RandomCase(seed, text, options, frozenset(author.rebound))


def _options(chance: Random, text: str, nodes: int, *, sampled: bool, saddle: bool) -> Options:
    problem = (
        f"quadratic(d = {chance.choice((5, 9))}, mu = 0.3, L = 2, spread = 1, seed = {chance.randint(0, 3)})"
    )
    if sampled:
        problem = f'least_squares(data = "{SAMPLES}", l2 = 0.1)'
    if saddle:
        problem = "bilinear_saddle(d = 3, lam = 0.5, seed = 0)"
    return Options(
        nodes=nodes,
        rounds=ROUNDS,
        every=1,
        problem=problem,
        groups=chance.randint(1, min(3, nodes)) if "group" in text else None,
        graph=chance.choice(GRAPHS) if "on graph" in text else None,
        wire=chance.choice(("float32", "float64")),
        seed=chance.randint(0, 9),
        wire_check=chance.choice(("sample", "all")),
    )
