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

// `sorted` are indices in stable order, `order` the place of each before sorting. The thread at the first of equal
// indices adds all their values, in the order before sorting: the same sum as one by one, in any order of threads.
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

// Random levels in fixed point, see Grid: floor((rint(x / norm * steps) + coin) / 2^fraction), with the coin's bits
// flipped for numbers below 0.
__device__ inline float nearest(float place) { return rintf(place); }
__device__ inline double nearest(double place) { return rint(place); }

__device__ inline word load(const void* fields, int bytes, word i)
{
    switch (bytes) {
        case 1: return ((const unsigned char*)fields)[i];
        case 2: return ((const unsigned short*)fields)[i];
        case 4: return ((const unsigned int*)fields)[i];
        default: return ((const word*)fields)[i];
    }
}

__device__ inline void store(void* fields, int bytes, word i, word value)
{
    switch (bytes) {
        case 1: ((unsigned char*)fields)[i] = (unsigned char)value; break;
        case 2: ((unsigned short*)fields)[i] = (unsigned short)value; break;
        case 4: ((unsigned int*)fields)[i] = (unsigned int)value; break;
        default: ((word*)fields)[i] = value;
    }
}

template <typename real, typename number>
__device__ void round_to_levels(const real* vectors, const real* norms, const unsigned int* halves, word total,
                                word d, word stride, real steps, int fraction, int bytes, void* levels)
{
    const word t = blockIdx.x * (word)blockDim.x + threadIdx.x;
    if (t >= total) return;
    const word row = t / d, column = t % d;
    const real place = vectors[t] / norms[row];
    const number at = (number)nearest(place * steps);
    const unsigned int half = halves[row * stride + column];
    const number coin = (number)((word)(at < 0 ? ~half : half) >> (32 - fraction));
    store(levels, bytes, t, (word)((at + coin) >> fraction));
}

#define LEVELS(real, number, name)                                                                             \
extern "C" __global__ void levels_##name(const real* vectors, const real* norms, const unsigned int* halves,   \
    word total, word d, word stride, real steps, int fraction, int bytes, void* levels)                        \
{ round_to_levels<real, number>(vectors, norms, halves, total, d, stride, steps, fraction, bytes, levels); }

LEVELS(float, int, float32_int32)
LEVELS(float, long long, float32_int64)
LEVELS(double, int, float64_int32)
LEVELS(double, long long, float64_int64)

// Bit planes: the lowest 8 bits of each field, and so on for every 8 bits of the width, then 4, 2 and 1 bits as it
// needs; a plane has all octets of fields, each in as many bytes as it takes bits of a field. The last count % 8 fields
// follow the planes, whole and one after the other. Thread t has octet t % (octets + 1) of row t / (octets + 1), or
// these last fields where that is the row's last.
__device__ inline int plane_bits(int width, int shift)
{
    const int left = width - shift;
    return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

extern "C" __global__ void pack_fields(const void* fields, int bytes, word total, word count, int width, word length,
                                       unsigned char* packed)
{
    const word t = blockIdx.x * (word)blockDim.x + threadIdx.x;
    if (t >= total) return;
    const word octets = count / 8, row = t / (octets + 1), octet = t % (octets + 1);
    unsigned char* out = packed + row * length;
    if (octet < octets) {
        for (int shift = 0, size; shift < width; shift += size) {
            size = plane_bits(width, shift);
            word joined = 0;
            for (int i = 0; i < 8; ++i) {
                const word field = load(fields, bytes, row * count + 8 * octet + i) >> shift;
                joined |= (field & ((1u << size) - 1)) << (i * size);
            }
            for (int i = 0; i < size; ++i) out[octets * shift + octet * size + i] = (unsigned char)(joined >> (8 * i));
        }
        return;
    }
    for (word place = octets * width; place < length; ++place) out[place] = 0;
    for (word bit = 0; bit < count % 8 * width; ++bit) {
        const word field = load(fields, bytes, row * count + 8 * octets + bit / width);
        out[octets * width + bit / 8] |= (unsigned char)((field >> bit % width & 1) << bit % 8);
    }
}

extern "C" __global__ void unpack_fields(const unsigned char* packed, word total, word count, int width, word length,
                                         int bytes, void* fields)
{
    const word t = blockIdx.x * (word)blockDim.x + threadIdx.x;
    if (t >= total) return;
    const word octets = count / 8, row = t / (octets + 1), octet = t % (octets + 1);
    const unsigned char* in = packed + row * length;
    for (word i = 0; i < (octet < octets ? 8 : count % 8); ++i) {
        word field = 0;
        for (int shift = 0, size; shift < width; shift += size) {
            size = octet < octets ? plane_bits(width, shift) : 1;
            const word bit = octet < octets ? i * size : i * width + shift;
            const word place = octet < octets ? octets * shift + octet * size : octets * width;
            field |= (word)(in[place + bit / 8] >> bit % 8 & ((1u << size) - 1)) << shift;
        }
        store(fields, bytes, row * count + 8 * octet + i, field);
    }
}
"""

THREADS = 256
"""Threads per block of every kernel here."""
