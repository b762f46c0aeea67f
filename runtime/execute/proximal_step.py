"""The proximal step of a problem's regulariser, as generated programs call it: one point or rows, one step or a family's."""

from __future__ import annotations

from typing import Any

from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from ..regularisers.base import Regulariser
from ..regularisers.errors import negative_step


@record
class ProximalStep:
    """argmin_u step psi(u) + 1/2 ||u - v||^2; v itself where the problem has no regulariser psi."""

    backend: Backend
    d: int
    psi: Regulariser | None

    def __call__(self, v: Array, step: Any) -> Array:
        """(d,), or (rows, d) where v (rows, d) or the step (rows, 1) is a family's. Raises RunFailed for a step below 0."""
        single = getattr(step, "ndim", 0) == 0
        if self.psi is None and (single or v.ndim == 2):
            return v
        xp = self.backend.xp
        steps = xp.reshape(xp.asarray(step, dtype=self.backend.real, device=self.backend.device), (-1, 1))
        rows = xp.broadcast_to(v, (v.shape[0] if v.ndim == 2 else steps.shape[0], self.d))
        if self.psi is None:
            return xp.asarray(rows, copy=True)
        if not bool(xp.all(steps >= 0)):
            raise negative_step(float(xp.min(steps)))
        found = self.psi.prox(xp, rows, steps)
        return xp.reshape(found, (-1,)) if single and v.ndim == 1 else found
