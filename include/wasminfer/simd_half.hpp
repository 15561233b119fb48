// Loads and stores that convert between half in memory and f32x4: the conversions of core.hpp on four lanes.
#pragma once

#include <wasminfer/simd.hpp>

namespace wasminfer {

namespace detail {
WASMINFER_INLINE f32x4 widen_half(u32x4 bits) noexcept
{
    const u32x4 magnitude = (bits & u32x4(0x7fffu)) << 13;
    const f32x4 finite = from_bits(magnitude) * splat(0x1p112f);
    const f32x4 special = from_bits(magnitude | u32x4(0x7f800000u));
    // 2^16 is what the largest exponent field, that of infinity and NaN, widens to.
    const f32x4 value = select(finite < splat(0x1p16f), finite, special);
    return value | from_bits((bits & u32x4(0x8000u)) << 16);
}

WASMINFER_INLINE u32x4 round_to_half(f32x4 x) noexcept
{
    const f32x4 magnitude = abs(x);
    const u32x4 bits = as_bits(magnitude);
    const u32x4 sign = as_bits(sign_bits(x)) >> 16;
    const u32x4 normal = (bits - u32x4(112u << 23) + u32x4(0xfffu) + ((bits >> 13) & u32x4(1u))) >> 13;
    const u32x4 subnormal = as_bits(magnitude + splat(0.5f)) - u32x4(0x3f000000u);
    const u32x4 nan = u32x4(0x7e00u) | ((bits >> 13) & u32x4(0x3ffu));
    f32x4 result = select(magnitude < splat(0x1p-14f), from_bits(subnormal), from_bits(normal));
    result = select(magnitude >= splat(0x1p16f), from_bits(u32x4(0x7c00u)), result);
    result = select(x == x, result, from_bits(nan));
    return as_bits(result) | sign;
}
}  // namespace detail

WASMINFER_INLINE f32x4 load(const half* p) noexcept
{
#if defined(__wasm_simd128__)
    return detail::widen_half(u32x4(wasm_u32x4_load16x4(p)));
#elif defined(__SSE2__)
    const __m128i bits = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return detail::widen_half(u32x4(_mm_unpacklo_epi16(bits, _mm_setzero_si128())));
#else
    return detail::widen_half(u32x4(p[0].bits(), p[1].bits(), p[2].bits(), p[3].bits()));
#endif
}

WASMINFER_INLINE f32x4 load_tail(const half* p, index n) noexcept
{
    const auto bits = [&](index i) { return static_cast<std::uint32_t>(i < n ? p[i].bits() : 0); };
    return detail::widen_half(u32x4(bits(0), bits(1), bits(2), 0u));
}

WASMINFER_INLINE void store_tail(half* p, f32x4 v, index n) noexcept
{
    alignas(16) std::uint32_t lane[4];
    detail::round_to_half(v).store_aligned(lane);
    for (index i = 0; i < n; ++i) {
        p[i] = half::from_bits(static_cast<std::uint16_t>(lane[i]));
    }
}

WASMINFER_INLINE void store(half* p, f32x4 v) noexcept
{
#if defined(__wasm_simd128__)
    const u32x4 bits = detail::round_to_half(v);
    wasm_v128_store64_lane(p, wasm_u16x8_narrow_i32x4(bits, bits), 0);
#elif defined(__SSE2__)
    // SSE2 packs signed words only: with the sign extended, none of them saturates.
    const __m128i words = _mm_srai_epi32(_mm_slli_epi32(detail::round_to_half(v), 16), 16);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packs_epi32(words, words));
#else
    store_tail(p, v, 4);
#endif
}

}  // namespace wasminfer
