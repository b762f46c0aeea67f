"""CUDA source of the selection of the largest entries, and the order in which its kernels run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .cuda_kernels import THREADS

if TYPE_CHECKING:
    from .backend import Array

Launch: TypeAlias = Callable[[str, int, tuple[Any, ...]], None]
"""Runs a kernel by name in a number of blocks of `THREADS` threads, with arrays and NumPy scalars as arguments."""

SOURCE = r"""
#define THREADS 256
#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)
#define TALLIED 16  // entries a thread tallies and collects
typedef unsigned int word32;

// Keys order patterns as their floats are ordered: -0 as 0, NaN as infinity, negative ones below.
struct Float32 {
    typedef word32 pattern;
    static __device__ word key(word32 p) {
        if ((p & 0x7FFFFFFFu) > 0x7F800000u) p = 0x7F800000u;
        if (p == 0x80000000u) p = 0;
        return p >> 31 ? (word32)~p : p | 0x80000000u;
    }
};
struct Float64 {
    typedef word pattern;
    static __device__ word key(word p) {
        if ((p & 0x7FFFFFFFFFFFFFFFULL) > 0x7FF0000000000000ULL) p = 0x7FF0000000000000ULL;
        if (p == 0x8000000000000000ULL) p = 0;
        return p >> 63 ? ~p : p | 0x8000000000000000ULL;
    }
};
struct Word {
    typedef word pattern;
    static __device__ word key(word p) { return p; }
};

// Histogram of the next digit among the entries whose key begins with the row's prefix. A block has a piece of a row.
template <typename Kind>
__device__ void count_digits(const typename Kind::pattern* entries, long long d, long long pieces,
                             long long length, int shift, int bits, const word* prefixes, int* counts)
{
    __shared__ int local[DIGITS];
    const long long row = blockIdx.x / pieces, first = blockIdx.x % pieces * length;
    const long long last = first + length < d ? first + length : d;
    for (int i = threadIdx.x; i < DIGITS; i += THREADS) local[i] = 0;
    __syncthreads();
    for (long long j = first + threadIdx.x; j < last; j += THREADS) {
        const word key = Kind::key(entries[row * d + j]);
        const word above = shift + bits < 64 ? key >> (shift + bits) : 0;
        if (above == prefixes[row]) atomicAdd(&local[key >> shift & ((1 << bits) - 1)], 1);
    }
    __syncthreads();
    for (int i = threadIdx.x; i < DIGITS; i += THREADS)
        if (local[i]) atomicAdd(&counts[row * DIGITS + i], local[i]);
}

// Appends to the row's prefix the digit at which `left` entries, from the largest on, are reached; zeroes the counts.
// A block has a row.
extern "C" __global__ void choose_digit(int bits, word* prefixes, long long* left, int* counts)
{
    __shared__ long long sums[THREADS];
    const int each = DIGITS / THREADS, t = threadIdx.x;
    int* row = counts + blockIdx.x * (long long)DIGITS;
    const long long wanted = left[blockIdx.x];
    const word prefix = prefixes[blockIdx.x];
    long long sum = 0;
    for (int i = 0; i < each; ++i) sum += row[t * each + i];
    sums[t] = sum;
    __syncthreads();
    long long larger = 0;
    for (int other = t + 1; other < THREADS; ++other) larger += sums[other];
    if (larger < wanted && larger + sum >= wanted) {
        int digit = t * each + each - 1;
        while (larger + row[digit] < wanted) larger += row[digit--];
        prefixes[blockIdx.x] = prefix << bits | (word)digit;
        left[blockIdx.x] = wanted - larger;
    }
    __syncthreads();
    for (int i = 0; i < each; ++i) row[t * each + i] = 0;
}

// Counts of the entries of each piece that are above the row's threshold, and at it.
template <typename Kind>
__device__ void tally(const typename Kind::pattern* entries, long long d, long long pieces,
                      const word* thresholds, long long* above, long long* at)
{
    __shared__ int tallies[2];
    const long long row = blockIdx.x / pieces, first = blockIdx.x % pieces * (THREADS * TALLIED);
    if (threadIdx.x < 2) tallies[threadIdx.x] = 0;
    __syncthreads();
    int larger = 0, equal = 0;
    for (int i = 0; i < TALLIED; ++i) {
        const long long j = first + i * THREADS + threadIdx.x;
        if (j >= d) break;
        const word key = Kind::key(entries[row * d + j]);
        larger += key > thresholds[row];
        equal += key == thresholds[row];
    }
    if (larger) atomicAdd(&tallies[0], larger);
    if (equal) atomicAdd(&tallies[1], equal);
    __syncthreads();
    if (threadIdx.x == 0) { above[blockIdx.x] = tallies[0]; at[blockIdx.x] = tallies[1]; }
}

