"""Problems: sizes, constants and solution for the whole, oracles for the nodes of one rank."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, runtime_checkable

from cablese.dsl.check.contracts import ArgumentKind
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.backend import Array, Backend
from ..plugin_contracts import Plugin

if TYPE_CHECKING:
    import numpy as np

    from ..arrays.backend import HostArray
    from ..chance.batch import Batch
    from ..data.library import Library
    from ..regularisers.base import Regulariser

Scalar: TypeAlias = "int | float | bool | str"
"""The value of a problem's argument."""

SMOOTHNESS = frozenset({"L", "L_i", "L_max", "L_mean2", "L_pm", "calL", "L_sample"})
"""The constants that go by the curvature of the f_i, which most problems can supply."""


@record
class Setting:
    """The run that a problem is dealt for: its name as written, n nodes, the split's name, the run's seed, and the data that
    other problems of the command have read."""

    written: str
    n: int
    split: str
    seed: int
    library: Library | None = field(default=None, compare=False, repr=False)


@record
class Solution:
    """A point (d,) where the gradient norm (or residual) is at most 1e-12, the value of f there (nan for a vi), psi
    included, and False if other points may solve the problem as well, from which `dist2` would not be 0."""

    point: HostArray
    value: float
    unique: bool = True
    flat: bool = False
    """True where f hardly rises from the point in some direction: others are as good, or to rounding."""


class Problem(Plugin, ABC):
    """A problem family, dealt to n nodes, on the host. f = (1/n) sum_i f_i, or F = (1/n) sum_i F_i.

    Subclasses are registered by name. The constructor takes the setting and, by their names, all arguments, of their
    kinds and within their bounds; it deals the problem to the nodes, sets `d`, `samples` and `blocks`, and raises
    `SetupError` where two arguments do not fit each other, or data do not serve.
    """

    kind: ClassVar[str] = ""  # "minimize" or "vi"
    constants: ClassVar[frozenset[str]] = frozenset()  # those that it may supply
    dtype: ClassVar[str] = "float64"  # of computations, unless a run says otherwise
    seedless: ClassVar[bool] = (
        False  # nothing but its split depends on the run's seed; of a class that says so itself
    )
    remedy: ClassVar[str] = (
        ""  # for a constant of `SMOOTHNESS` that it lacks, beside a `--set` of what asks for it
    )

    d: int
    samples: tuple[int, ...]  # m_i
    blocks: tuple[tuple[str, tuple[int, ...]], ...]  # the model's named parts and their shapes

    def __init__(self, setting: Setting, **arguments: Any) -> None:
        self.written = setting.written  # the problem as a user would write it
        self.n = setting.n

    @classmethod
    def flaw(cls) -> str:
        """As of every plug-in; kind and constants are of those that there are."""
        if cls.kind not in ("minimize", "vi"):
            return f'its `kind` is {cls.kind!r}, and must be "minimize" or "vi"'
        names = cls.constants
        if not (isinstance(names, frozenset | set) and all(isinstance(name, str) for name in names)):
            return "its `constants` are not a set of names"
        if flaw := super().flaw():
            return flaw
        taken = [a.name for a in cls.arguments if a.kind is ArgumentKind.COMPRESSOR]
        return f"its argument `{taken[0]}` is a compressor, and no problem takes one" if taken else ""

    @property
    def versions(self) -> Mapping[str, str]:
        """Hashes of files that no argument names, and versions of libraries, on which the bits of a run depend."""
        return {}

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """Metrics of its own by name, such as a test accuracy: functions of a point (d,), float64, called at rank 0."""
        return {}

    @property
    def data_bytes(self) -> int:
        """Bytes that the data of all nodes take, once; 0 where there is none to speak of."""
        return 0

    @property
    def regulariser(self) -> Regulariser | None:
        """psi, which is added to f or F, and whose proximal operator `prox` is; None: psi = 0, and `prox` the identity.
        A problem that comes with one solves for it in `solution`, and starts where it is finite."""
        return None

    @property
    def estimated(self) -> frozenset[str]:
        """Constants that are estimates and no bounds."""
        return frozenset()

    @property
    def not_monotone(self) -> str:
        """The reason why F of a game is not monotone, or not known to be, as `mu < 0`; empty without one."""
        return ""

    def gap(self, point: HostArray) -> float | None:
        """For a saddle point problem sup_y f(x, y) - inf_x f(x, y), psi included, at the point (d,); infinite where one of
        them is, None where there is no closed form."""
        return None

    def restricted_gap(self, point: HostArray) -> float | None:
        """The gap over the ball about x0 of radius 2 ||x0 - x*|| (Nesterov 2007); None where there is no closed form."""
        return None

    @property
    @abstractmethod
    def start(self) -> HostArray:
        """x0 (d,), float64."""

    @abstractmethod
    def constant(self, name: str) -> float | HostArray | None:
        """`L`, `L_max`, `L_mean2`, `mu`, `calL` (average smoothness of minibatch differences, arXiv:2102.07845 As. 3.1),
        `L_sample` (largest of a single sample), `L_pm` (root of the Hessian variance, arXiv:2110.03300) as floats; `L_i`
        as (n,); None where the problem cannot supply it. Computed on demand, then kept."""

    @abstractmethod
    def solution(self) -> Solution | None:
        """The solution, found on demand; None where it is not known to exist or be unique in value (non-convex f)."""

    @property
    def unsolved(self) -> str:
        """The reason why no solution is known, where there is none."""
        return "no solution of it is known"

    @abstractmethod
    def oracle(self, backend: Backend, first: int, last: int) -> Oracle:
        """The oracles of nodes first .. last - 1 (a rank's), with their data on the backend's device."""


