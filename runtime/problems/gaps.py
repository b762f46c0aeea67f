"""Duality gaps of saddle functions that are quadratic in each player, in closed form."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.namespace import NUMPY
from .spectra import one_thread

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..regularisers.base import Regulariser


@record
class SaddleFunction:
    """f(x, y) = x'Ay + 1/2 x'Px - 1/2 y'Qy + a.x + b.y, psi_x(x) - psi_y(y) added: the coupling A, the curvature S, a
    number for S = P = Q times the identity, else blockdiag(P, Q), the shifts (a, -b), and psi(z) = psi_x(x) + psi_y(y)."""

    coupling: HostArray
    curvature: float | HostArray
    shifts: HostArray
    psi: Regulariser | None

    def gap(self, z: HostArray) -> float | None:
        """sup_y' f(x, y') - inf_x' f(x', y); infinite where one of them is, None where there is no closed form."""
        reply = self._reply(self._pull(z))
        if reply is None or isinstance(reply, float):
            return reply
        return self._advantage(z, reply)

    def restricted(self, z: HostArray, centre: HostArray, radius: float) -> float | None:
        """The same over replies (x', y') within a ball; None with psi, or where curvatures differ by direction."""
        if self.psi is not None or not isinstance(self.curvature, float):
            return None
        slope = self._pull(z) - self.curvature * centre
        length = float(np.linalg.norm(slope))
        bent = max(self.curvature, length / radius if radius else inf)
        return self._advantage(z, centre + slope / bent if length and bent < inf else centre)

    def _pull(self, z: HostArray) -> HostArray:
        """(-(Ay + a), A'x + b): the slopes at which players reply."""
        x, y = z[: len(self.coupling)], z[len(self.coupling) :]
        return np.concatenate([-(self.coupling @ y), self.coupling.T @ x]) - self.shifts

    def _reply(self, pull: HostArray) -> HostArray | float | None:
        """A maximiser of pull.u - 1/2 u'Su - psi(u); infinity if it grows without end."""
        curvature, psi = self.curvature, self.psi
        if isinstance(curvature, float) and curvature > 0:
            if psi is None:
                return pull / curvature
            return np.asarray(psi.prox(NUMPY, (pull / curvature)[None], np.full((1, 1), 1 / curvature))[0])
        if psi is not None:
            return psi.farthest(pull) if isinstance(curvature, float) else None
        if isinstance(curvature, float):
            return inf if pull.any() else np.zeros(len(pull))
        with one_thread():
            values, vectors = np.linalg.eigh(curvature)
            if values[0] <= len(pull) * np.finfo(float).eps * values[-1]:
                return inf
            return np.asarray(vectors @ ((vectors.T @ pull) / values))

    def _advantage(self, z: HostArray, reply: HostArray) -> float:
        """The gain of both players if they reply so; rounding may not make it negative."""
        gain = self._pull(z) @ reply - self._own(reply)
        return max(0.0, float(gain + self._own(z) + self.shifts @ z))

    def _own(self, u: HostArray) -> float:
        """1/2 u'Su + psi(u)."""
        bent = self.curvature * u if isinstance(self.curvature, float) else self.curvature @ u
        psi = 0.0 if self.psi is None else float(self.psi.values(NUMPY, u[None])[0])
        return 0.5 * float(u @ bent) + psi
