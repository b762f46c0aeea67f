"""Problems with data: their arguments, the samples that their nodes hold, and losses of the test part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind

from ..data.library import Library
from ..data.load import WORDS, DataSet, load
from ..data.scales import SCALES
from .base import Problem, Setting
from .splits import deal

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

DATA = Argument(
    "data",
    ArgumentKind.TEXT,
    doc="a bundled set's name, or the path of a file",
    example='"breast_cancer"',
)
SHAPE = (
    Argument(
        "features",
        ArgumentKind.INT,
        0,
        doc="columns of a svmlight set; 0: as many as it mentions",
        least=0,
    ),
    Argument("bias", ArgumentKind.BOOL, False, doc="add a column of ones"),
    Argument(
        "scale",
        ArgumentKind.WORD,
        "none",
        SCALES,
        "rows: unit Euclidean norm; columns: mean square 1; standard: mean 0 and deviation 1",
    ),
    Argument(
        "target",
        ArgumentKind.TEXT,
        "",
        doc="the target's column of a CSV file, else the last; of jsonl, else label",
        example='""',
    ),
    Argument(
        "without",
        ArgumentKind.TEXT,
        "",
        doc="columns of a CSV file that are no features, with commas between",
        example='""',
    ),
    Argument(
        "categories",
        ArgumentKind.TEXT,
        "",
        doc="columns of a CSV file whose cells are categories, even numbers, with commas between",
        example='""',
    ),
    Argument(
        "test",
        ArgumentKind.TEXT,
        "",
        doc="a test part: a file, or a share of the samples such as 0.2",
        example='""',
    ),
    Argument(
        "vocabulary", ArgumentKind.INT, WORDS, doc="words of texts that count, the most frequent", least=1
    ),
    Argument("equal", ArgumentKind.BOOL, False, doc="every node as many samples; the remainder is left out"),
)
"""The arguments of data, beside its name."""


NORM = Argument(
    "smoothness",
    ArgumentKind.WORD,
    "spectral",
    ("spectral", "frobenius"),
    "the norm of A'A/m in the L's: spectral: exact; frobenius: an upper bound, as papers' programs take it",
)
"""The argument of problems whose constants go by norms of their samples."""


class SampledProblem(Problem):
    """A problem whose node i holds m_i samples of a data set; subclasses say what the loss of one is."""

    arguments: ClassVar[tuple[Argument, ...]] = (DATA, *SHAPE)

    def __init__(self, setting: Setting, *, equal: bool = False, **data: Any) -> None:
        """Deals the samples; `SetupError` if nodes outnumber them or the split is none."""
        super().__init__(setting)
        self._library = setting.library or Library()
        self.data = self.read(**data)
        where = f"data {self.data.name}"
        self.parts = deal(
            self.data.targets, setting.n, setting.split, setting.seed, where, equal=equal, data=self.data
        )
        if equal:
            self._leave_out_the_remainder()
        self.samples = tuple(len(part) for part in self.parts)

    def _leave_out_the_remainder(self) -> None:
        used = np.sort(np.concatenate(self.parts))
        self.data = replace(self.data, matrix=self.data.matrix[used], targets=self.data.targets[used])
        self.parts = [np.searchsorted(used, part) for part in self.parts]

    def read(self, data: str, **choices: Any) -> DataSet:
        """The samples that these arguments name; `SetupError` if they do not serve this problem."""
        return self._library.read(load, data, **choices)

    @property
    def data_bytes(self) -> int:
        """As `Problem` has it."""
        matrix = self.data.matrix
        if isinstance(matrix, np.ndarray):
            return matrix.nbytes
        return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)

    @cached_property
    def weights(self) -> HostArray:
        """(all samples,): the weight of each sample's loss in f."""
        weights = np.empty(len(self.data.targets))
        for part in self.parts:
            weights[part] = 1 / (self.n * len(part))
        return weights

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: 0."""
        return np.zeros(self.d)

    @property
    def classifies(self) -> bool:
        """True of a model that tells a sample's class."""
        return False

    @property
    def metrics(self) -> Mapping[str, Callable[[HostArray], float]]:
        """The mean loss of a test part, without regulariser, and for a classifier the share that it classifies rightly."""
        if self.data.test is None:
            return {}
        found = {"test_loss": self.test_loss}
        return found | ({"test_accuracy": self.test_accuracy} if self.classifies else {})

    def test_loss(self, point: HostArray) -> float:
        """The mean loss of the test samples at a point (d,), without regulariser."""
        raise NotImplementedError

    def test_accuracy(self, point: HostArray) -> float:
        """The share of test samples whose class the model at a point (d,) tells."""
        raise NotImplementedError