class Oracle(Protocol):
    """Oracles of some nodes, batched. Bits do not depend on which nodes share the rank.

    `point` is (d,) for all rows or (rows, d); `members` lists, on the host, the local node (from 0) of each row,
    None meaning every local node in order; a node may occur more than once.
    """

    def gradients(self, point: Array, members: np.ndarray | None = None) -> Array:
        """grad f_i or F_i at the point: (rows, d)."""

    def batch_gradients(self, point: Array, batch: Batch, members: np.ndarray | None = None) -> Array:
        """The mean over each row's batch of the samples' gradients, regulariser included: (rows, d)."""

    def losses(self, point: Array, members: np.ndarray | None = None) -> Array:
        """f_i at the point: (rows,). Not for a vi."""


@runtime_checkable
class JointOracle(Oracle, Protocol):
    """An oracle that has losses and gradients at one point for less than both cost apart."""

    def losses_and_gradients(self, point: Array) -> tuple[Array, Array]:
        """`losses(point)` and `gradients(point)`, to the bit, of every local node."""


@runtime_checkable
class SerialOracle(Oracle, Protocol):
    """An oracle that has one node's gradient after another for no more than all cost at once."""

    def serial_gradients(self, point: Array) -> Iterator[Array]:
        """The rows (d,) of `gradients(point)`, to the bit, of every local node, at a point (d,) of all."""


@runtime_checkable
class ColumnOracle(SerialOracle, Protocol):
    """An oracle whose gradients at some coordinates need those of the point alone."""

    def of_columns(self, columns: slice) -> Oracle:
        """The oracle of these coordinates: its gradients are columns of `gradients`, to the bit."""


@runtime_checkable
class PiecewiseOracle(Oracle, Protocol):
    """An oracle that has the gradients of some nodes after those of others for less than all cost at once."""

    def pieces(self, point: Array) -> Iterator[Array]:
        """The rows of `gradients(point)`, to the bit, of every local node in order: (k, d), at a point (d,) of all."""


@runtime_checkable
class KeyedOracle(Oracle, Protocol):
    """An oracle that draws, as dropout does. Its `gradients` and `losses`, which metrics ask for, draw nothing."""

    def keyed_gradients(
        self, point: Array, batch: Batch | None, keys: np.ndarray, members: np.ndarray | None = None
    ) -> Array:
        """Gradients (rows, d), of a minibatch if there is one; all draws of a row follow from its key, a 64-bit number."""


@runtime_checkable
class SampledOracle(Oracle, Protocol):
    """An oracle with so many samples that metrics are measured on some of them."""

    def for_metrics(self) -> Oracle:
        """The oracle that metrics ask, at all local nodes."""


@runtime_checkable
class SeparableOracle(Oracle, Protocol):
    """An oracle whose gradient's entry c depends on the point's entry c alone, so that some can be had without others."""

    def entries(self, point: Array, indices: Array, flat: Array) -> Array:
        """Entries (rows, k) of `gradients(point)`, to the bit; `indices` count within rows, `flat` over (rows, d)."""


@record
class Compiled(ByIdentity):
    """Gradients in compiled code, with the bits of `gradients`: a function by its name and its first arguments.

    `by_entry`: the rest are node, coordinate and the point's entry, and it returns the gradient's. Otherwise they are node,
    point (d,) and the row (d,) that it fills.
    """

    function: str
    arguments: tuple[Any, ...]  # arrays, and tuples of some
    by_entry: bool
    of_batch: Compiled | None = None  # of minibatches, whose indices (b,) come before the point

    def given(self, argument: Any) -> Compiled:
        """The same with one more argument."""
        of_batch = None if self.of_batch is None else self.of_batch.given(argument)
        return replace(self, arguments=(*self.arguments, argument), of_batch=of_batch)


@runtime_checkable
class CompiledOracle(Oracle, Protocol):
    """An oracle that fused rounds may ask."""

    def compiled(self) -> Compiled | None:
        """The form of its gradients, of a function that `execute.fused_source` finds; None where these arrays have none."""
