"""A search for the problem on which a guarantee has the least slack: random restarts, then steps from the worst ones.

Functions are least squares of a few samples, so any convex quadratics, or sigmoid losses where only smoothness is asked;
games are made ones, rotations among them. The worst is run anew, under seeds that the search did not use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.text.records import ByIdentity, record

from ..execute.bounds import NoNumber
from ..execute.problems import Problems
from .findings import Case
from .guarantees import ALPHA, Claimed, Effort, settings_allowed, tried
from .measures import NotMeasured
from .problems import HOMOGENEOUS, Trial
from .trials import REFUSED

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

ROUNDS = (2, 8, 32)
"""Rounds of runs in the search: an early round is as good a counterexample as a late one."""

SEEDS, STEPS, KEPT = 3, 6, 4
"""Seeds of a try, steps from each of the worst problems, and the number of these."""


@record
class Candidate(ByIdentity):
    """A problem of the search: samples X (n m, d) and targets (n m,) dealt to n nodes, or the text of a made game."""

    nodes: int
    rounds: int
    family: str = ""
    samples: HostArray | None = None
    targets: HostArray | None = None
    game: str = ""

    def trial(self, path: Path) -> Trial:
        """The problem as the command line writes it; its data are written to `path`."""
        if self.samples is None or self.targets is None:
            return Trial(self.game, self.nodes)
        np.savez(path, X=self.samples, y=self.targets)
        return Trial(f'{self.family}(data = "{path}")', self.nodes)


def worst_case(
    claimed: Claimed, tries: int, effort: Effort, path: Path, told: Callable[[str], None]
) -> Case | None:
    """The case with the largest ratio of left to right that so many tries find, run anew under fresh seeds; its data are
    left at `path`. None where no problem could be tried."""
    draws = np.random.default_rng([claimed.index, len(claimed.source.text)])
    name = next(iter(claimed.guarantee.classes))
    games = claimed.program.problem is not core.ProblemKind.MINIMIZE
    classes = set(claimed.guarantee.classes)
    found: list[tuple[float, int, Candidate]] = []
    with TemporaryDirectory() as folder:

        def score(candidate: Candidate) -> None:
            place = Path(folder) / f"{len(found)}.npz"
            found.append((_score(claimed, name, candidate, place), len(found), candidate))
            told(f"worst case: {len(found)} tries, left/right {max(found)[0]:.3g}")

        for _ in range(max(1, tries // 2)):
            score(_game(draws, classes) if games else _data(draws, classes))
        for _ in range(STEPS if not games else 0):
            for _, _, candidate in sorted(found, reverse=True)[:KEPT]:
                for _ in range(max(1, tries // (2 * STEPS * KEPT))):
                    score(_moved(candidate, draws))
    best, _, candidate = max(found)
    if best < 0:
        return None
    fresh = replace(effort, rounds=candidate.rounds)
    return _case(claimed, name, candidate, path, fresh, first=SEEDS)


def _score(claimed: Claimed, name: str, candidate: Candidate, path: Path) -> float:
    """The mean ratio of a few runs; -1 where the problem does not suit."""
    case = _case(claimed, name, candidate, path, Effort(SEEDS, candidate.rounds, 1))
    return -1.0 if case is None else case.ratio if isfinite(case.ratio) else 1e300


def _case(
    claimed: Claimed, name: str, candidate: Candidate, path: Path, effort: Effort, first: int = 0
) -> Case | None:
    """The worst of the settings that the guarantee allows."""
    trial, problems = candidate.trial(path), Problems()
    try:
        cases = [
            tried(claimed, name, trial, setting, effort, ALPHA, problems, first)
            for setting in settings_allowed(claimed, trial, problems)
        ]
    except (*REFUSED, NotMeasured, NoNumber, ArithmeticError, np.linalg.LinAlgError):
        return None
    return max(cases, key=lambda case: case.ratio)


# --- problems ------------------------------------------------------------------------------------------------


def _data(draws: np.random.Generator, classes: set[str]) -> Candidate:
    """Nodes with a few samples each: axes turned at random, lengths over decades, targets that agree or do not."""
    n, d = int(draws.choice([1, 2, 3, 8, 30])), int(draws.integers(1, 4))
    m = d + int(draws.integers(0, 2))
    nodes = 1 if HOMOGENEOUS in classes else n
    rows = [_turned(draws, m, d) * 10.0 ** draws.uniform(-1, 0) for _ in range(nodes)]
    samples = np.concatenate([rows[i % nodes] for i in range(n)])
    smooth_only = classes == {"smooth"}
    if smooth_only and draws.random() < 0.3:
        targets = np.where(draws.random(len(samples)) < 0.5, 1.0, -1.0)
        targets[:2] = [1.0, -1.0] if len(targets) > 1 else targets
        return Candidate(n, int(draws.choice(ROUNDS)), "sigmoid_classification", 3 * samples, targets)
    common = samples @ draws.standard_normal(d)
    own = draws.standard_normal(m * nodes) * 10.0 ** draws.uniform(-3, 1)
    targets = common + np.resize(own, len(samples)) * draws.integers(0, 2)
    return Candidate(n, int(draws.choice(ROUNDS)), "least_squares", samples, targets)


def _turned(draws: np.random.Generator, m: int, d: int) -> HostArray:
    """A matrix (m, d) with random singular vectors, and singular values over two decades."""
    left, _ = np.linalg.qr(draws.standard_normal((m, m)))
    right, _ = np.linalg.qr(draws.standard_normal((d, d)))
    return np.asarray((left[:, :d] * 10.0 ** draws.uniform(-2, 0, d)) @ right * np.sqrt(m))


def _moved(candidate: Candidate, draws: np.random.Generator) -> Candidate:
    """The problem with its numbers changed a little, or run for another number of rounds."""
    assert candidate.samples is not None
    assert candidate.targets is not None
    if draws.random() < 0.2:
        return replace(candidate, rounds=int(draws.choice(ROUNDS)))
    size = 10.0 ** draws.uniform(-2, 0)
    groups = len(candidate.samples) // candidate.nodes
    alike = all(
        np.array_equal(candidate.samples[:groups], candidate.samples[i * groups : (i + 1) * groups])
        for i in range(candidate.nodes)
    )
    noise = draws.standard_normal((groups if alike else len(candidate.samples), candidate.samples.shape[1]))
    factor = 1 + size * np.resize(noise, candidate.samples.shape)
    targets = candidate.targets
    if candidate.family == "least_squares":
        shift = draws.standard_normal(groups if alike else len(targets))
        targets = targets * (1 + size * np.resize(shift, len(targets)))
    return replace(candidate, samples=candidate.samples * factor, targets=targets)


def _game(draws: np.random.Generator, classes: set[str]) -> Candidate:
    """A made game: a rotation with more or less of strong monotonicity."""
    n, d, seed = int(draws.choice([1, 2, 3, 8])), int(draws.integers(1, 4)), int(draws.integers(1, 10**6))
    rotation = not classes & {"strongly_monotone"} or (classes & {"monotone"} and draws.random() < 0.5)
    lam = 0.0 if rotation else float(np.round(10.0 ** draws.uniform(-1.5, 0.5), 3))
    samples = int(draws.choice([1, 3]))
    text = f"bilinear_game(d = {d}, lam = {lam:g}, samples = {samples}, seed = {seed})"
    return Candidate(n, int(draws.choice(ROUNDS)), game=text)
