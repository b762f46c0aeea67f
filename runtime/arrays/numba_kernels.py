"""Numba kernels of the functions that are `numba_dispatch.dispatched`, by name; each is compiled at its first long array.

Kernels do the same operations on the same floats in the same order as NumPy, none reordered or fused by the compiler: no
bit of a result depends on numba's presence. Compiled code is kept between runs where there is a place to write it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast as _fast
from .numba_bits import plane_1_read, plane_2_read, plane_4_read, plane_8_read, planes_written
from .numba_blocks import block_products as block_products
from .numba_draws import subsets_drawn
from .numba_gaps import gaps_divided, gaps_read, gaps_summed, gaps_written
from .numba_losses import logistic_slopes as logistic_slopes
from .numba_losses import sigmoid_slopes as sigmoid_slopes
from .numba_norms import magnitudes_summed, squares_summed
from .numba_philox import start_of, words_of
from .numba_rounding import codes_drawn, levels_drawn, values_written
from .numba_row_sums import codes_summed, levels_summed, signs_summed, summed_at
from .numba_signs import signed_rows as signed_rows
from .numba_signs import signs_alone as signs_alone
from .numba_signs import signs_and_sums as signs_and_sums
from .numba_signs import write_signs as write_signs
from .numba_sparse_rows import read_sparse_behind as read_sparse_behind
from .numba_sparse_rows import write_sparse as write_sparse
from .numba_symbol_coder import LANES, LOOKED_UP, PRECISION, coded, counted, read
from .numba_symbols import narrow_levels, wide_levels
from .pieces import Pieces, at_once
from .selection import largest_among, low_threshold
from .sums import COLUMNS, FLOATS, in_order, magnitudes, plain_sums, squares
from .threads import each, inner, spans

if TYPE_CHECKING:
    from .backend import Counter, HostArray
    from .lazy_words import PendingWords
    from .power_codes import DrawnLate
    from .rounding import Grid

_PIECE = 1 << 13  # entries whose marks fit the first cache
_SHARE = 25  # fewer than one of so many entries: eight neighbours are mostly left out, measured
_SCALED = 1 << 10  # entries that are scaled at once


# --- sums -----------------------------------------------------------------------------------------


def square_sums(vectors: HostArray) -> HostArray | None:
    """As `sums` has it."""
    return _sums(vectors, squares, squares_summed)


def magnitude_sums(vectors: HostArray) -> HostArray | None:
    """As `sums` has it."""
    return _sums(vectors, magnitudes, magnitudes_summed)


def _sums(
    vectors: HostArray | Pieces,
    terms: Callable[[HostArray], HostArray],
    fill: Callable[[HostArray, HostArray], None],
) -> HostArray | None:
    """Sums per row: whole pieces of COLUMNS entries by the kernel, the rest by NumPy."""
    d = vectors.shape[1]
    if vectors.dtype.name not in FLOATS or d < COLUMNS:
        return None
    whole = d - d % COLUMNS
    found = np.empty((len(vectors), d // COLUMNS))

    def work(piece: tuple[int, slice]) -> None:
        for part in inner(piece[1], at_once(vectors)):
            own = np.ascontiguousarray(vectors[piece[0], part])
            fill(own, found[piece[0], part.start // COLUMNS : part.stop // COLUMNS])

    each(work, spans(len(vectors), whole))
    return plain_sums(vectors[:, whole:], terms, in_order(found))


def largest_magnitudes(vectors: HostArray) -> HostArray | None:
    """As `sums` has it."""
    if vectors.dtype.name not in FLOATS:
        return None
    kind, (rows, d) = np.dtype(f"u{vectors.dtype.itemsize}"), vectors.shape
    size = at_once(vectors)
    patterns = np.zeros((rows, -(-d // size)), kind)

    def work(piece: tuple[int, slice]) -> None:
        for part in inner(piece[1], size):
            own = np.ascontiguousarray(vectors[piece[0], part]).view(kind)
            _largest_pattern(own, patterns[piece[0], part.start // size :][:1])

    each(work, spans(rows, d))
    found = patterns.max(axis=1).view(vectors.dtype)
    return found if (found > 0).all() else None  # NumPy has rules for NaN and for a zero's sign


@_fast
def _largest_pattern(patterns: HostArray, found: HostArray) -> None:
    """Fill found (1,) with the largest pattern without its sign: patterns of magnitudes are ordered as the magnitudes are.

    Numbers keep the type of patterns: others have half as many in a register.
    """
    one, most = found.dtype.type(1), found.dtype.type(0)
    for i in range(patterns.size):
        most = max(most, found.dtype.type(patterns[i] << one))
    found[0] = most >> one


# --- the largest entries --------------------------------------------------------------------------


def largest_of_row(row: HostArray, k: int) -> HostArray | None:
    """As `selection` has it; the kernel finds the candidates, which reach a low threshold."""
    if row.dtype.name not in FLOATS:
        return None
    most = min(row.size, 2 * k + _PIECE)
    candidates, magnitudes = np.empty(most, np.int64), np.empty(most, row.dtype)
    threshold = row.dtype.type(low_threshold(row, k))
    reaching = _many_reaching if _SHARE * k > row.size else _few_reaching
    found = reaching(np.ascontiguousarray(row), threshold, candidates, magnitudes)
    if not k <= found <= most:
        return None
    return largest_among(row, candidates[:found], magnitudes[:found], k)


@_fast
def _many_reaching(row: HostArray, threshold: float, candidates: HostArray, magnitudes: HostArray) -> int:
    """Write the entries whose magnitude is not below the threshold; return their number, or one more than fit.

    Each entry is written, and the next one over it unless it reaches: no branch waits for a comparison.
    """
    found = 0
    for first in range(0, row.size, _PIECE):
        part = row[first : first + _PIECE]
        if found + part.size > candidates.size:
            return candidates.size + 1
        for i in range(part.size):
            magnitude = abs(part[i])
            candidates[found], magnitudes[found] = first + i, magnitude
            found += not magnitude < threshold
    return found


@_fast
def _few_reaching(row: HostArray, threshold: float, candidates: HostArray, magnitudes: HostArray) -> int:
    """The same by eight entries, most of which have none that reaches."""
    marks = np.empty(_PIECE, np.uint8)
    eights = marks.view(np.uint64)
    found = 0
    for first in range(0, row.size, _PIECE):
        part = row[first : first + _PIECE]
        marks[part.size :] = 0
        for i in range(part.size):
            marks[i] = not abs(part[i]) < threshold
        for eight in range(eights.size):
            if not eights[eight]:
                continue
            for i in range(8 * eight, 8 * eight + 8):
                if marks[i]:
                    if found == candidates.size:
                        return found + 1
                    candidates[found] = first + i
                    magnitudes[found] = abs(part[i])
                    found += 1
    return found


# --- random words and levels ----------------------------------------------------------------------


def unbroken_words(generator: Any, key: tuple[int, int], counter: Counter, count: int) -> HostArray:
    """As `numpy_backend` has it, without a generator."""
    words = np.empty(count, np.uint64)
    words_of(key, counter, words)
    return words


def levels_by_tiles(vectors: HostArray, norms: HostArray, halves: HostArray, grid: Grid) -> HostArray | None:
    """As `rounding` has it, in one pass."""
    if vectors.dtype.name not in FLOATS:
        return None
    levels = np.empty(vectors.shape, grid.level)
    for row, coins, norm, out in zip(vectors, halves, norms, levels, strict=True):
        _write_levels(row, np.ascontiguousarray(coins), norm, grid, out)
    return levels


def drawn_levels(
    generator: Any, vectors: HostArray | Pieces, norms: HostArray, pending: PendingWords, grid: Grid
) -> HostArray | None:
    """As `numpy_backend` has it: words stay in the first cache."""
    if vectors.dtype.name not in FLOATS:
        return None
    levels, steps = np.empty(vectors.shape, grid.level), vectors.dtype.type(grid.steps)
    plan = steps, np.uint32(grid.unused), grid.fraction, grid.wide

    def work(piece: tuple[int, slice]) -> None:
        row = piece[0]
        for part in inner(piece[1], at_once(vectors)):
            own, start = np.ascontiguousarray(vectors[row, part]), pending.block(row, part.start)
            levels_drawn(start_of(pending.key, start), own, norms[row], *plan, levels[row, part])

    each(work, spans(*vectors.shape))
    return levels


def values_of_levels(levels: HostArray, norms: HostArray, s: int) -> HostArray:
    """As `rounding` has it."""
    values = np.empty(levels.shape, norms.dtype)

    def work(piece: tuple[int, slice]) -> None:
        row, part = piece
        own = np.ascontiguousarray(levels[row, part])
        values_written(own, norms[row], norms.dtype.type(s), values[row, part])

    each(work, spans(*levels.shape))
    return values


def _write_levels(row: HostArray, coins: HostArray, norm: Any, grid: Grid, levels: HostArray) -> None:
    write, steps = wide_levels if grid.wide else narrow_levels, row.dtype.type(grid.steps)
    write(np.ascontiguousarray(row), coins, norm, steps, np.uint32(grid.unused), grid.fraction, levels)


# --- powers of two --------------------------------------------------------------------------------


def drawn_codes(late: DrawnLate, vectors: HostArray, pending: PendingWords) -> HostArray | None:
    """As `power_codes` has it, in one pass."""
    form = late.form
    if vectors.dtype.kind != "f" or vectors.dtype.itemsize > form.number.itemsize:
        return None
    codes = np.empty(vectors.shape, np.uint16)
    kind, scale = np.dtype(form.pattern).type, form.number.type(form.scale)
    bits = kind(form.mantissa), kind(8 * form.number.itemsize - 1), np.uint16(form.sign_place)
    plan = np.uint64(64 - form.mantissa), *bits

    def work(piece: tuple[int, slice]) -> None:
        row, scaled = piece[0], np.empty(_SCALED, form.number)
        room = scale, scaled, scaled.view(form.pattern)
        for part in inner(piece[1], at_once(vectors)):
            own, start = np.ascontiguousarray(vectors[row, part]), pending.block_of_word(row, part.start)
            codes_drawn(start_of(pending.key, start), own, *room, *plan, codes[row, part])

    each(work, spans(*vectors.shape))
    return codes


# --- sums of rows ---------------------------------------------------------------------------------


def sum_levels(
    levels: HostArray, norms: HostArray, s: int, total: HostArray, behind: bool = False
) -> HostArray:
    """As `row_sums` has it."""
    levels_summed(levels, norms, total.dtype.type(s), total, behind)
    return total


def sum_signs(
    negative: HostArray, magnitudes: HostArray, total: HostArray, behind: bool = False
) -> HostArray:
    """As `row_sums` has it."""
    signs_summed(negative, magnitudes, total, behind)
    return total


def sum_codes(codes: HostArray, values: HostArray, total: HostArray, behind: bool = False) -> HostArray:
    """As `row_sums` has it."""
    codes_summed(codes, values, total, behind)
    return total


def sum_at(indices: HostArray, values: HostArray, size: int, kind: np.dtype[Any]) -> HostArray | None:
    """As `row_sums` has it."""
    total = np.zeros(size, kind)
    return total if summed_at(indices.ravel(), values.ravel(), total) else None


def sum_of_parts(
    parts: Sequence[tuple[HostArray, HostArray]], size: int, kind: np.dtype[Any]
) -> HostArray | None:
    """As `row_sums` has it."""
    total = np.zeros(size, kind)
    found = [summed_at(indices.ravel(), values.ravel(), total) for indices, values in parts]
    return total if all(found) else None


# --- bit fields -----------------------------------------------------------------------------------


def put_planes(fields: HostArray, added: int, width: int, room: HostArray) -> HostArray:
    """As `codecs.bitfields` has it."""
    for row, line in zip(fields, room, strict=True):
        planes_written(line, np.ascontiguousarray(row), row.dtype.type(added), width)
    return room


def unpack_planes(packed: HostArray, planes: Sequence[tuple[int, int]], fields: HostArray) -> HostArray:
    """As `codecs.bitfields` has it."""
    octets = fields.shape[1] // 8
    for row, source in zip(fields, packed, strict=True):
        for shift, size in planes:
            part = np.ascontiguousarray(source[octets * shift : octets * (shift + size)])
            keep = np.array(-1 if shift else 0).astype(row.dtype)[()]
            _SPREAD[size](part, row.dtype.type(shift), keep, row)
    return fields


_SPREAD = {8: plane_8_read, 4: plane_4_read, 2: plane_2_read, 1: plane_1_read}


def few_of_each(floyd: Any, words: HostArray) -> HostArray:
    """As `chance.distinct` has it."""
    subsets = np.empty(words.shape, np.int64)
    subsets_drawn(words, floyd.units, floyd.spare, subsets)
    return subsets


# --- sets of positions ----------------------------------------------------------------------------


def sums_over_gaps(xp: Any, mask: HostArray, offset: Any, divisor: Any) -> HostArray:
    """As `codecs.golomb` has it, in one pass."""
    sums = np.empty(len(mask), np.int64)
    gaps_summed(mask, np.broadcast_to(offset, len(mask)), np.broadcast_to(divisor, len(mask)), sums)
    return sums


def divided_gaps(positions: HostArray, plan: Any) -> int:
    """As `codecs.golomb` has it."""
    return int(gaps_divided(positions, plan.divisor - plan.cut, plan.divisor))


def write_gaps(positions: HostArray, room: HostArray, sets: Any) -> HostArray:
    """As `codecs.golomb` has it."""
    plan, bits = sets.plan, np.empty(len(positions), np.int64)
    gaps_written(positions, room, plan.divisor, plan.low, plan.cut, bits)
    return bits


def read_gaps(room: HostArray, sets: Any) -> tuple[HostArray, HostArray] | None:
    """As `codecs.golomb` has it, which finds out what is wrong where something is."""
    plan, bits = sets.plan, np.empty(len(room), np.int64)
    positions = np.empty((len(room), plan.coded), np.int64)
    good = gaps_read(room, plan.d, plan.divisor, plan.low, plan.cut, positions, bits)
    return (positions, bits) if good else None


# --- coded symbols --------------------------------------------------------------------------------


def histogram(numbers: HostArray, shift: int, bins: int) -> HostArray:
    """As `codecs.entropy` has it, in lanes: neighbours are often alike, and would wait for one another."""
    counts = np.zeros((LANES, bins), np.int64)
    counted(numbers, shift, counts)
    return np.asarray(counts.sum(axis=0))


def coded_words(numbers: HostArray, frequency: HostArray) -> bytes:
    """As `codecs.ans` has it, without constriction."""
    there = np.maximum(frequency, 1).astype(np.uint64)
    starts = (np.cumsum(frequency) - frequency).astype(np.uint64)
    shares = np.asarray([min(2**64 // int(f), 2**64 - 1) for f in there], np.uint64)
    words = np.empty(numbers.size, np.uint32)
    state, count = coded(numbers, there, starts, shares, words)
    return words[:count].astype("<u4", copy=False).tobytes() + int(state).to_bytes(8, "little")


def read_words(words: HostArray, frequency: HostArray, values: HostArray, d: int) -> tuple[HostArray, bool]:
    """As `codecs.ans` has it, without constriction."""
    starts = np.concatenate(([0], np.cumsum(frequency))).astype(np.uint64)
    places = np.arange(1 << LOOKED_UP, dtype=np.uint64) << np.uint64(PRECISION - LOOKED_UP)
    first = (np.searchsorted(starts, places, side="right") - 1).astype(np.uint16)
    entries = np.empty(d, values.dtype)
    state = sum(int(word) << 32 * place for place, word in enumerate(words[-2:]))
    left = read(words[:-2], np.uint64(state), frequency.astype(np.uint64), starts, first, values, entries)
    return entries, bool(left)
