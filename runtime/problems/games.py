"""Made games with samples: bilinear, quadratic, and matrix games on simplices."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..regularisers.base import Regulariser
from ..regularisers.parts import Parts
from ..regularisers.sets import Simplex
from . import errors
from .affine import AffineGame, mean_of
from .base import Setting, Solution
from .chance import SEED, generator
from .proximal_solver import composite_solution
from .registry import register
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

SAMPLES = Argument("samples", ArgumentKind.INT, 10, doc="samples that each node has", least=1)
SPREAD = Argument(
    "spread", ArgumentKind.REAL, 1.0, doc="how far samples of a node differ; 0: all alike", least=0
)
NORM = Argument("norm", ArgumentKind.REAL, 1.0, doc="operator norm of the coupling A", above=0)


class MadeGame(AffineGame):
    """A game of which each node's samples are drawn, and differ around its own means by `spread`."""

    def __init__(self, setting: Setting, x: int, y: int, samples: int, spread: float, seed: int) -> None:
        """`x` and `y`: the lengths of both players' vectors."""
        if setting.split != "contiguous":
            raise errors.nothing_to_split(self.name, setting.split)
        super().__init__(setting, (("x", x), ("y", y)), samples)
        self._spread, self._seed = spread, seed

    def _scattered(self, draws: np.random.Generator, mean: HostArray, scale: float) -> HostArray:
        """Samples (m, …) around a mean, standard normal times spread and scale, whose mean is that mean to rounding."""
        deviations = draws.standard_normal((self.samples[0], *mean.shape))
        deviations -= mean_of(deviations)
        return np.asarray(mean + (self._spread * scale) * deviations)

    def _coupled(self, coupling: HostArray) -> HostArray:
        """M (m, d, d) with A at its place and -A' at the other, for couplings (m, x, y)."""
        result = np.zeros((len(coupling), self.d, self.d))
        result[:, : self._first, self._first :] = coupling
        result[:, self._first :, : self._first] = -np.swapaxes(coupling, 1, 2)
        return result


@register
class BilinearGame(MadeGame):
    """The bilinear saddle point problem (MASHA's test, arXiv:2110.03313, eq. 13) with samples.

    f_ij = x'A_ij y + a_ij.x + b_ij.y + lam/2 ||x||^2 - lam/2 ||y||^2. Node i's mean A_i is BB'/d, B standard normal,
    scaled to operator norm `norm`; a_i and b_i are standard normal; samples lie around them, entries of A_ij with deviations
    spread norm/(2 sqrt d), those of a_ij and b_ij with deviations spread.
    """

    name = "bilinear_game"
    doc = (
        "f_ij = x'A_ij y + a_ij.x + b_ij.y + lam/2 norm2(x) - lam/2 norm2(y), minimised in x, maximised in y"
    )
    arguments = (
        Argument("d", ArgumentKind.INT, doc="length of x and of y; the language's d is twice that", least=1),
        Argument("lam", ArgumentKind.REAL, doc="strength of lam/2 norm2(x) - lam/2 norm2(y)", least=0),
        SAMPLES,
        SPREAD,
        NORM,
        SEED,
    )

    def __init__(
        self, setting: Setting, *, d: int, lam: float, samples: int, spread: float, norm: float, seed: int
    ) -> None:
        super().__init__(setting, d, d, samples, spread, seed)
        self._lam, self._norm = lam, norm

    def sampled(self, node: int) -> tuple[HostArray, HostArray]:
        """As `AffineGame` has it."""
        draws, half = generator(self._seed, "bilinear game", node), self._first
        with one_thread():
            root = draws.standard_normal((half, half))
            coupling = root @ root.T
            coupling *= self._norm / np.linalg.norm(coupling, 2)
        shift = draws.standard_normal(self.d)
        matrices = self._coupled(self._scattered(draws, coupling, self._norm / (2 * half**0.5)))
        matrices += self._lam * np.eye(self.d)
        return matrices, self._scattered(draws, shift, 1.0)


