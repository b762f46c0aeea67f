"""Metrics of the output variable, and what the method returns of its values."""

from __future__ import annotations

from typing import Any

import numpy as np
from cablese.dsl.check.program import Averaging, Output, Site
from cablese.runtime.problems.base import Problem
from slow_draws import HOST, Drawer, Moment, number
from slow_numbers import one_by_one
from slow_oracle import CountingOracle


class Measures:
    """Sees the output variable after `init` and after every round; None where it does not exist yet."""

    def __init__(self, output: Output, problem: Problem, rounds: int, seed: int) -> None:
        self.output, self.problem, self.rounds = output, problem, rounds
        self._oracle = CountingOracle(problem)  # its count is not the run's
        self._values: list[Any] = []
        self._weights: list[Any] = []
        site = Site("output", output.value.symbol.name, 0)
        chooses = output.averaging is Averaging.UNIFORM and rounds > 0
        self._chosen = number("choice", site, Moment(seed, -1), Drawer(), [0, rounds - 1]) if chooses else 0

    def add(self, value: Any, weight: Any = 1.0) -> None:
        """The value after `init`, then after each round."""
        self._values.append(value)
        self._weights.append(weight)

    def metrics(self) -> dict[str, float]:
        """Of the present value, and of the average so far."""
        with np.errstate(all="ignore"):
            return self._metrics()

    def _metrics(self) -> dict[str, float]:
        found = self._of(self._values[-1])
        counted = self._counted()
        if self.output.averaging is Averaging.LAST or not counted:
            return found
        average = self._of(self._point(_average(counted, self._counted_weights())))
        return found | {f"{name}_avg": value for name, value in average.items()}

    def returned(self) -> Any:
        """The point (d,) that the method returns."""
        match self.output.averaging:
            case Averaging.AVERAGE if self.rounds:
                value = _average(self._counted(), self._counted_weights())
            case Averaging.UNIFORM if self.rounds:
                value = self._counted()[self._chosen]
            case _:
                value = self._values[-1]
        return self._point(value)

    def _counted(self) -> list[Any]:
        """A state's values at points 0 .. K-1, or others' at the ends of rounds 0 .. K-1."""
        return self._values[:-1] if self.output.is_state else self._values[1:]

    def _counted_weights(self) -> list[Any]:
        return self._weights[:-1] if self.output.is_state else self._weights[1:]

    def _point(self, value: Any) -> Any:
        if value is None:
            return self.problem.start
        return one_by_one(value) / len(value) if isinstance(value, list) else value

    def _of(self, value: Any) -> dict[str, float]:
        point = self._point(value)
        nodes, n = range(self.problem.n), self.problem.n
        mean = one_by_one([self._oracle.gradient(i, point, None) for i in nodes]) / n
        psi, game = self.problem.regulariser, self.problem.kind == "vi"
        found = {} if game else {"loss": float(one_by_one([self._oracle.loss(i, point) for i in nodes]) / n)}
        if psi is None:
            found |= {"residual2" if game else "grad_norm2": float(np.sum(mean * mean))}
        else:
            found |= self._under(psi, point, mean, found)
        return found | (_consensus(value, point) if isinstance(value, list) else {})

    def _under(self, psi: Any, point: Any, mean: Any, found: dict[str, float]) -> dict[str, float]:
        """Metrics under a regulariser: psi in the loss, and the step that prox would make."""
        game = self.problem.kind == "vi"
        gamma = 1.0 if game else 1 / float(self.problem.constant("L"))  # type: ignore[arg-type]
        moved = (point - psi.prox(HOST.xp, (point - gamma * mean)[None], np.full((1, 1), gamma))[0]) / gamma
        more = {"natural2" if game else "grad_map2": float(np.sum(moved * moved))}
        if not game:
            more["loss"] = found["loss"] + float(psi.values(HOST.xp, point[None])[0])
        if psi.constrains:
            away = point - psi.projections(HOST.xp, point[None])[0]
            more["outside2"] = float(np.sum(away * away))
        return more


def _average(values: list[Any], weights: list[Any]) -> Any:
    if isinstance(values[0], list):
        return [_average([value[i] for value in values], weights) for i in range(len(values[0]))]
    if not any(weights):  # all alike
        weights = [1.0] * len(values)
    with np.errstate(all="ignore"):
        return one_by_one([w * v for w, v in zip(weights, values, strict=True)]) / np.float64(
            one_by_one(weights)
        )


def _consensus(values: list[Any], mean: Any) -> dict[str, float]:
    return {"consensus": float(np.mean([np.sum((value - mean) ** 2) for value in values]))}
