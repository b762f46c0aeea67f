"""Words of Philox streams that numba compiles, many blocks at a time: most in wide registers, and beside them some one by
one, which other units of a processor multiply, and other work.

The first two rounds are short: of blocks whose counters differ in the first word alone most words are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from .numba_bits import fast
from .numba_draws import words_drawn
from .philox import MULTIPLIERS, ROUNDS, WEYL

if TYPE_CHECKING:
    from .backend import Counter, HostArray

WIDE = config.CPU_NAME is None and bool(get_host_cpu_features().get("avx512dq"))
"""True where a processor multiplies words of 64 bits in its widest registers."""

_LANES, _SETS = 8, 3  # three sets of registers and a block alone a turn are quickest, measured
TURNS = ROUNDS - 2
BLOCKS = _LANES * _SETS + TURNS
"""Blocks that are drawn together."""

_MASK = (1 << 64) - 1
_WORD, _PLACE = ir.IntType(64), ir.IntType(32)
_WORDS = ir.VectorType(_WORD, _LANES)


def spread(builder: Any, number: Any, kind: Any) -> Any:
    """A number in all lanes of a register."""
    none = ir.Constant(kind, ir.Undefined)
    return _chosen(builder, builder.insert_element(none, number, _PLACE(0)), none, [0] * kind.count)


def blocks_drawn(
    builder: Any, start: Sequence[Any], data: Any, at: Any, beside: Callable[[Any, Any], None]
) -> None:
    """Code that writes the words of BLOCKS blocks, of the stream that starts at a key and a counter, from `at` on. Each of
    TURNS turns does what `beside` makes of its number, too. The counter's first word does not wrap around."""
    keys = [[_plus(builder, start[j], turn * WEYL[j]) for j in (0, 1)] for turn in range(ROUNDS)]
    common = _common(builder, start, keys)
    states = [
        [cgutils.alloca_once_value(builder, word) for word in state]
        for state in _begun(builder, start, common)
    ]
    held = [cgutils.alloca_once_value(builder, spread(builder, key, _WORDS)) for key in keys[2]]
    with cgutils.for_range(builder, ir.Constant(_WORD, TURNS)) as loop:
        wide = [builder.load(key) for key in held]
        for state in states:
            turned = _turned(builder, _product, [builder.load(word) for word in state], wide)
            for place, word in zip(state, turned, strict=True):
                builder.store(word, place)
        for place, word, weyl in zip(held, wide, WEYL, strict=True):
            builder.store(builder.add(word, _each(weyl)), place)
        beside(builder, loop.index)
        number = builder.add(loop.index, ir.Constant(_WORD, _LANES * _SETS))
        alone = _alone(builder, builder.add(start[2], number), common, keys)
        into = builder.gep(data, [builder.add(at, builder.mul(number, ir.Constant(_WORD, 4)))])
        for j, word in enumerate(alone):
            builder.store(word, builder.gep(into, [ir.Constant(_WORD, j)]))
    for number, state in enumerate(states):
        first = builder.add(at, ir.Constant(_WORD, 4 * _LANES * number))
        _stored(builder, [builder.load(word) for word in state], data, first)


# --- rounds --------------------------------------------------------------------------------------


def _turned(
    builder: Any, product: Callable[..., Any], words: Sequence[Any], keys: Sequence[Any]
) -> list[Any]:
    """The words of a block, or of blocks, behind a round."""
    a, b, c, d = words
    low0, high0 = product(builder, MULTIPLIERS[0], a)
    low1, high1 = product(builder, MULTIPLIERS[1], c)
    above, below = builder.xor(builder.xor(high1, b), keys[0]), builder.xor(builder.xor(high0, d), keys[1])
    return [above, low1, below, low0]


def _common(builder: Any, start: Sequence[Any], keys: Sequence[Sequence[Any]]) -> list[Any]:
    """Words alike in all blocks up to the second round: one beside the first product, two beside those of the second round,
    and the last word behind it."""
    c1, c2, c3 = start[3:]
    low, high = _product_of_one(builder, MULTIPLIERS[1], c2)
    last, above = _product_of_one(builder, MULTIPLIERS[0], builder.xor(builder.xor(high, c1), keys[0][0]))
    return [
        builder.xor(c3, keys[0][1]),
        builder.xor(low, keys[1][0]),
        builder.xor(above, keys[1][1]),
        last,
    ]