@register
class QuadraticGame(MadeGame):
    """A game that is quadratic in each player, with curvatures from mu to L; below 0 it is not monotone.

    f_ij = 1/2 x'P_ij x + x'A_ij y - 1/2 y'Q_ij y + a_ij.x + b_ij.y. P and Q have eigenvalues evenly spaced over [mu, L] in
    bases drawn once, A has operator norm `norm`; nodes and samples lie around them symmetrically, so that the mean operator
    has P, Q and A themselves.
    """

    name = "quadratic_game"
    doc = "f_ij = 1/2 x'P_ij x + x'A_ij y - 1/2 y'Q_ij y + a_ij.x + b_ij.y, P and Q from mu to L; not monotone if mu < 0"
    arguments = (
        Argument("d", ArgumentKind.INT, doc="length of x and of y; the language's d is twice that", least=2),
        Argument("mu", ArgumentKind.REAL, doc="least curvature of the mean P and Q"),
        Argument("L", ArgumentKind.REAL, doc="largest curvature of the mean P and Q", above=0),
        SAMPLES,
        SPREAD,
        NORM,
        SEED,
    )

    def __init__(
        self,
        setting: Setting,
        *,
        d: int,
        mu: float,
        L: float,
        samples: int,
        spread: float,
        norm: float,
        seed: int,
    ) -> None:
        if not mu <= L:
            raise errors.disordered_curvatures(self.name, mu, L)
        super().__init__(setting, d, d, samples, spread, seed)
        self._mu, self._largest, self._norm = mu, L, norm

    @property
    def not_monotone(self) -> str:
        """As `Problem` has it."""
        return f"mu = {self._mu:g} is negative" if self._mu < 0 else ""

    @cached_property
    def _mean(self) -> HostArray:
        """M of the mean operator."""
        draws, d = generator(self._seed, "quadratic game"), self._first
        result = np.zeros((2 * d, 2 * d))
        with one_thread():
            for own in (slice(None, d), slice(d, None)):
                basis = np.linalg.qr(draws.standard_normal((d, d)))[0]
                bent = (basis * np.linspace(self._mu, self._largest, d)) @ basis.T
                result[own, own] = (bent + bent.T) / 2
            coupling = draws.standard_normal((d, d))
            coupling *= self._norm / np.linalg.norm(coupling, 2)
        result[:d, d:], result[d:, :d] = coupling, -coupling.T
        return result

    @cached_property
    def _bend(self) -> HostArray:
        """The deviation of nodes, of the same structure as M, times cos of a node's angle: these sum to 0."""
        return np.asarray(self._deviation(generator(self._seed, "quadratic game nodes"), 1)[0])

    def _deviation(self, draws: np.random.Generator, count: int) -> HostArray:
        """(count, d, d): random symmetric P and Q, and A, of operator norms about L and `norm`."""
        d = self._first
        own, coupling = draws.standard_normal((count, 2, d, d)), draws.standard_normal((count, d, d))
        result = self._coupled(coupling * (self._norm / (2 * d**0.5)))
        own = (own + np.swapaxes(own, 2, 3)) * (self._largest / (2 * (2 * d) ** 0.5))
        result[:, :d, :d], result[:, d:, d:] = own[:, 0], own[:, 1]
        return result

    def sampled(self, node: int) -> tuple[HostArray, HostArray]:
        """As `AffineGame` has it."""
        draws = generator(self._seed, "quadratic game samples", node)
        deviations = self._deviation(draws, self.samples[0])
        deviations -= mean_of(deviations)
        angle = np.cos(2 * np.pi * node / self.n) if self.n > 1 else 0.0
        matrices = self._mean + (self._spread * angle) * self._bend + self._spread * deviations
        return np.asarray(matrices), self._scattered(draws, draws.standard_normal(self.d), 1.0)


@register
class MatrixGame(MadeGame):
    """A matrix game in mixed strategies: min over x, max over y of x'A_ij y, both on simplices, which come with it.

    Node i's A_i is A plus a matrix of its own, both standard normal, samples lie around that with deviation spread.
    """

    name = "matrix_game"
    doc = "f_ij = x'A_ij y over the simplices: mixed strategies x, minimising, and y, maximising"
    arguments = (
        Argument("rows", ArgumentKind.INT, doc="strategies of x", least=2),
        Argument("columns", ArgumentKind.INT, doc="strategies of y", least=2),
        SAMPLES,
        SPREAD,
        SEED,
    )

    def __init__(
        self, setting: Setting, *, rows: int, columns: int, samples: int, spread: float, seed: int
    ) -> None:
        super().__init__(setting, rows, columns, samples, spread, seed)
        ends = ((0, rows), (rows, rows + columns))
        self._simplices = Parts((rows, columns), [(a, b, Simplex((b - a,))) for a, b in ends])

    @property
    def regulariser(self) -> Regulariser | None:
        """As `Problem` has it: both simplices."""
        return self._simplices

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: every strategy as likely as any other."""
        first, second = self._first, self.d - self._first
        return np.concatenate([np.full(first, 1 / first), np.full(second, 1 / second)])

    def solution(self) -> Solution | None:
        """As `Problem` has it; None where equilibria may be several."""
        return self._equilibrium

    @cached_property
    def _equilibrium(self) -> Solution | None:
        return composite_solution(self, self._simplices)

    def sampled(self, node: int) -> tuple[HostArray, HostArray]:
        """As `AffineGame` has it."""
        shape, m = (self._first, self.d - self._first), self.samples[0]
        shared = generator(self._seed, "matrix game").standard_normal(shape)
        draws = generator(self._seed, "matrix game nodes", node)
        coupling = self._scattered(draws, shared + draws.standard_normal(shape), 1.0)
        return self._coupled(coupling), np.zeros((m, self.d))