// Indices of the entries above the threshold and of the first `left` at it, ascending. `above` and `at` count those of
// the pieces before. A thread has consecutive entries, so that order is kept by sums over the threads before.
template <typename Kind>
__device__ void collect(const typename Kind::pattern* entries, long long d, long long pieces, long long k,
                        const word* thresholds, const long long* left, const long long* above,
                        const long long* at, long long* kept)
{
    __shared__ int larger[THREADS], equal[THREADS];
    const int t = threadIdx.x;
    const long long row = blockIdx.x / pieces;
    const long long first = (blockIdx.x % pieces * THREADS + t) * TALLIED;
    const word threshold = thresholds[row];
    int mine = 0, ties = 0;
    for (int i = 0; i < TALLIED && first + i < d; ++i) {
        const word key = Kind::key(entries[row * d + first + i]);
        mine += key > threshold;
        ties += key == threshold;
    }
    larger[t] = mine;
    equal[t] = ties;
    __syncthreads();
    for (int step = 1; step < THREADS; step *= 2) {
        const int more = t < step ? 0 : larger[t - step], again = t < step ? 0 : equal[t - step];
        __syncthreads();
        larger[t] += more;
        equal[t] += again;
        __syncthreads();
    }
    long long before = above[blockIdx.x] + larger[t] - mine, tied = at[blockIdx.x] + equal[t] - ties;
    for (int i = 0; i < TALLIED && first + i < d; ++i) {
        const word key = Kind::key(entries[row * d + first + i]);
        if (key > threshold || (key == threshold && tied < left[row]))
            kept[row * k + before + (tied < left[row] ? tied : left[row])] = first + i;
        before += key > threshold;
        tied += key == threshold;
    }
}

#define SELECTION(kind, Kind)                                                                                  \
extern "C" __global__ void count_digits_##kind(const Kind::pattern* entries, long long d, long long pieces,    \
    long long length, int shift, int bits, const word* prefixes, int* counts)                                  \
{ count_digits<Kind>(entries, d, pieces, length, shift, bits, prefixes, counts); }                             \
extern "C" __global__ void tally_##kind(const Kind::pattern* entries, long long d, long long pieces,           \
    const word* thresholds, long long* above, long long* at)                                                   \
{ tally<Kind>(entries, d, pieces, thresholds, above, at); }                                                    \
extern "C" __global__ void collect_##kind(const Kind::pattern* entries, long long d, long long pieces,         \
    long long k, const word* thresholds, const long long* left, const long long* above, const long long* at,   \
    long long* kept)                                                                                           \
{ collect<Kind>(entries, d, pieces, k, thresholds, left, above, at, kept); }

SELECTION(float32, Float32)
SELECTION(float64, Float64)
SELECTION(uint64, Word)
"""

KINDS = ("float32", "float64", "uint64")
"""Types of entries for which there are kernels."""

_DIGIT_BITS = 11
_COUNTED = 1 << 14  # entries that a block counts: many more than there are digits
_TALLIED = 16 * THREADS


def select_largest(xp: Any, launch: Launch, entries: Array, k: int) -> Array:
    """`Backend.top_k` by radix: the k-th largest key of each row is found digit by digit, from the highest on, then the
    indices of the entries above it and of the first ones at it are written in order. Nothing waits for the device.

    entries (rows, d) contiguous, of a type in `KINDS`; 1 <= k <= d < 2^31.
    """
    (rows, d), kind = entries.shape, entries.dtype.name
    thresholds = xp.zeros(rows, dtype=xp.uint64)
    left = xp.full(rows, k, dtype=xp.int64)
    counts = xp.zeros((rows, 1 << _DIGIT_BITS), dtype=xp.int32)
    size, pieces = np.int64(d), -(-d // _COUNTED)
    for shift, bits in digits(8 * entries.dtype.itemsize):
        place = (np.int32(shift), np.int32(bits))
        given = (entries, size, np.int64(pieces), np.int64(_COUNTED), *place, thresholds, counts)
        launch(f"count_digits_{kind}", rows * pieces, given)
        launch("choose_digit", rows, (place[1], thresholds, left, counts))
    pieces = -(-d // _TALLIED)
    above, at = (xp.empty((rows, pieces), dtype=xp.int64) for _ in range(2))
    piece = (entries, size, np.int64(pieces))
    launch(f"tally_{kind}", rows * pieces, (*piece, thresholds, above, at))
    before = (xp.cumsum(above, axis=1) - above, xp.cumsum(at, axis=1) - at)
    kept = xp.empty((rows, k), dtype=xp.int64)
    launch(f"collect_{kind}", rows * pieces, (*piece, np.int64(k), thresholds, left, *before, kept))
    return kept


def digits(bits: int) -> list[tuple[int, int]]:
    """(shift, bits) of each digit of a key, from the highest on; the last has the bits that are left."""
    found = []
    while bits:
        taken = min(bits, _DIGIT_BITS)
        bits -= taken
        found.append((bits, taken))
    return found
