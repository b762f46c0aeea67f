"""Loops of dense compression that numba compiles: symbols of a row's entries, their values, and their bytes.

`RowSymbols` has the numbers that functions of one row take: `plan` (cases, offset, and what a kind needs), `factors`.
Kernels of long rows (`numba_kernels`) share the loops of levels. A sum goes in NumPy's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .numba_bits import fast, field_read, field_written
from .numba_sums import pairwise

if TYPE_CHECKING:
    from .backend import HostArray

_LEAST = 2.0**-1000  # sums of squares below lose digits
_PATTERN = np.uint64((1 << 63) - 1)
_ALL_SYMBOLS, _LAST_SYMBOLS = 243, 5


@fast
def single_above(number: float) -> Any:
    """The least float of 32 bits that is no smaller."""
    nearest = np.float32(number)
    if np.float64(nearest) < number:
        nearest = np.nextafter(nearest, np.float32(np.inf))
    return np.float64(nearest)


@fast
def norm_taken(entries: HostArray, by_root: int, single: int, scales: HostArray) -> bool:
    """Fill scales (1,) with a row's Euclidean norm, or largest magnitude; False where it is no float, or a zero of unknown
    sign."""
    if by_root:
        total = pairwise(entries * entries)
        norm = np.sqrt(total) if total >= _LEAST else 0.0
    else:
        norm = np.max(np.abs(entries))
        if norm == 0.0:
            return False
    scales[0] = single_above(norm) if single else norm
    return bool(np.isfinite(scales[0]))


# --- levels ------------------------------------------------------------------------------------------------------


def _rounded_code(context: Any, number: Any) -> Any:
    """Code of rounding to the nearest whole number, ties to even: one instruction, which `np.rint` is not."""

    def code(context: Any, builder: Any, signature: Any, numbers: Any) -> Any:
        rint = builder.module.declare_intrinsic("llvm.rint", [numbers[0].type])
        return builder.call(rint, numbers)

    return number(number), code


_rounded = intrinsic(_rounded_code)


def _level_code(context: Any, number: Any, coin: Any, unused: Any, fraction: Any) -> Any:
    """Code of `Grid`'s level of a whole number, in 32 bits throughout: numba's arithmetic has 64, in half as many lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, coin, unused, fraction = arguments
        fixed = builder.fptosi(number, ir.IntType(32))
        turned = builder.xor(coin, builder.ashr(fixed, ir.Constant(ir.IntType(32), 31)))
        return builder.ashr(builder.add(fixed, builder.lshr(turned, unused)), fraction)

    return types.int32(number, types.uint32, types.uint32, types.int32), code


_level = intrinsic(_level_code)


@fast
def narrow_levels(
    row: HostArray, coins: HostArray, norm: Any, steps: Any, unused: Any, fraction: int, levels: HostArray
) -> None:
    """Levels of a row by a grid whose numbers are int32."""
    places = np.int32(fraction)
    for i in range(row.size):
        levels[i] = _level(_rounded(row[i] / norm * steps), coins[i], unused, places)


@fast
def wide_levels(
    row: HostArray, coins: HostArray, norm: Any, steps: Any, unused: Any, fraction: int, levels: HostArray
) -> None:
    """Levels of a row by a grid whose numbers are int64."""
    for i in range(row.size):
        number = np.int64(_rounded(row[i] / norm * steps))
        coin = np.uint32(coins[i] ^ np.uint32(number >> 63)) >> unused
        levels[i] = (number + np.int64(coin)) >> fraction


@fast
def code_levels(
    entries: HostArray,
    words: HostArray,
    plan: HostArray,
    factors: HostArray,
    scales: HostArray,
    codes: HostArray,
) -> bool:
    """Fill scales (1,) and codes (d,) of a row by `compressors.quantize`; False where the norm is no float, or a zero of
    unknown sign."""
    if not norm_taken(entries, plan[2], plan[3], scales):
        return False
    by = scales[0] if scales[0] > 0 else np.inf
    coins = words.view(np.uint32)
    if plan[4]:
        wide_levels(entries, coins, by, factors[0], np.uint32(plan[5]), plan[6], codes)
    else:
        narrow_levels(entries, coins, by, factors[0], np.uint32(plan[5]), plan[6], codes)
    return True


