"""Random rounding of long rows that numba compiles: words of Philox streams are drawn where they are used.

Where a processor has wide registers, entries are rounded while the words of later ones are drawn: neither waits for the
other's units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .numba_bits import fast
from .numba_codes import codes_written
from .numba_philox import BLOCKS, TURNS, WIDE, blocks_drawn, many_drawn, many_words_drawn, spread
from .numba_symbols import narrow_levels, wide_levels

if TYPE_CHECKING:
    from .backend import HostArray

_HALF = 1 << 11
"""Entries whose words the first cache holds, with half a word each."""

_WORDS, _TOGETHER = 4 * BLOCKS, 8 * BLOCKS
"""Words that are drawn together, and entries that take them."""

_LANES = 16  # entries that are rounded in one register
_WORD, _NUMBERS = ir.IntType(64), ir.VectorType(ir.IntType(32), _LANES)


def _rounded_code(
    context: Any,
    k0: Any,
    k1: Any,
    c0: Any,
    c1: Any,
    c2: Any,
    c3: Any,
    words: Any,
    drawn: Any,
    held: Any,
    row: Any,
    first: Any,
    norm: Any,
    steps: Any,
    unused: Any,
    fraction: Any,
    levels: Any,
) -> Any:
    """Code that writes words of the stream to an array, from `drawn` on, and the levels, by `narrow_levels`, of entries from
    `first` on, as many as take as many words: those from `held` on, drawn before."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, entries, found = (
            context.make_array(signature.args[place])(context, builder, arguments[place]).data
            for place in (6, 9, 15)
        )
        drawn, held, first = arguments[7], arguments[8], arguments[10]
        coins = builder.bitcast(builder.gep(data, [held]), ir.IntType(32).as_pointer())
        entries, found = (builder.gep(array, [first]) for array in (entries, found))
        grid = [spread(builder, number, _numbers(number.type)) for number in arguments[11:15]]

        def beside(builder: Any, turn: Any) -> None:
            each = _TOGETHER // TURNS
            start = builder.mul(turn, ir.Constant(_WORD, each))
            for step in range(0, each, _LANES):
                at = builder.add(start, ir.Constant(_WORD, step))
                given = [_loaded(builder, array, at) for array in (entries, coins)]
                _put(builder, _levels(builder, *given, *grid), found, at)

        blocks_drawn(builder, arguments[:6], data, drawn, beside)
        return context.get_dummy_value()

    numbers = norm, steps, types.uint32, types.int32
    return types.void(
        *(types.uint64,) * 6, words, types.int64, types.int64, row, types.int64, *numbers, levels
    ), code


def _levels(builder: Any, entries: Any, coins: Any, norm: Any, steps: Any, unused: Any, fraction: Any) -> Any:
    """`numba_symbols.narrow_levels` of a register."""
    places = builder.fmul(builder.fdiv(entries, norm), steps)
    suffix = f"v{_LANES}f{32 if places.type.element == ir.FloatType() else 64}"
    rint = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(places.type, [places.type]), f"llvm.rint.{suffix}"
    )
    fixed = builder.fptosi(builder.call(rint, [places]), _NUMBERS)
    turned = builder.xor(coins, builder.ashr(fixed, ir.Constant(_NUMBERS, [31] * _LANES)))
    return builder.ashr(builder.add(fixed, builder.lshr(turned, unused)), fraction)


def _numbers(kind: Any) -> Any:
    return ir.VectorType(kind, _LANES)


def _loaded(builder: Any, data: Any, at: Any) -> Any:
    """The entries of an array from a place on, wherever in memory."""
    kind = data.type.pointee
    found = builder.load(builder.bitcast(builder.gep(data, [at]), _numbers(kind).as_pointer()))
    found.align = 8 if kind == ir.DoubleType() else 4
    return found


def _put(builder: Any, levels: Any, data: Any, at: Any) -> None:
    """Write levels as bytes."""
    octets = _numbers(ir.IntType(8))
    place = builder.bitcast(builder.gep(data, [at]), octets.as_pointer())
    builder.store(builder.trunc(levels, octets), place).align = 1


_rounded_beside = intrinsic(_rounded_code)


@fast
def rounded_beside(
    start: Any, row: HostArray, norm: Any, steps: Any, unused: Any, fraction: int, levels: HostArray
) -> int:
    """`levels_drawn` of the first entries of a row by a grid whose numbers are int32, as many at a time as words are drawn
    together; their number."""
    k0, k1, c0, c1, c2, c3 = start
    words, places = np.empty(2 * _WORDS, np.uint64), np.int32(fraction)
    batches = row.size // _TOGETHER
    held, drawn = 0, _WORDS
    many_drawn(k0, k1, c0, c1, c2, c3, words, held)
    for batch in range(batches):
        later = c0 + np.uint64((batch + 1) * BLOCKS)
        _rounded_beside(
            k0,
            k1,
            later,
            c1,
            c2,
            c3,
            words,
            drawn,
            held,
            row,
            batch * _TOGETHER,
            norm,
            steps,
            unused,
            places,
            levels,
        )
        held, drawn = drawn, held
    return batches * _TOGETHER


@fast
def levels_drawn(
    start: Any,
    row: HostArray,
    norm: Any,
    steps: Any,
    unused: Any,
    fraction: int,
    is_wide: bool,
    levels: HostArray,
) -> None:
    """Levels of a row, with half a word an entry of the stream from `start` on, by a grid whose numbers are int64 where it
    `is_wide`, else int32."""
    done = 0
    if WIDE and not is_wide:
        done = rounded_beside(start, row, norm, steps, unused, fraction, levels)
    k0, k1, c0, c1, c2, c3 = start
    words = np.empty(_HALF // 2, np.uint64)
    coins = words.view(np.uint32)
    for first in range(done, row.size, _HALF):
        own, out = row[first : first + _HALF], levels[first : first + _HALF]
        many_words_drawn(k0, k1, c0 + np.uint64(first // 8), c1, c2, c3, words[: (own.size + 7) // 8 * 4])
        if is_wide:
            wide_levels(own, coins, norm, steps, unused, fraction, out)
        else:
            narrow_levels(own, coins, norm, steps, unused, fraction, out)


@fast
def values_written(levels: HostArray, norm: Any, s: Any, values: HostArray) -> None:
    """Fill values with what the levels of a row stand for."""
    for i in range(values.size):
        values[i] = values.dtype.type(levels[i]) * norm / s


@fast
def codes_drawn(
    start: Any,
    row: HostArray,
    scale: Any,
    scaled: HostArray,
    patterns: HostArray,
    shift: Any,
    mantissa: Any,
    sign: Any,
    place: Any,
    codes: HostArray,
) -> None:
    """Codes of a row by `codes_written`, with a word an entry of the stream from `start` on; `scaled` has room for some
    scaled entries, `patterns` is the same memory."""
    k0, k1, c0, c1, c2, c3 = start
    words = np.empty(scaled.size, np.uint64)
    for first in range(0, row.size, words.size):
        own, out = row[first : first + words.size], codes[first : first + words.size]
        for j in range(own.size):
            scaled[j] = own[j] * scale
        many_words_drawn(k0, k1, c0 + np.uint64(first // 4), c1, c2, c3, words[: (own.size + 3) // 4 * 4])
        codes_written(patterns, words, shift, mantissa, sign, place, out)
