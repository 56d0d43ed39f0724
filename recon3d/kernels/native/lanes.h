// SIMD by GCC/Clang vector types, as wide as the instruction set this file is compiled for. The one thing they cannot
// say well, a mask as bits, is an intrinsic.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(RECON3D_LANES)  // another width than the machine's own: slow, for tests of the code above it
constexpr int LANES = RECON3D_LANES;
#elif defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;  // SSE2, NEON
#endif

#define INLINE inline __attribute__((always_inline))
#define EXPORT extern "C" __attribute__((visibility("default")))

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));  // also masks: all bits of a lane set, or none
typedef float UnalignedFloats __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float Floats4 __attribute__((vector_size(16)));
typedef float UnalignedFloats4 __attribute__((vector_size(16), aligned(4), may_alias));

INLINE Floats broadcast(float x) { return Floats{} + x; }
INLINE Ints broadcast(int32_t x) { return Ints{} + x; }
INLINE Floats load(const float* from) { return *reinterpret_cast<const UnalignedFloats*>(from); }
INLINE void store(float* to, Floats x) { *reinterpret_cast<UnalignedFloats*>(to) = x; }

INLINE Ints choose(Ints mask, Ints yes, Ints no) { return mask ? yes : no; }
INLINE Floats choose(Ints mask, Floats yes, Floats no) { return mask ? yes : no; }
INLINE Floats keep(Ints mask, Floats x) { return (Floats)(mask & (Ints)x); }
INLINE Floats minimum(Floats a, Floats b) { return a < b ? a : b; }
INLINE Floats maximum(Floats a, Floats b) { return a > b ? a : b; }
INLINE Floats clamp(Floats x, Floats low, Floats high) { return minimum(maximum(x, low), high); }
INLINE Floats square_root(Floats x) {
    for (int i = 0; i < LANES; i++) x[i] = std::sqrt(x[i]);
    return x;
}

// 1 / x to the last digit but one: an estimate, improved once by Newton's rule; much sooner there than a quotient.
INLINE Floats reciprocal(Floats x) {
#if defined(RECON3D_LANES)
    return 1.f / x;
#elif defined(__AVX512F__)
    const Floats estimate = (Floats)_mm512_maskz_rcp14_ps(0xffff, (__m512)x);
    return estimate * (2.f - x * estimate);
#elif defined(__AVX2__)
    const Floats estimate = (Floats)_mm256_rcp_ps((__m256)x);
    return estimate * (2.f - x * estimate);
#else
    return 1.f / x;
#endif
}

// Bit i of the result is lane i of the mask (its sign).
INLINE uint32_t bits_of(Ints mask) {
#if defined(RECON3D_LANES)
    uint32_t bits = 0;
    for (int i = 0; i < LANES; i++) bits |= static_cast<uint32_t>(mask[i] < 0) << i;
    return bits;
#elif defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)mask);
#elif defined(__AVX2__)
    return _mm256_movemask_ps((__m256)mask);
#elif defined(__x86_64__)
    return _mm_movemask_ps((__m128)mask);
#else
    uint32_t bits = 0;
    for (int i = 0; i < LANES; i++) bits |= static_cast<uint32_t>(mask[i] < 0) << i;
    return bits;
#endif
}
INLINE bool any(Ints mask) { return bits_of(mask) != 0; }

// 2^x for -100 <= x <= 100, relative error below 2e-7; outside, any number at all. Rounds by adding 1.5 * 2^23, so it
// must not be compiled with flags that reassociate sums (-ffast-math).
INLINE Floats exp2_of(Floats x) {
    const Floats shifted = x + 12582912.f;
    const Floats whole = shifted - 12582912.f;
    const Floats rest = x - whole;  // in [-0.5, 0.5]
    Floats power = broadcast(0.0013269534f);  // minimax for the relative error, degree 5
    power = power * rest + 0.009671292f;
    power = power * rest + 0.05550711f;
    power = power * rest + 0.24022247f;
    power = power * rest + 0.693147f;
    power = power * rest + 1.f;
    return (Floats)((Ints)power + (__builtin_convertvector(whole, Ints) << 23));
}

// The sum over the lanes of four vectors at once: {sum a, sum b, sum c, sum d}.
INLINE Floats4 fold(Floats x) {
    Floats4 parts[LANES / 4];
    std::memcpy(parts, &x, sizeof x);
    Floats4 total = parts[0];
    for (int i = 1; i < LANES / 4; i++) total += parts[i];
    return total;
}
INLINE Floats4 sums_of(Floats a, Floats b, Floats c, Floats d) {
    const Floats4 p = fold(a), q = fold(b), r = fold(c), s = fold(d);
    const Floats4 pq = __builtin_shufflevector(p, q, 0, 4, 1, 5) + __builtin_shufflevector(p, q, 2, 6, 3, 7);
    const Floats4 rs = __builtin_shufflevector(r, s, 0, 4, 1, 5) + __builtin_shufflevector(r, s, 2, 6, 3, 7);
    return __builtin_shufflevector(pq, rs, 0, 1, 4, 5) + __builtin_shufflevector(pq, rs, 2, 3, 6, 7);
}
INLINE float sum_of(Floats x) {
    const Floats4 four = fold(x);
    return (four[0] + four[1]) + (four[2] + four[3]);
}
