"""Random rounding of long rows that numba compiles: words of Philox streams, many blocks at a time, drawn where they are
used.

Where a processor multiplies words of 64 bits in its widest registers, these draw eight blocks each, four after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from .numba_bits import fast
from .numba_codes import codes_written
from .numba_draws import words_drawn
from .numba_symbols import narrow_levels, wide_levels
from .philox import MULTIPLIERS, ROUNDS, WEYL

if TYPE_CHECKING:
    from .backend import Counter, HostArray

_LANES, _SETS = 8, 4
_BLOCKS = _LANES * _SETS
_WORD = ir.IntType(64)
_WORDS = ir.VectorType(_WORD, _LANES)
_WIDE = config.CPU_NAME is None and bool(get_host_cpu_features().get("avx512dq"))
_HALF = 1 << 11
"""Entries whose words the first cache holds, with half a word each."""


def _each(number: int) -> Any:
    return ir.Constant(_WORDS, [number] * _LANES)


def _chosen(builder: Any, one: Any, other: Any, places: Any) -> Any:
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(ir.IntType(32), len(places)), places))


def _spread(builder: Any, word: Any) -> Any:
    """A word in all lanes."""
    none = ir.Constant(_WORDS, ir.Undefined)
    alone = builder.insert_element(none, word, ir.Constant(ir.IntType(32), 0))
    return _chosen(builder, alone, none, [0] * _LANES)


def _product(builder: Any, multiplier: int, words: Any) -> tuple[Any, Any]:
    """The low and the high words of products, by halves of words."""
    mask, half = _each((1 << 32) - 1), _each(32)
    low, high = (_each(part) for part in (multiplier & ((1 << 32) - 1), multiplier >> 32))
    below, above = builder.and_(words, mask), builder.lshr(words, half)
    first = builder.add(builder.mul(above, low), builder.lshr(builder.mul(below, low), half))
    second = builder.add(builder.mul(below, high), builder.and_(first, mask))
    carried = builder.add(builder.lshr(first, half), builder.lshr(second, half))
    return builder.mul(words, _each(multiplier)), builder.add(builder.mul(above, high), carried)


def _stored(builder: Any, block: Any, data: Any, at: Any) -> None:
    """Write the words of blocks, one block after another."""
    places = range(_LANES)
    a, b, c, d = block
    pairs = [place for lane in places for place in (lane, _LANES + lane)]
    halves = _chosen(builder, a, b, pairs), _chosen(builder, c, d, pairs)
    fours = [2 * lane + place for lane in places for place in (0, 1, 2 * _LANES, 2 * _LANES + 1)]
    found = _chosen(builder, *halves, fours)
    place = builder.bitcast(builder.gep(data, [at]), ir.VectorType(_WORD, 4 * _LANES).as_pointer())
    builder.store(found, place).align = 8


def _drawn_code(
    context: Any, k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any, words: Any, at: Any
) -> Any:
    """Code that writes the words of _BLOCKS blocks from a counter on to an array, from `at` on."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        key, counter, array, at = arguments[:2], arguments[2:6], arguments[6], arguments[7]
        data = context.make_array(signature.args[6])(context, builder, array).data
        spread = [_spread(builder, word) for word in counter]
        states = []
        for first in range(0, _BLOCKS, _LANES):
            steps = ir.Constant(_WORDS, list(range(first, first + _LANES)))
            begun = [builder.add(spread[0], steps), *spread[1:]]
            states.append([cgutils.alloca_once_value(builder, word) for word in begun])
        keys = [cgutils.alloca_once_value(builder, _spread(builder, word)) for word in key]
        with cgutils.for_range(builder, ir.Constant(_WORD, ROUNDS)):
            x, y = (builder.load(word) for word in keys)
            for state in states:
                a, b, c, d = (builder.load(word) for word in state)
                (low0, high0), (low1, high1) = (
                    _product(builder, multiplier, word)
                    for multiplier, word in zip(MULTIPLIERS, (a, c), strict=True)
                )
                b, d = builder.xor(builder.xor(high1, b), x), builder.xor(builder.xor(high0, d), y)
                for place, word in zip(state, (b, low1, d, low0), strict=True):
                    builder.store(word, place)
            for place, word, weyl in zip(keys, (x, y), WEYL, strict=True):
                builder.store(builder.add(word, _each(weyl)), place)
        for number, state in enumerate(states):
            first = builder.add(at, ir.Constant(_WORD, 4 * _LANES * number))
            _stored(builder, [builder.load(word) for word in state], data, first)
        return context.get_dummy_value()

    return types.void(*(types.uint64,) * 6, words, types.int64), code


_blocks_drawn = intrinsic(_drawn_code)


@fast
def many_words_drawn(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any, words: HostArray) -> None:
    """`words_drawn` of many blocks."""
    blocks, done = words.size // 4, 0
    if _WIDE:
        for first in range(0, blocks - _BLOCKS + 1, _BLOCKS):
            _blocks_drawn(k0, k1, c0 + np.uint64(first), c1, c2, c3, words, 4 * first)
            done = first + _BLOCKS
    words_drawn(k0, k1, c0 + np.uint64(done), c1, c2, c3, words[4 * done :])


def words_of(key: tuple[int, int], counter: Counter, words: HostArray) -> None:
    """Fill words, whole blocks of four, with those of a stream."""
    k0, k1, c0, c1, c2, c3 = start_of(key, counter)
    many_words_drawn(k0, k1, c0, c1, c2, c3, words)


def start_of(key: tuple[int, int], counter: Counter) -> Any:
    """A key and a counter as kernels take them."""
    return tuple(np.uint64(part) for part in (*key, *counter))


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
    k0, k1, c0, c1, c2, c3 = start
    words = np.empty(_HALF // 2, np.uint64)
    coins = words.view(np.uint32)
    for first in range(0, row.size, _HALF):
        own, out = row[first : first + _HALF], levels[first : first + _HALF]
        many_words_drawn(k0, k1, c0 + np.uint64(first // 8), c1, c2, c3, words[: (own.size + 7) // 8 * 4])
        if is_wide:
            wide_levels(own, coins, norm, steps, unused, fraction, out)
        else:
            narrow_levels(own, coins, norm, steps, unused, fraction, out)


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
