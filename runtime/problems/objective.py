"""One's own objective, stated in Python: functions of a point and of a node's samples, and facts about them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from cablese.dsl.text.records import record

from ..errors import SetupError
from . import objective_errors as errors
from .base import SMOOTHNESS

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

    Shard: TypeAlias = tuple[HostArray, ...]

CONSTANTS = SMOOTHNESS | {"mu"}
"""The constants that an objective may state."""


@record
class Info:
    """The run that a function `make(info)` of a user's file makes its objective for."""

    nodes: int
    seed: int


class Objective:
    """A problem of one's own: f_i(x), or an operator F_i(z), of a node from its samples.

    `loss(x, *samples)` gives f_i(x), a number, and `grad(x, *samples)` its gradient (d,): both the mean over the samples
    that they are given, which for a minibatch are some of the node's. `loss = None` makes a variational inequality
    of which `grad` is the operator. x is a NumPy array (d,), float64 or as `--dtype` has it.

    `start` is x0 (d,), or the number d for zeros. `data` are arrays of samples, dealt to the nodes by `--split`; the last
    one is the label for `by_label` and `dirichlet`. Instead, `shards` has for each node a tuple of its arrays; without
    both, functions are called as `loss(x, i)` with the node's number. Samples are read-only.

    `constants` are those known, by name (`L`, `L_i` as an array (n,), `L_max`, `L_mean2`, `mu`, `L_pm`, `calL`, `L_sample`),
    or a function of the list of all nodes' shards that gives them; from `L_i` follow `L_max`, `L_mean2` and, as a bound,
    `L`. `metrics` are functions of a point by name; `solution` is a minimiser or zero, if known; `blocks` are the shapes
    of the model's parts by name; with `check` gradients are compared with finite differences, and `prox` with `psi`, at
    the start.

    `prox(v, gamma)` gives argmin_u gamma psi(u) + 1/2 ||u - v||^2, (d,), and `psi(x)` a number: the run minimises f + psi,
    and specs' `prox` is this one. Without `psi`, `prox` is the projection onto a set. Instead a shipped one is added,
    `objective + "l1(lam = 0.1)"`.
    """

    def __init__(
        self,
        loss: Callable[..., Any] | None,
        grad: Callable[..., Any],
        start: Any,
        data: Sequence[Any] = (),
        *,
        shards: Sequence[Sequence[Any]] | None = None,
        constants: Mapping[str, Any] | Callable[[list[Shard]], Mapping[str, Any]] | None = None,
        metrics: Mapping[str, Callable[[HostArray], float]] | None = None,
        solution: Any = None,
        blocks: Mapping[str, tuple[int, ...]] | None = None,
        prox: Callable[..., Any] | None = None,
        psi: Callable[..., Any] | None = None,
        check: bool = False,
        name: str = "objective",
    ) -> None:
        """SetupError, with the argument's name and the line of the call, for values of another kind."""
        self.place = _caller()
        with told_at(self.place):
            for part, function in (("loss", loss), ("grad", grad)):
                if not callable(function) and not (part == "loss" and function is None):
                    raise errors.wrong_part(
                        part, type(function).__name__, "a function of a point and samples"
                    )
            for part, function in (("prox", prox), ("psi", psi)):
                if not callable(function) and function is not None:
                    raise errors.wrong_part(part, type(function).__name__, "a function of a vector")
            if psi is not None and prox is None:
                raise errors.psi_alone()
            self.loss, self.grad, self.check, self.name = loss, grad, check, name
            self.prox, self.psi, self.added = prox, psi, ""
            self.start = _start(start)
            self.data = tuple(_array(f"data[{i}]", each) for i, each in enumerate(_several("data", data)))
            self.shards = (
                None
                if shards is None
                else [_shard(i, shard) for i, shard in enumerate(_several("shards", shards))]
            )
            self.constants = {} if constants is None else constants
            self.metrics = _metrics({} if metrics is None else metrics)
            self.solution = None if solution is None else _array("solution", solution)
            self.blocks = _blocks({"x": self.start.shape} if blocks is None else blocks)
            self._verify()

    @property
    def d(self) -> int:
        """Length of the model."""
        return len(self.start)

    def __add__(self, regulariser: str) -> Objective:
        """The objective with regularisers or sets added, as `--problem` would have them: "l1(lam = 0.1)"."""
        if not isinstance(regulariser, str):
            return NotImplemented
        if self.prox is not None:
            raise errors.prox_and_more(regulariser)
        result = copy(self)
        result.added = f"{self.added} + {regulariser}" if self.added else regulariser
        return result

    def _verify(self) -> None:
        if self.data and self.shards is not None:
            raise errors.data_and_shards()
        lengths = [len(array) for array in self.data]
        if len(set(lengths)) > 1:
            raise errors.unequal_lengths("data", lengths)
        entries = sum(prod(shape) for _, shape in self.blocks)
        if entries != self.d:
            raise errors.wrong_part("blocks", f"parts of {entries} entries", f"parts of d = {self.d}")
        if self.solution is not None and self.solution.shape != (self.d,):
            raise errors.wrong_part("solution", f"shape {self.solution.shape}", f"shape ({self.d},)")


