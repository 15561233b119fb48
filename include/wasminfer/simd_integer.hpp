// Products of 16-bit lanes, what 8-bit kernels compute with: two of them summed in one 32-bit lane, exactly.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer {

/// Lane i: a[2i] * b[2i] + a[2i + 1] * b[2i + 1].
WASMINFER_INLINE i32x4 dot_pairs(i16x8 a, i16x8 b) noexcept
{
#if defined(__wasm_simd128__)
    return i32x4(wasm_i32x4_dot_i16x8(a, b));
#elif defined(__SSE2__)
    return i32x4(_mm_madd_epi16(a, b));
#elif defined(__aarch64__)
    return i32x4(vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b)));
#else
    alignas(16) std::int16_t x[8];
    alignas(16) std::int16_t y[8];
    a.store_aligned(x);
    b.store_aligned(y);
    const auto lane = [&](index i) { return x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1]; };
    return i32x4(lane(0), lane(1), lane(2), lane(3));
#endif
}

/// p[0, 8), widened.
WASMINFER_INLINE i16x8 load_widened(const std::int8_t* p) noexcept
{
#if defined(__wasm_simd128__)
    return i16x8(wasm_i16x8_load8x8(p));
#elif defined(__SSE2__)
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return i16x8(_mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8));
#else
    alignas(16) std::int16_t lane[8];
    for (index i = 0; i < 8; ++i) {
        lane[i] = p[i];
    }
    return i16x8::load_aligned(lane);
#endif
}

WASMINFER_INLINE i16x8 load_widened(const std::uint8_t* p) noexcept
{
#if defined(__wasm_simd128__)
    return i16x8(wasm_u16x8_load8x8(p));
#elif defined(__SSE2__)
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return i16x8(_mm_unpacklo_epi8(bytes, _mm_setzero_si128()));
#else
    alignas(16) std::int16_t lane[8];
    for (index i = 0; i < 8; ++i) {
        lane[i] = p[i];
    }
    return i16x8::load_aligned(lane);
#endif
}

struct i16x8_pair {
    i16x8 low;
    i16x8 high;
};

/// p[0, 16), widened.
WASMINFER_INLINE i16x8_pair load_widened_pair(const std::int8_t* p) noexcept
{
#if defined(__wasm_simd128__)
    const v128_t bytes = wasm_v128_load(p);
    return {i16x8(wasm_i16x8_extend_low_i8x16(bytes)), i16x8(wasm_i16x8_extend_high_i8x16(bytes))};
#else
    return {load_widened(p), load_widened(p + 8)};
#endif
}

WASMINFER_INLINE i16x8 load(const std::int16_t* p) noexcept
{
    return i16x8::load_unaligned(p);
}

WASMINFER_INLINE void store(std::int16_t* p, i16x8 v) noexcept
{
    v.store_unaligned(p);
}

/// p[0] and p[1], four times.
WASMINFER_INLINE i16x8 splat_pair(const std::int16_t* p) noexcept
{
#if defined(__wasm_simd128__)
    return i16x8(wasm_v128_load32_splat(p));
#else
    std::int32_t both = 0;
    std::memcpy(&both, p, sizeof both);
    return xsimd::bitwise_cast<std::int16_t>(i32x4(both));
#endif
}

/// a[0], b[0], a[1], b[1] … of the lower four lanes, and of the upper four.
WASMINFER_INLINE i16x8_pair zip(i16x8 a, i16x8 b) noexcept
{
    return {xsimd::zip_lo(a, b), xsimd::zip_hi(a, b)};
}

/// Rounded to nearest even.
WASMINFER_INLINE f32x4 to_f32(i32x4 v) noexcept
{
    return xsimd::batch_cast<float>(v);
}

struct f32x4_pair {
    f32x4 low;
    f32x4 high;
};

/// The lower four lanes and the upper four, exactly.
WASMINFER_INLINE f32x4_pair to_f32(i16x8 v) noexcept
{
#if defined(__wasm_simd128__)
    return {f32x4(wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(v))),
            f32x4(wasm_f32x4_convert_i32x4(wasm_i32x4_extend_high_i16x8(v)))};
#elif defined(__SSE2__)
    return {f32x4(_mm_cvtepi32_ps(_mm_srai_epi32(_mm_unpacklo_epi16(v, v), 16))),
            f32x4(_mm_cvtepi32_ps(_mm_srai_epi32(_mm_unpackhi_epi16(v, v), 16)))};
#else
    alignas(16) std::int16_t lane[8];
    v.store_aligned(lane);
    const auto at = [&](index i) { return static_cast<float>(lane[i]); };
    return {f32x4(at(0), at(1), at(2), at(3)), f32x4(at(4), at(5), at(6), at(7))};
#endif
}

/// v, whose lanes are integers in T's range, to p[0, 8).
template <class T>
    requires(sizeof(T) == 1)
WASMINFER_INLINE void store_narrowed(T* p, f32x4 low, f32x4 high) noexcept
{
#if defined(__wasm_simd128__)
    const v128_t words = wasm_i16x8_narrow_i32x4(wasm_i32x4_trunc_sat_f32x4(low), wasm_i32x4_trunc_sat_f32x4(high));
    const v128_t bytes =
        std::is_signed_v<T> ? wasm_i8x16_narrow_i16x8(words, words) : wasm_u8x16_narrow_i16x8(words, words);
    wasm_v128_store64_lane(p, bytes, 0);
#elif defined(__SSE2__)
    const __m128i words = _mm_packs_epi32(_mm_cvttps_epi32(low), _mm_cvttps_epi32(high));
    const __m128i bytes = std::is_signed_v<T> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
#else
    alignas(16) float lane[8];
    low.store_aligned(lane);
    high.store_aligned(lane + 4);
    for (index i = 0; i < 8; ++i) {
        p[i] = static_cast<T>(lane[i]);
    }
#endif
}

}  // namespace wasminfer
