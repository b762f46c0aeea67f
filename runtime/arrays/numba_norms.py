"""Sums of the squares and of the magnitudes of long rows that numba compiles, in NumPy's order: a block's eight running sums
lie in one register."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .numba_bits import fast
from .numba_sums import BLOCK, RUNNING, blocks_summed
from .sums import COLUMNS

if TYPE_CHECKING:
    from .backend import HostArray

_DOUBLES = ir.VectorType(ir.DoubleType(), RUNNING)


def _summed(term: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """An intrinsic: the sum, in double precision, of `term`, as code makes it of doubles, of a block of a row."""

    def typed(context: Any, row: Any, first: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            entries = context.make_array(signature.args[0])(context, builder, arguments[0])
            total = None
            for step in range(0, BLOCK, RUNNING):
                terms = term(builder, _loaded(builder, entries, row.dtype, arguments[1], step))
                total = terms if total is None else builder.fadd(total, terms)
            sums = [
                builder.extract_element(total, ir.Constant(ir.IntType(32), lane)) for lane in range(RUNNING)
            ]
            while len(sums) > 1:  # as `running_summed`
                sums = [builder.fadd(one, other) for one, other in zip(sums[::2], sums[1::2], strict=True)]
            return sums[0]

        return types.float64(row, types.int64), code

    made: Callable[..., Any] = intrinsic(typed)
    return made


def _loaded(builder: Any, entries: Any, kind: Any, first: Any, step: int) -> Any:
    """RUNNING entries of an array as doubles, from `first` + `step` on."""
    is_single = kind == types.float32
    number, size = (ir.FloatType(), 4) if is_single else (ir.DoubleType(), 8)
    place = builder.gep(entries.data, [builder.add(first, ir.Constant(ir.IntType(64), step))])
    found = builder.load(builder.bitcast(place, ir.VectorType(number, RUNNING).as_pointer()))
    found.align = size
    return builder.fpext(found, _DOUBLES) if is_single else found


def _magnitude(builder: Any, doubles: Any) -> Any:
    kind = ir.FunctionType(_DOUBLES, [_DOUBLES])
    absolute = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fabs.v{RUNNING}f64")
    return builder.call(absolute, [doubles])


_block_of_squares = _summed(lambda builder, doubles: builder.fmul(doubles, doubles))
_block_of_magnitudes = _summed(_magnitude)


@fast
def squares_summed(row: HostArray, sums: HostArray) -> None:
    """Fill sums with those of the squares of the row's pieces of COLUMNS entries, one each."""
    blocks = np.empty(COLUMNS // BLOCK)
    for piece in range(sums.size):
        first = piece * COLUMNS
        for block in range(blocks.size):
            blocks[block] = _block_of_squares(row, first + block * BLOCK)
        sums[piece] = blocks_summed(blocks)


@fast
def magnitudes_summed(row: HostArray, sums: HostArray) -> None:
    """Fill sums with those of the magnitudes, likewise."""
    blocks = np.empty(COLUMNS // BLOCK)
    for piece in range(sums.size):
        first = piece * COLUMNS
        for block in range(blocks.size):
            blocks[block] = _block_of_magnitudes(row, first + block * BLOCK)
        sums[piece] = blocks_summed(blocks)


@fast
def signs_summed_beside(row: HostArray, negative: HostArray, sums: HostArray) -> None:
    """`magnitudes_summed`, and fill negative with true where an entry of the pieces is below 0: each block is read once."""
    blocks = np.empty(COLUMNS // BLOCK)
    for piece in range(sums.size):
        for block in range(blocks.size):
            first = piece * COLUMNS + block * BLOCK
            blocks[block] = _block_of_magnitudes(row, first)
            for place in range(first, first + BLOCK):
                negative[place] = row[place] < 0
        sums[piece] = blocks_summed(blocks)