def _caller() -> str:
    """`mine.py:7`: the line that makes an objective; in a notebook that of its cell."""
    frame = sys._getframe(2)
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


@contextmanager
def told_at(place: str) -> Iterator[None]:
    """A block whose mistakes are those of an objective, and name the line that makes it."""
    try:
        yield
    except SetupError as error:
        raise type(error)(f"{place}: {error}") from error.__cause__


def _start(given: Any) -> HostArray:
    """x0 (d,), float64, from itself or from d."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        if given < 1:
            raise errors.wrong_start(str(given))
        return np.zeros(int(given))
    try:
        found = np.array(given)
    except ValueError:
        raise errors.wrong_start("made of parts of different lengths") from None
    if found.dtype.kind not in "fiu":
        raise errors.wrong_start(
            f"an array of type {found.dtype}"
            if found.ndim
            else f"{given!r:.50} of type {type(given).__name__}"
        )
    if found.ndim != 1 or not len(found):
        raise errors.wrong_start(f"of shape {found.shape}" if found.ndim else f"the number {given}")
    if not np.isfinite(found).all():
        raise errors.wrong_start(f"{found[~np.isfinite(found)][0]} at entry {np.argmin(np.isfinite(found))}")
    return found.astype(np.float64)


def _metrics(given: Any) -> dict[str, Callable[[HostArray], float]]:
    """The metrics by name."""
    wanted = "a dict of functions of a point by name"
    if not isinstance(given, Mapping):
        raise errors.wrong_part("metrics", type(given).__name__, wanted)
    for name, function in given.items():
        if not isinstance(name, str) or not callable(function):
            raise errors.wrong_part("metrics", f"{type(function).__name__} under {name!r}", wanted)
    return dict(given)


def _blocks(given: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The shapes of the model's parts by name."""
    wanted = 'a dict of shapes by name, {"W": (3, 4), "bias": (3,)}'
    if not isinstance(given, Mapping):
        raise errors.wrong_part("blocks", type(given).__name__, wanted)
    for name, shape in given.items():
        whole = isinstance(shape, tuple) and all(
            isinstance(size, int | np.integer) and size > 0 for size in shape
        )
        if not isinstance(name, str) or not whole:
            raise errors.wrong_part("blocks", f"{shape!r} under {name!r}", wanted)
    return tuple((name, tuple(map(int, shape))) for name, shape in given.items())


def _several(part: str, given: Any) -> Sequence[Any]:
    if isinstance(given, np.ndarray) or not isinstance(given, Sequence):
        raise errors.wrong_part(part, type(given).__name__, "a tuple of arrays: one alone is written (A,)")
    return given


def _array(part: str, given: Any) -> HostArray:
    """Numbers as an array of its own that nobody can write to."""
    try:
        found = np.array(given)
    except ValueError:
        raise errors.wrong_part(part, "made of parts of different lengths", "an array of numbers") from None
    if found.dtype.kind not in "fiub":
        raise errors.wrong_part(part, f"an array of type {found.dtype}", "an array of numbers")
    if not found.ndim:
        raise errors.wrong_part(part, "a single number", "an array with an entry for each sample")
    found.setflags(write=False)
    return found


def _shard(node: int, given: Any) -> Shard:
    found = tuple(
        _array(f"shards[{node}][{i}]", each) for i, each in enumerate(_several(f"shards[{node}]", given))
    )
    lengths = [len(array) for array in found]
    if len(set(lengths)) != 1 or not lengths[0]:
        raise errors.unequal_lengths(f"shards[{node}]", lengths)
    return found