@fast
def value_levels(
    scales: HostArray, codes: HostArray, plan: HostArray, factors: HostArray, values: HostArray
) -> bool:
    """Fill values (d,) with what levels stand for."""
    for j in range(codes.size):
        values[j] = np.float64(codes[j]) * scales[0] / factors[1]
    return True


# --- powers of two -----------------------------------------------------------------------------------------------


@fast
def code_powers(
    entries: HostArray,
    words: HostArray,
    plan: HostArray,
    factors: HostArray,
    scales: HostArray,
    codes: HostArray,
) -> bool:
    """Fill codes (d,) of a row by `compressors.natural`; `plan` ends with the mantissa's bits and the place of the sign,
    `factors` begins with the scale."""
    patterns = (entries * factors[0]).view(np.uint64)
    mantissa, sign = np.uint64(plan[2]), plan[3]
    most = np.int64((1 << sign) - 2)
    for j in range(entries.size):
        magnitude = (patterns[j] & _PATTERN) + (words[j] >> (np.uint64(64) - mantissa))
        field = min(np.int64(magnitude >> mantissa), most)
        codes[j] = field | (np.int64(patterns[j] >> np.uint64(63)) << sign)
    return True


@fast
def value_powers(
    scales: HostArray, codes: HostArray, plan: HostArray, factors: HostArray, values: HostArray
) -> bool:
    """Fill values (d,) with the powers of two that codes stand for."""
    for j in range(codes.size):
        values[j] = factors[1 + codes[j]]
    return True


@fast
def code_halvings(
    entries: HostArray,
    words: HostArray,
    plan: HostArray,
    factors: HostArray,
    scales: HostArray,
    codes: HostArray,
) -> bool:
    """Fill scales (1,) and codes (d,) of a row by `compressors.natural_dithering`; `plan` ends with the mantissa's bits,
    `factors` begins with the scale. False where the norm is no float, or a zero of unknown sign."""
    if not norm_taken(entries, plan[2], plan[3], scales):
        return False
    by = scales[0] if scales[0] > 0 else np.inf
    patterns = (entries / by * factors[0]).view(np.uint64)
    mantissa = np.uint64(plan[4])
    for j in range(entries.size):
        magnitude = (patterns[j] & _PATTERN) + (words[j] >> (np.uint64(64) - mantissa))
        level = np.int64(magnitude >> mantissa)
        codes[j] = -level if entries[j] < 0 else level
    return True


@fast
def value_halvings(
    scales: HostArray, codes: HostArray, plan: HostArray, factors: HostArray, values: HostArray
) -> bool:
    """Fill values (d,) with the shares of the norm that levels stand for."""
    for j in range(codes.size):
        values[j] = factors[1 + plan[1] + codes[j]] * scales[0]
    return True


# --- signs -------------------------------------------------------------------------------------------------------


@fast
def code_signs(
    entries: HostArray,
    words: HostArray,
    plan: HostArray,
    factors: HostArray,
    scales: HostArray,
    codes: HostArray,
) -> bool:
    """Fill scales (blocks,) and codes (d,) of a row by `compressors.signs`; the lengths of blocks end the plan."""
    first = 0
    for block in range(scales.size):
        length = plan[3 + block]
        mean = pairwise(np.abs(entries[first : first + length])) / length
        scales[block] = np.float64(np.float32(mean)) if plan[2] else mean
        if not np.isfinite(scales[block]):
            return False
        first += length
    for j in range(entries.size):
        codes[j] = entries[j] < 0
    return True


@fast
def value_signs(
    scales: HostArray, codes: HostArray, plan: HostArray, factors: HostArray, values: HostArray
) -> bool:
    """Fill values (d,) with signed magnitudes; False where one of these has a sign."""
    first = 0
    for block in range(max(1, scales.size)):
        length, magnitude = codes.size, 1.0
        if scales.size:
            length, magnitude = plan[3 + block], scales[block]
        if np.signbit(magnitude):
            return False
        for j in range(first, first + length):
            values[j] = -magnitude if codes[j] else magnitude
        first += length
    return True


