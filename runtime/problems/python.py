"""One's own objective as a problem: dealt to the nodes, checked at the start, with blame for what its functions give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..arrays.backend import Backend
from ..arrays.generic import ordered_sum
from ..arrays.namespace import NUMPY
from ..python_files import ask, named, place_of
from . import objective_errors as errors
from .base import Oracle, Problem, Setting, Solution
from .objective import CONSTANTS, Info, Objective, told_at
from .own_prox import OwnProx
from .proximal_solver import composite_solution
from .python_oracle import Functions, ObjectiveOracle
from .reading import read_added
from .registry import register
from .regularised import bound, term
from .spectra import one_thread
from .splits import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..regularisers.base import Regulariser
    from .objective import Shard

_BY_LABEL = ("by_label", "dirichlet")


@register
class PythonProblem(Problem):
    """An objective that a Python file states: the name after the colon, else `objective` or `make`."""

    name = "python"
    kind = "minimize"
    doc = "f_i as a Python file states it (docs/problems.md)"
    arguments = (
        Argument(
            "file",
            ArgumentKind.TEXT,
            doc='a Python file, perhaps with a name in it, as "mine.py:make"',
            example='"mine.py"',
        ),
        Argument(
            "check", ArgumentKind.BOOL, False, doc="compare gradients with finite differences at the start"
        ),
    )
    constants = CONSTANTS

    def __init__(self, setting: Setting, *, file: str, check: bool) -> None:
        found = named(
            file, ("objective", "make"), "`objective = cablese.Objective(…)`, or a function `make(info)`"
        )
        value, place = found.value, f"`{found.name}` of {found.file}"
        if not isinstance(value, Objective) and callable(value):
            value = ask(f"`{found.name}`{place_of(value)}", value, Info(setting.n, setting.seed))
        if not isinstance(value, Objective):
            raise errors.no_objective(place, f"an object of type {type(value).__name__}")
        self._deal(setting, value, check, found.versions)

    @classmethod
    def of(cls, objective: Objective, n: int, split: str, seed: int) -> PythonProblem:
        """An objective that a program holds, dealt to n nodes."""
        problem = cls.__new__(cls)
        problem._deal(Setting(objective.name, n, split, seed), objective, False, {})
        return problem

    def _deal(self, setting: Setting, objective: Objective, check: bool, versions: Mapping[str, str]) -> None:
        super().__init__(setting)
        self.kind = "vi" if objective.loss is None else "minimize"  # type: ignore[misc]  # the objective decides
        self._objective, self._check = objective, check or objective.check
        self.d, self.blocks, self._versions = objective.d, objective.blocks, dict(versions)
        with told_at(objective.place):
            if self._check and objective.loss is None and objective.prox is None:
                raise errors.nothing_to_check()
            self._shards = _shards(objective, setting)
        if not callable(objective.constants):
            self._check_constants()
        self.samples = tuple(len(shard[0]) if shard else 1 for shard in self._shards)
        with told_at(objective.place):
            self._psi = self._regulariser()

    def _regulariser(self) -> Regulariser | None:
        """psi as the objective states it, tried at the start."""
        objective = self._objective
        if objective.added:
            terms = [term(*each) for each in read_added(objective.added)]
            self.written = " + ".join([self.written, *(each.written for each in terms)])
            return bound(terms, self.blocks)
        if objective.prox is None:
            return None
        own = OwnProx(self.d, objective.prox, objective.psi)
        own.values(NUMPY, own.prox(NUMPY, objective.start[None], np.ones((1, 1))))
        if self._check:
            own.check(objective.start)
        return own

    @property
    def regulariser(self) -> Regulariser | None:
        """As `Problem` has it: as the objective states it."""
        return self._psi

    @property
    def versions(self) -> Mapping[str, str]:
        """As `Problem` has it: the file's hash."""
        return self._versions

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """As `Problem` has it: as the objective states them."""
        return self._objective.metrics

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it."""
        return sum(array.nbytes for shard in self._shards for array in shard)

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: as the objective states it; of a set the point nearest to it."""
        start, psi = self._objective.start, self._psi
        if psi is None or not psi.constrains:
            return start
        return np.asarray(psi.projections(NUMPY, start[None])[0])

    def constant(self, name: str) -> float | HostArray | None:
        """As `Problem` has it: as the objective states them; L_max, L_mean2 and a bound of L follow from L_i."""
        if name in self._constants:
            return self._constants[name]
        local = self._constants.get("L_i")
        if local is None:
            return None
        match name:
            case "L_max":
                return float(np.max(local))
            case "L_mean2":
                return float(np.sqrt(np.mean(np.square(local))))
            case "L":
                return float(np.mean(local))
            case _:
                return None

    def _check_constants(self) -> None:
        """Constants that are stated as numbers are checked before they are asked for."""
        _ = self._constants

    @cached_property
    def _constants(self) -> dict[str, float | HostArray]:
        stated = self._objective.constants
        if callable(stated):
            stated = ask(f"`constants` of the objective{place_of(stated)}", stated, self._shards)
        with told_at(self._objective.place):
            if not isinstance(stated, Mapping):
                raise errors.wrong_constant("constants", type(stated).__name__, "a dict of numbers by name")
            return {name: self._stated(name, value) for name, value in stated.items()}

    def _stated(self, name: str, value: Any) -> float | HostArray:
        if name not in CONSTANTS:
            raise errors.unknown_constant(name, sorted(CONSTANTS))
        shape = (self.n,) if name == "L_i" else ()
        try:
            found = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise errors.wrong_constant(name, repr(value), "a number") from None
        if found.shape != shape:
            wanted = f"an array of shape ({self.n},)" if shape else "a number"
            raise errors.wrong_constant(name, f"an array of shape {found.shape}", wanted)
        if not (np.isfinite(found).all() and (found >= 0).all()):
            raise errors.wrong_constant(name, str(value), "finite, and not negative")
        return found if shape else float(found)

    def solution(self) -> Solution | None:
        """As `Problem` has it: as the objective states it, if the mean gradient vanishes there, or what it is under psi;
        without a stated one under psi, found where `mu` and `L` are stated."""
        return self._solution

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        if self._psi is None:
            return "its Objective states none; `Objective(…, solution = …)` does"
        return "its Objective states none, and no `mu` and `L` with which it could be found"

    @cached_property
    def _solution(self) -> Solution | None:
        point, psi = self._objective.solution, self._psi
        if point is None:
            return None if psi is None else composite_solution(self, psi)
        functions, nodes = self._functions(), range(self.n)

        def norm(at: HostArray) -> float:
            rows = np.stack([functions.gradient(at, i, self._shards[i]) for i in nodes])
            mean = np.asarray(ordered_sum(np, rows)) / self.n
            if psi is not None:
                mean = at - psi.prox(NUMPY, (at - mean)[None], np.ones((1, 1)))[0]
            return float(np.linalg.norm(mean))

        with one_thread(), told_at(self._objective.place):
            point = point.astype(np.float64)
            here, at_start = norm(point), norm(self.start)
            if not here <= 1e-10 * max(1.0, at_start):
                raise errors.no_solution(here, at_start, psi is not None)
            if self.kind == "vi":
                return Solution(point, float("nan"))
            value = float(np.mean([functions.loss(point, i, self._shards[i]) for i in nodes]))
            return Solution(point, value if psi is None else value + float(psi.values(NUMPY, point[None])[0]))

    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """As `Problem` has it; its functions are tried at the start for each of these nodes."""
        functions, shards = self._functions(), self._shards[first:last]
        functions.try_at(self.start, first, shards)
        if self._check and self._objective.loss is not None:
            functions.check_gradients(self.start, first, shards)
        return ObjectiveOracle(backend, functions, shards, first, self.d)

    def _functions(self) -> Functions:
        objective = self._objective
        loss = f"`loss`{place_of(objective.loss)}"
        return Functions(objective.loss, objective.grad, loss, f"`grad`{place_of(objective.grad)}", self.d)


def _shards(objective: Objective, setting: Setting) -> list[Shard]:
    """Each node's arrays; none where functions take the node's number."""
    if objective.shards is not None and len(objective.shards) != setting.n:
        raise errors.other_nodes(len(objective.shards), setting.n)
    if not objective.data and setting.split != "contiguous":
        raise errors.shards_are_dealt(setting.split)
    if not objective.data:
        return objective.shards if objective.shards is not None else [()] * setting.n
    labels = objective.data[-1]
    if labels.ndim != 1:
        if setting.split.startswith(_BY_LABEL):
            raise errors.no_labels(setting.split, labels.shape)
        labels = np.zeros(len(labels))
    parts = deal(labels, setting.n, setting.split, setting.seed, "the objective's data")
    return [tuple(_read_only(array[part]) for array in objective.data) for part in parts]


def _read_only(array: HostArray) -> HostArray:
    array.setflags(write=False)
    return array
