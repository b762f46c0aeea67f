"""CUDA source of the primitives for which CuPy has no function; compiled and called by `cupy_backend`."""

from __future__ import annotations

SOURCE = r"""
typedef unsigned long long word;

// Philox4x64-10, Salmon et al. 2011. Thread t: the counter in row t / blocks, t % blocks added to word 0.
extern "C" __global__ void philox(const word* counters, word blocks, word total, word k0, word k1,
                                  word* words)
{
    word t = blockIdx.x * (word)blockDim.x + threadIdx.x;
    if (t >= total) return;
    const word* counter = counters + 4 * (t / blocks);
    word c0 = counter[0] + t % blocks, c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int turn = 0; turn < 10; ++turn) {
        const word high0 = __umul64hi(0xD2E7470EE14C6C93ULL, c0), low0 = 0xD2E7470EE14C6C93ULL * c0;
        const word high1 = __umul64hi(0xCA5A826395121157ULL, c2), low1 = 0xCA5A826395121157ULL * c2;
        c0 = high1 ^ c1 ^ k0; c1 = low1;
        c2 = high0 ^ c3 ^ k1; c3 = low0;
        k0 += 0x9E3779B97F4A7C15ULL; k1 += 0xBB67AE8584CAA73BULL;
    }
    words += 4 * t;
    words[0] = c0; words[1] = c1; words[2] = c2; words[3] = c3;
}

// `sorted` are indices in stable order, `order` where each stood. The thread at the first of equal indices
// adds all of them, in the order in which they stood: the same sum as one by one, whatever thread runs first.
template <typename real>
__device__ void add_in_order(const long long* sorted, const long long* order, const real* values,
                             long long count, real* target)
{
    long long j = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (j >= count || (j > 0 && sorted[j] == sorted[j - 1])) return;
    const long long index = sorted[j];
    real sum = target[index];
    for (; j < count && sorted[j] == index; ++j) sum += values[order[j]];
    target[index] = sum;
}

extern "C" __global__ void add_float32(const long long* sorted, const long long* order, const float* values,
                                       long long count, float* target)
{ add_in_order(sorted, order, values, count, target); }

extern "C" __global__ void add_float64(const long long* sorted, const long long* order, const double* values,
                                       long long count, double* target)
{ add_in_order(sorted, order, values, count, target); }
"""

THREADS = 256
"""Threads a block for every kernel here."""