def _second(
    builder: Any, product: Callable[..., Any], common: Sequence[Any], first: tuple[Any, Any]
) -> list[Any]:
    """The words behind the second round, from the product of the counter's first word."""
    low, high = first
    below, above = product(builder, MULTIPLIERS[1], builder.xor(high, common[0]))
    return [builder.xor(above, common[1]), below, builder.xor(low, common[2]), common[3]]


def _begun(builder: Any, start: Sequence[Any], common: Sequence[Any]) -> list[list[Any]]:
    """Words behind the second round, of all sets: products of neighbours differ by the multiplier."""
    low, high = (spread(builder, word, _WORDS) for word in _product_of_one(builder, MULTIPLIERS[0], start[2]))
    alike = [spread(builder, word, _WORDS) for word in common]
    found = []
    for first in range(0, _LANES * _SETS, _LANES):
        steps = [MULTIPLIERS[0] * number for number in range(first, first + _LANES)]
        below, above = (
            ir.Constant(_WORDS, part) for part in ([s & _MASK for s in steps], [s >> 64 for s in steps])
        )
        total = builder.add(low, below)
        carried = builder.zext(builder.icmp_unsigned("<", total, below), _WORDS)
        first_product = total, builder.add(builder.add(high, above), carried)
        found.append(_second(builder, _product, alike, first_product))
    return found


def _alone(builder: Any, counter: Any, common: Sequence[Any], keys: Sequence[Sequence[Any]]) -> list[Any]:
    """The words of one block, by its counter's first word."""
    words = _second(builder, _product_of_one, common, _product_of_one(builder, MULTIPLIERS[0], counter))
    for key in keys[2:]:
        words = _turned(builder, _product_of_one, words, key)
    return words


# --- words ---------------------------------------------------------------------------------------


def _each(number: int) -> Any:
    return ir.Constant(_WORDS, [number] * _LANES)


def _plus(builder: Any, word: Any, number: int) -> Any:
    return builder.add(word, ir.Constant(_WORD, number & _MASK))


def _chosen(builder: Any, one: Any, other: Any, places: Any) -> Any:
    return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(_PLACE, len(places)), places))


def _product_of_one(builder: Any, multiplier: int, word: Any) -> tuple[Any, Any]:
    """The low and the high word of a product."""
    double = ir.IntType(128)
    found = builder.mul(builder.zext(word, double), ir.Constant(double, multiplier))
    return builder.trunc(found, _WORD), builder.trunc(builder.lshr(found, ir.Constant(double, 64)), _WORD)


def _product(builder: Any, multiplier: int, words: Any) -> tuple[Any, Any]:
    """The same of each lane, by halves of words."""
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


# --- streams -------------------------------------------------------------------------------------


def _drawn_code(
    context: Any, k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any, words: Any, at: Any
) -> Any:
    """Code that writes the words of BLOCKS blocks from a counter on to an array, from `at` on."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[6])(context, builder, arguments[6]).data
        blocks_drawn(builder, arguments[:6], data, arguments[7], lambda builder, turn: None)
        return context.get_dummy_value()

    return types.void(*(types.uint64,) * 6, words, types.int64), code


many_drawn = intrinsic(_drawn_code)


@fast
def many_words_drawn(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any, words: HostArray) -> None:
    """`words_drawn` of many blocks."""
    blocks, done = words.size // 4, 0
    if WIDE:
        for first in range(0, blocks - BLOCKS + 1, BLOCKS):
            many_drawn(k0, k1, c0 + np.uint64(first), c1, c2, c3, words, 4 * first)
            done = first + BLOCKS
    words_drawn(k0, k1, c0 + np.uint64(done), c1, c2, c3, words[4 * done :])


def words_of(key: tuple[int, int], counter: Counter, words: HostArray) -> None:
    """Fill words, whole blocks of four, with those of a stream."""
    k0, k1, c0, c1, c2, c3 = start_of(key, counter)
    many_words_drawn(k0, k1, c0, c1, c2, c3, words)


def start_of(key: tuple[int, int], counter: Counter) -> Any:
    """A key and a counter as kernels take them."""
    return tuple(np.uint64(part) for part in (*key, *counter))