# --- steps of blocks ---------------------------------------------------------------------------------------------


@fast
def code_steps(
    entries: HostArray,
    words: HostArray,
    plan: HostArray,
    factors: HostArray,
    scales: HostArray,
    codes: HostArray,
) -> bool:
    """Fill scales (blocks,) and codes (d,), as bytes, of a row by `compressors.eight_bits`' linear8; the lengths of blocks
    end the plan, `factors` has the steps of the largest magnitude. False where a scale is no float."""
    first = 0
    for block in range(scales.size):
        last = first + plan[3 + block]
        scale = np.max(np.abs(entries[first:last])) / factors[0]
        if plan[2]:
            scale = single_above(scale)
        scales[block] = scale
        if not np.isfinite(scale):
            return False
        by = scale if scale > 0 else np.inf
        for j in range(first, last):
            codes[j] = np.int64(_rounded(entries[j] / by)) & 255
        first = last
    return True


@fast
def value_steps(
    scales: HostArray, codes: HostArray, plan: HostArray, factors: HostArray, values: HostArray
) -> bool:
    """Fill values (d,) with what steps stand for; False where a scale has a sign, or a code is beyond the steps."""
    first = 0
    for block in range(scales.size):
        last = first + plan[3 + block]
        if np.signbit(scales[block]):
            return False
        for j in range(first, last):
            number = codes[j] - 256 if codes[j] >= 128 else codes[j]
            if number < -factors[0]:
                return False
            values[j] = np.float64(number) * scales[block]
        first = last
    return True


# --- bytes -------------------------------------------------------------------------------------------------------


@fast
def put_symbols(room: HostArray, head: int, codes: HostArray, plan: HostArray) -> None:
    """Fill the bytes of each row from `head` on with its symbols, code + offset each, as `codecs.fields` has them."""
    count = codes.shape[1]
    width = _width(plan[0])
    for i in range(codes.shape[0]):
        line = room[i, head:]
        line[:] = 0
        if plan[0] == 3:
            octets = count // _LAST_SYMBOLS
            for place in range(octets):
                number = 0
                for lane in range(_LAST_SYMBOLS - 1, -1, -1):
                    number = 3 * number + codes[i, lane * octets + place] + plan[1]
                line[place] = number
            number = 0
            for j in range(count - 1, _LAST_SYMBOLS * octets - 1, -1):
                number = 3 * number + codes[i, j] + plan[1]
            if octets < line.size:
                line[octets] = number
        else:
            for j in range(count):
                field_written(line, codes[i, j] + plan[1], j, count, width)


@fast
def got_symbols(room: HostArray, head: int, codes: HostArray, plan: HostArray) -> bool:
    """Fill codes (rows, d) from bytes; False where these are no symbols."""
    count, good = codes.shape[1], True
    width = _width(plan[0])
    for i in range(codes.shape[0]):
        line = room[i, head:]
        if plan[0] == 3:
            octets = count // _LAST_SYMBOLS
            for place in range(octets):
                number = int(line[place])
                good &= bool(number < _ALL_SYMBOLS)
                for lane in range(_LAST_SYMBOLS):
                    codes[i, lane * octets + place] = number % 3 - plan[1]
                    number //= 3
            number = int(line[octets]) if octets < line.size else 0
            for j in range(_LAST_SYMBOLS * octets, count):
                codes[i, j] = number % 3 - plan[1]
                number //= 3
            good &= bool(number == 0)
        else:
            for j in range(count):
                symbol = field_read(line, j, count, width)
                good &= bool(symbol < plan[0])
                codes[i, j] = symbol - plan[1]
            used = count * width % 8
            good &= bool(used == 0 or line[line.size - 1] >> used == 0)
    return good


@fast
def _width(cases: int) -> int:
    """Bits of a number below `cases`."""
    width = 0
    while 1 << width < cases:
        width += 1
    return width
