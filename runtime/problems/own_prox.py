"""The regulariser or set of an objective of one's own: functions of one vector, called row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..python_files import ask, place_of
from ..regularisers.base import Regulariser
from . import objective_errors as errors

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray


class OwnProx(Regulariser):
    """psi by its functions `prox(v, gamma)` and `psi(x)`; without `psi` a set, whose projection `prox` is."""

    name, doc = "prox", "psi as an objective of one's own states it"

    def __init__(self, d: int, prox: Callable[..., Any], psi: Callable[..., Any] | None) -> None:
        super().__init__((d,))
        self._prox, self._psi = prox, psi
        self._place = f"`prox`{place_of(prox)}"

    @property
    def constrains(self) -> bool:
        """As `Regulariser` has it: a set is what has no values."""
        return self._psi is None

    def prox(self, xp: Any, vectors: Array, steps: Array) -> Array:
        """As `Regulariser` has it: on the host, one row after another."""
        held, gammas = _on_host(xp, vectors), np.ravel(_on_host(xp, steps))
        gammas = np.broadcast_to(gammas, len(held))
        rows = [self._row(row, float(gamma)) for row, gamma in zip(held, gammas, strict=True)]
        return xp.asarray(np.stack(rows), dtype=vectors.dtype, device=vectors.device)

    def _row(self, vector: HostArray, gamma: float) -> HostArray:
        found = ask(self._place, self._prox, vector.copy(), gamma)
        shape = getattr(found, "shape", None)
        if shape is None or getattr(found, "dtype", np.dtype("O")).kind not in "fiub":
            raise errors.wrong_prox(self._place, type(found).__name__, "an array of real numbers")
        if tuple(shape) != vector.shape:
            raise errors.wrong_prox(
                self._place, f"an array of shape {tuple(shape)}", f"one of shape {vector.shape}"
            )
        if np.isfinite(vector).all() and not np.isfinite(found).all():
            raise errors.wrong_prox(
                self._place, "a vector that is not finite, for one that is", "a finite one"
            )
        return np.asarray(found, dtype=vector.dtype)

    def values(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it."""
        held = _on_host(xp, vectors)
        found = [0.0 if self._psi is None else self._value(row) for row in held]
        return xp.asarray(np.array(found), dtype=vectors.dtype, device=vectors.device)

    def _value(self, vector: HostArray) -> float:
        place = f"`psi`{place_of(self._psi)}"
        assert self._psi is not None
        found = ask(place, self._psi, vector.copy())
        try:
            value = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError):
            raise errors.wrong_prox(place, type(found).__name__, "a number") from None
        if value.size != 1:
            raise errors.wrong_prox(place, f"an array of shape {value.shape}", "a number")
        if np.isfinite(vector).all() and not np.isfinite(value).all():
            raise errors.wrong_prox(
                place, f"{float(value.reshape(()))}", "a finite number: a set is stated by its `prox` alone"
            )
        return float(value.reshape(()))

    def projections(self, xp: Any, vectors: Array) -> Array:
        """As `Regulariser` has it."""
        return self.prox(xp, vectors, xp.ones_like(vectors[:1, :1])) if self.constrains else vectors

    def check(self, start: HostArray) -> None:
        """Try both functions near x0; SetupError for what is no proximal operator of psi, or no projection.

        A proximal operator is firmly nonexpansive, a projection leaves its own points where they are, and the
        proximal point is no worse than points near it.
        """
        draws = np.random.default_rng(0)
        one, other = (start + draws.standard_normal(start.shape) for _ in range(2))
        there, beyond = self._row(one, 0.5), self._row(other, 0.5)
        inner, square = float((there - beyond) @ (one - other)), float(np.sum((there - beyond) ** 2))
        if square > inner + 1e-9 * (1 + abs(inner)):
            raise errors.no_prox(
                self._place, "it moves two points further apart than a proximal operator can"
            )
        if self._psi is None:
            again = self._row(there, 3.0)
            if not np.allclose(again, there, rtol=1e-9, atol=1e-9):
                raise errors.no_prox(
                    self._place,
                    "it moves a point that it gave, and a projection does not; state `psi` if it is none",
                )
            return
        least = self._aim(there, one)
        for _ in range(20):
            near = there + 1e-3 * draws.standard_normal(start.shape)
            if self._aim(near, one) < least - 1e-9 * (1 + abs(least)):
                raise errors.no_prox(
                    self._place, "a point near the one that it gives has less gamma psi(u) + 1/2 norm2(u - v)"
                )

    def _aim(self, u: HostArray, v: HostArray) -> float:
        return 0.5 * self._value(u) + float(np.sum((u - v) ** 2)) / 2


def _on_host(xp: Any, values: Array) -> HostArray:
    """The numbers of an array of any library on the host."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "get"):  # CuPy
        return np.asarray(values.get())
    return np.asarray(values.to_device(xp.Device("CPU_DEVICE")))
