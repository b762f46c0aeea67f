"""PowerSGD: the mean of matrices by a subspace iteration that starts where the last one ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Trait, Traits
from cablese.dsl.text.records import record

from ..arrays.backend import Array, Backend
from . import errors
from .arguments import whole
from .base import Compressor, Shapes
from .collective import Averaging, Collective, Exchanges
from .registry import register

if TYPE_CHECKING:
    from ..arrays.backend import HostArray


DEPENDENT = 1e-6
"""A column counts as dependent where less than this share of it is left beside those before it."""


@record
class Block:
    """Some entries of the vector, as a matrix of rows x columns (the last row filled up with zeros) or as they are."""

    length: int
    rows: int
    columns: int  # 0: sent as they are

    def sent(self, rank: int) -> tuple[int, int]:
        """Floats in the first and in the second exchange."""
        return (self.rows * rank, self.columns * rank) if self.columns else (self.length, 0)


@register
class PowerSgd(Collective):
    """P = mean M_i Q; P^ = orthonormal columns of P; Q = mean M_i' P^; the result is P^ Q' (Vogels et al., NeurIPS
    2019). Q of a statement starts at random and goes on from one use to the next."""

    name: ClassVar[str] = "power_sgd"
    doc: ClassVar[str] = (
        "averages each matrix of the model in rank `rank`, by one step of a subspace iteration (PowerSGD)"
    )
    codec: ClassVar[str] = "rank (rows + columns) floats for each matrix, up and down; vectors as they are"
    paper: ClassVar[str] = (
        "rank (rows + columns) fb for each matrix, length fb for each other block; as much down"
    )
    arguments: ClassVar[tuple[Argument, ...]] = (
        Argument("rank", ArgumentKind.INT, doc="columns of the factors", least=1, example="2"),
        Argument(
            "columns",
            ArgumentKind.INT,
            default=0,
            doc="of the matrices that blocks without a matrix's shape are taken for; 0: these are sent as they are",
            least=0,
            example="32",
        ),
    )

    def __init__(self, **arguments: ArgumentValue) -> None:
        super().__init__(**arguments)
        self._rank = whole(arguments, "rank")
        self._columns = whole(arguments, "columns")
        self._shapes: Shapes = ()

    def fitted(self, shapes: Shapes) -> Compressor:
        """By the model's blocks."""
        fitted = PowerSgd(**self.values)
        fitted._shapes = shapes
        return fitted

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """A step of the iteration is linear, given the subspace, which goes by directions alone."""
        return frozenset({Trait.HOMOGENEOUS, Trait.ODD})

    def density(self, d: int) -> float:
        """Every entry."""
        return float(d)

    def widths(self, d: int) -> tuple[int, ...]:
        """The first factors (and blocks that are sent as they are), then the second ones."""
        largest = max((min(b.rows, b.columns) for b in self._matrices(d)), default=d)
        if self._rank > largest:
            raise errors.beyond_rank(self.name, self._rank, largest)
        first, second = (
            sum(part) for part in zip(*(b.sent(self._rank) for b in self.blocks(d)), strict=True)
        )
        return (first, second) if second else (first,)

    def words(self, d: int) -> int:
        """One for each entry of the first Q."""
        return sum(block.columns * self._rank for block in self.blocks(d))

    def averaging(self, backend: Backend, d: int, words: HostArray) -> Averaging:
        """The averaging, with standard normal Q."""
        return PowerSgdAveraging(backend, self.blocks(d), self._rank, self.widths(d), words)

    def blocks(self, d: int) -> tuple[Block, ...]:
        """The model's; factors that would be no smaller than their matrix are not made."""
        return tuple(
            m if self._rank * (m.rows + m.columns) < m.length else Block(m.length, m.rows, 0)
            for m in self._shaped(d)
        )

    def _matrices(self, d: int) -> tuple[Block, ...]:
        """The blocks that have a matrix's shape, or are taken for one."""
        return tuple(block for block in self._shaped(d) if block.columns)

    def _shaped(self, d: int) -> tuple[Block, ...]:
        shapes = self._shapes if sum(map(prod, self._shapes)) == d else ((d,),)
        return tuple(map(self._block, shapes))

    def _block(self, shape: tuple[int, ...]) -> Block:
        length = prod(shape)
        columns = length // shape[0] if len(shape) > 1 else self._columns
        return Block(length, -(-length // columns) if columns else 0, columns)


class PowerSgdAveraging:
    """`Averaging` of power_sgd: block by block."""

    def __init__(
        self,
        backend: Backend,
        blocks: tuple[Block, ...],
        rank: int,
        widths: tuple[int, ...],
        words: HostArray,
    ) -> None:
        from ..chance.events import standard_normals

        self._backend, self.widths = backend, widths
        self._lengths = [block.length for block in blocks]
        normals, self._means = standard_normals(words), list[WholeMean | MatrixMean]()
        for block, (first, last) in zip(blocks, _spans([b.columns * rank for b in blocks]), strict=True):
            start = normals[first:last].reshape(block.columns, rank)
            self._means.append(MatrixMean(backend, block, rank, start) if block.columns else WholeMean(block))

    def average(self, vectors: Array | None) -> Exchanges:
        """As `Averaging` has it."""
        xp, means = self._backend.xp, self._means
        parts = [] if vectors is None else [vectors[:, a:b] for a, b in _spans(self._lengths)]
        sent = [mean.first(part) for mean, part in zip(means, parts, strict=False)]
        back = yield xp.concat(sent, axis=1) if sent else None
        for mean, (a, b) in zip(means, _spans([mean.widths[0] for mean in means]), strict=True):
            mean.settle(back[a:b])
        if len(self.widths) > 1:
            sent = [mean.second(part) for mean, part in zip(means, parts, strict=False)]
            back = yield xp.concat(sent, axis=1) if sent else None
        spans = _spans([mean.widths[1] for mean in means])
        return xp.concat([mean.result(back[a:b]) for mean, (a, b) in zip(means, spans, strict=True)])

    def memory(self) -> list[Array]:
        """As `Averaging` has it: Q of every matrix."""
        return [mean.factor for mean in self._means if isinstance(mean, MatrixMean)]

    def recall(self, memory: Sequence[Array]) -> None:
        """As `Averaging` has it."""
        matrices = (mean for mean in self._means if isinstance(mean, MatrixMean))
        for mean, factor in zip(matrices, memory, strict=True):
            mean.factor = factor


class WholeMean:
    """The mean of a block that is sent as it is, in the first exchange."""

    def __init__(self, block: Block) -> None:
        self.widths = (block.length, 0)
        self._mean: Array = None

    def first(self, part: Array) -> Array:
        """All entries."""
        return part

    def settle(self, mean: Array) -> None:
        """That is the result."""
        self._mean = mean

    def second(self, part: Array) -> Array:
        """Nothing more."""
        return part[:, :0]

    def result(self, mean: Array) -> Array:
        """(length,)."""
        return self._mean


class MatrixMean:
    """The mean of matrices in low rank; Q stays for the next use."""

    def __init__(self, backend: Backend, block: Block, rank: int, start: HostArray) -> None:
        self._backend, self._block, self._rank = backend, block, rank
        self.widths = block.sent(rank)
        self.factor = backend.xp.asarray(backend.to_device(start), copy=True)  # Q (columns, rank)
        self._basis: Array = None

    def first(self, part: Array) -> Array:
        """M_i Q, for each row of the family."""
        return self._flat(self._backend.xp.matmul(self._matrices(part), self.factor))

    def settle(self, mean: Array) -> None:
        """P^ from the mean of these."""
        self._basis = orthonormal(
            self._backend, self._backend.xp.reshape(mean, (self._block.rows, self._rank))
        )

    def second(self, part: Array) -> Array:
        """M_i' P^."""
        xp = self._backend.xp
        return self._flat(xp.matmul(xp.matrix_transpose(self._matrices(part)), self._basis))

    def result(self, mean: Array) -> Array:
        """P^ Q', (length,). A column of Q that became 0 keeps its value for the next use: from 0 it would never come
        back."""
        xp, block = self._backend.xp, self._block
        factor = xp.reshape(mean, (block.columns, self._rank))
        self.factor = xp.where(xp.any(factor != 0, axis=0)[None, :], factor, self.factor)
        product = xp.matmul(self._basis, xp.matrix_transpose(factor))
        return xp.reshape(product, (-1,))[: block.length]

    def _matrices(self, part: Array) -> Array:
        """(family, length) -> (family, rows, columns)."""
        xp, block = self._backend.xp, self._block
        shape = (part.shape[0], block.rows * block.columns - block.length)
        if shape[1]:
            part = xp.concat((part, xp.zeros(shape, dtype=part.dtype, device=self._backend.device)), axis=1)
        return xp.reshape(part, (shape[0], block.rows, block.columns))

    def _flat(self, values: Array) -> Array:
        return self._backend.xp.reshape(values, (values.shape[0], values.shape[1] * values.shape[2]))


def orthonormal(backend: Backend, values: Array) -> Array:
    """Orthonormal columns (rows, rank) by modified Gram-Schmidt; 0 where a column depends on those before it."""
    xp, done = backend.xp, list[Array]()
    for place in range(values.shape[1]):
        column = values[:, place] * 1
        size = xp.sqrt(xp.sum(column * column))
        for other in done:
            column = column - xp.sum(column * other) * other
        left = xp.sqrt(xp.sum(column * column))
        independent = left > size * DEPENDENT
        unit = column / xp.where(independent, left, xp.ones_like(left))
        done.append(xp.where(independent, unit, xp.zeros_like(unit)))
    return xp.stack(done, axis=1)


def _spans(lengths: list[int]) -> list[tuple[int, int]]:
    """First and last + 1 of spans one behind the other."""
    ends = [sum(lengths[:place]) for place in range(len(lengths) + 1)]
    return list(pairwise(ends))
